#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/arn.h"
#include "api/events.h"
#include "api/lambda_invoke.h"
#include "api/sqs.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/dead_letter.h"
#include "cli/option_values.h"
#include "cli/session.h"
#include "cli/table.h"
#include "sdk/eventbridge_bus.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor dlq                            list the dead-letter queues of rules, functions and queues
  athanor dlq orders-dlq                 show the dead letters in one, and why each of them is there
  athanor dlq orders-dlq --json
  athanor dlq orders-dlq --redrive       send the events again, and delete them from the queue

Showing a queue hides each message for a few seconds and counts as a receive. --redrive takes the messages that are in
the queue when it begins, and puts each event on the bus of its rule: every matching rule sees it again, not only the
one that failed. An event with several dead letters is put once, and all of them are deleted. These stay in the queue:
an event from a replay, because on the bus it would be a live event, and an event that the bus refuses, such as a
scheduled one. An event in a function's on-failure destination is sent to that function alone.)";

// Long enough to look through a queue, short enough not to be in a consumer's way.
constexpr std::int64_t kLookSeconds = 10;
constexpr std::int64_t kRedriveSeconds = 60;
constexpr std::int64_t kMessagesPerReceive = 10;  // SQS's maximum
constexpr std::int64_t kMessagesShown = 100;
constexpr std::size_t kReasonWidth = 60;
constexpr const char* kListed = "athanor dlq lists the dead-letter queues";

struct Options {
  std::string queue;
  bool redrive = false;
  std::optional<std::int64_t> limit;
};

// The ARNs that rules' targets name as dead-letter queues.
Result<std::set<std::string>> queues_of_rules(Session& session) {
  std::set<std::string> arns;
  const auto add_those_of = [&](const std::optional<std::string>& bus, const api::Rule& rule) -> Result<void> {
    ATHANOR_TRY(pages,
                session.call_for_all<api::ListTargetsByRule>({.rule = rule.name.value_or(""), .event_bus_name = bus}));
    for (const auto& page : pages) {
      for (const auto& target : page.targets) {
        if (target.dead_letter_config && target.dead_letter_config->arn) arns.insert(*target.dead_letter_config->arn);
      }
    }
    return {};
  };
  ATHANOR_TRY(bus_pages, session.call_for_all<api::ListEventBuses>({}));
  for (const auto& bus_page : bus_pages) {
    for (const auto& bus : bus_page.event_buses) {
      ATHANOR_TRY(rule_pages, session.call_for_all<api::ListRules>({.event_bus_name = bus.name}));
      for (const auto& rule_page : rule_pages) {
        for (const auto& rule : rule_page.rules) ATHANOR_CHECK(add_those_of(bus.name, rule));
      }
    }
  }
  return arns;
}

// The ARNs that functions name as dead-letter queues or on-failure destinations.
Result<std::set<std::string>> queues_of_functions(Session& session) {
  std::set<std::string> arns;
  ATHANOR_TRY(pages, session.call_for_all<api::ListFunctions>({}));
  for (const auto& page : pages) {
    for (const auto& function : page.functions) {
      if (function.dead_letter_config && function.dead_letter_config->target_arn)
        arns.insert(*function.dead_letter_config->target_arn);
      const auto config =
          session.call<api::GetFunctionEventInvokeConfig>({.function_name = function.function_name.value_or("")});
      if (!config && config.error().code != ErrorCode::NotFound) return config.error();
      if (config && config->destination_config && config->destination_config->on_failure)
        arns.insert(config->destination_config->on_failure->destination.value_or(""));
    }
  }
  return arns;
}

struct QueueState {
  std::string name;
  std::string arn;
  std::string waiting;
  bool is_source_of_redrive = false;
};

Result<std::vector<QueueState>> all_queues(Session& session) {
  std::vector<QueueState> queues;
  ATHANOR_TRY(pages, session.call_for_all<api::ListQueues>({.max_results = 1'000}));
  for (const auto& page : pages) {
    for (const auto& url : page.queue_urls.value_or(std::vector<std::string>{})) {
      ATHANOR_TRY(attributes, session.call<api::GetQueueAttributes>({.queue_url = url,
                                                                     .attribute_names = std::vector<std::string>{
                                                                         "QueueArn", "ApproximateNumberOfMessages"}}));
      ATHANOR_TRY(sources, session.call<api::ListDeadLetterSourceQueues>({.queue_url = url}));
      auto values = attributes.attributes.value_or(std::map<std::string, std::string>{});
      queues.push_back({url.substr(url.rfind('/') + 1), values["QueueArn"], values["ApproximateNumberOfMessages"],
                        !sources.queue_urls.empty()});
    }
  }
  return queues;
}

void list(Session& session) {
  const auto of_rules = queues_of_rules(session);
  if (!of_rules) return session.fail(of_rules.error());
  const auto of_functions = queues_of_functions(session);
  if (!of_functions) return session.fail(of_functions.error());
  auto queues = all_queues(session);
  if (!queues) return session.fail(queues.error());
  const auto users = [&](const QueueState& queue) {
    std::string names;
    const auto add = [&](bool uses, std::string_view name) {
      if (uses) names += (names.empty() ? "" : ", ") + std::string{name};
    };
    add(of_rules->contains(queue.arn), "rules");
    add(of_functions->contains(queue.arn), "functions");
    add(queue.is_source_of_redrive, "queues");
    return names;
  };
  std::erase_if(*queues, [&](const QueueState& queue) { return users(queue).empty(); });
  auto& console = session.console();
  if (session.json) {
    for (const auto& queue : *queues) {
      console.line(
          fmt::format(R"({{"QueueName":"{}","QueueArn":"{}","Messages":{}}})", queue.name, queue.arn, queue.waiting));
    }
    return;
  }
  if (queues->empty())
    return console.line(
        fmt::format("no dead-letter queues in {}: no rule, function or queue names one", session.asked_region()));
  std::vector<Row> rows{{{"QUEUE"}, {"MESSAGES"}, {"USED BY"}}};
  for (const auto& queue : *queues) {
    rows.push_back({{queue.name}, {queue.waiting, queue.waiting == "0" ? Style::Good : Style::Bad}, {users(queue)}});
  }
  console.line(format_table(rows, console));
}

Result<std::string> url_of(Session& session, const std::string& queue) {
  if (queue.starts_with("http://") || queue.starts_with("https://")) return queue;
  api::GetQueueUrlRequest request{.queue_name = queue};
  if (const auto arn = api::parse_arn(queue)) {
    ATHANOR_TRY(settings, session.read_settings());
    if (arn->service != "sqs") return invalid_input(fmt::format("{} is not the ARN of a queue.", queue));
    if (arn->region != settings.region) {
      return invalid_input(fmt::format("{} is in {}, but the request goes to {}: give --region {}.", queue, arn->region,
                                       settings.region, arn->region));
    }
    request = {.queue_name = std::string{arn->resource}, .queue_owner_aws_account_id = std::string{arn->account}};
  }
  ATHANOR_TRY(found, session.call<api::GetQueueUrl>(request));
  return found.queue_url.value_or("");
}

Result<std::vector<api::Message>> receive(Session& session, const std::string& url, std::int64_t seconds,
                                          std::int64_t count_max) {
  api::ReceiveMessageRequest request;
  request.queue_url = url;
  request.message_attribute_names = {"All"};
  request.message_system_attribute_names = {"All"};
  request.max_number_of_messages = std::min(count_max, kMessagesPerReceive);
  request.visibility_timeout = seconds;
  request.wait_time_seconds = 0;
  auto received = session.call<api::ReceiveMessage>(request);
  if (!received) return received.error();
  return received->messages.value_or(std::vector<api::Message>{});
}

std::string_view name_of(std::string_view arn) { return arn.substr(arn.rfind(':') + 1); }

Row row_of(const DeadLetter& letter) {
  std::string what = letter.event ? letter.event->detail_type.value_or("") : "(no event)";
  if (!letter.replay_name.empty()) what += fmt::format(" (replay {})", letter.replay_name);
  const std::string why =
      fmt::format("{}{}{}", letter.error_code, letter.error_message.empty() ? "" : ": ", letter.error_message);
  return {{letter.message_id, Style::Dim}, {shortened(what, 40), Style::Bold},
          {letter.rule.rule_name},         {std::string{name_of(letter.target_arn)}},
          {letter.retry_attempts},         {shortened(why, kReasonWidth), Style::Bad}};
}

Result<std::int64_t> count_of(Session& session, const std::string& url, const std::string& attribute) {
  api::GetQueueAttributesRequest request;
  request.queue_url = url;
  request.attribute_names = {attribute};
  ATHANOR_TRY(found, session.call<api::GetQueueAttributes>(request));
  auto values = found.attributes.value_or(std::map<std::string, std::string>{});
  return base::to_int(values[attribute]).value_or(0);
}

Result<std::int64_t> count_waiting(Session& session, const std::string& url) {
  return count_of(session, url, "ApproximateNumberOfMessages");
}

// A FIFO queue gives no further messages of a group while earlier ones are in flight.
bool is_fifo(std::string_view url) { return url.ends_with(".fifo"); }

// At once, for the queue's consumers; if that fails, when its visibility timeout ends.
void make_visible(Session& session, const std::string& url, const std::string& receipt_handle) {
  (void)session.call<api::ChangeMessageVisibility>(
      {.queue_url = url, .receipt_handle = receipt_handle, .visibility_timeout = 0});
}

void show(Session& session, const Options& options) {
  const auto url = url_of(session, options.queue);
  if (!url) return session.fail_to_find(url.error(), kListed);
  std::vector<Row> rows{{{"MESSAGE"}, {"EVENT"}, {"RULE"}, {"TARGET"}, {"RETRIES"}, {"WHY"}}};
  std::vector<std::string> handles;
  auto& console = session.console();
  const auto limit = static_cast<std::size_t>(options.limit.value_or(kMessagesShown));
  while (handles.size() < limit) {
    const auto messages = receive(session, *url, kLookSeconds, static_cast<std::int64_t>(limit - handles.size()));
    if (!messages) return session.fail(messages.error());
    if (messages->empty()) break;
    for (const auto& message : *messages) {
      handles.push_back(message.receipt_handle.value_or(""));
      if (session.json) {
        session.print_json_line(message);
      } else {
        rows.push_back(row_of(read_dead_letter(message)));
      }
    }
  }
  const std::int64_t more = count_waiting(session, *url).value_or(0);
  for (const auto& handle : handles) make_visible(session, *url, handle);
  if (!session.json)
    console.line(handles.empty() ? fmt::format("{} is empty", options.queue) : format_table(rows, console));
  if (more > 0 && handles.size() == limit)
    console.note(fmt::format("{} more are in the queue; --limit N shows N of them", more));
  if (more > 0 && handles.size() < limit && is_fifo(*url))
    console.note(fmt::format("{} more wait behind these in their message groups", more));
}

// One run of --redrive.
class Redrive {
 public:
  Redrive(Session& session, std::string url) : session_(session), url_(std::move(url)) {}

  // Letters that arrive meanwhile stay: an event that fails again would go round for ever.
  Result<void> run(std::size_t wanted) {
    while (done + left.size() < wanted) {
      ATHANOR_TRY(messages,
                  receive(session_, url_, kRedriveSeconds, static_cast<std::int64_t>(wanted - done - left.size())));
      if (messages.empty()) break;
      for (const auto& message : messages) held_[message.message_id.value_or("")] = message.receipt_handle.value_or("");
      for (const auto& message : messages) {
        const DeadLetter letter = read_dead_letter(message);
        ATHANOR_TRY(why_not, send_again(letter));
        if (why_not.empty()) {
          ++done;
        } else {
          left.emplace(letter.message_id, std::move(why_not));
        }
        session_.console().progress(fmt::format("{} of {} sent again", done, wanted));
      }
    }
    return count_missing(wanted - done - left.size());
  }

  // Makes visible what was not sent again.
  void give_back() {
    for (const auto& [id, handle] : held_) make_visible(session_, url_, handle);
  }

  std::size_t done = 0;
  std::size_t repeated = 0;  // of `done`: letters of an event already sent again for another letter
  std::size_t unseen = 0;    // behind others in their message groups
  std::size_t hidden = 0;    // received by another, or with an answer that was lost
  // Reasons by message id, since letters come again when this takes longer than they stay hidden.
  std::map<std::string, std::string> left;

 private:
  // What was there at the beginning and has not come.
  Result<void> count_missing(std::size_t missing) {
    if (missing == 0) return {};
    if (is_fifo(url_)) {
      ATHANOR_TRY(waiting, count_waiting(session_, url_));
      unseen = std::min(missing, static_cast<std::size_t>(waiting));
    }
    ATHANOR_TRY(in_flight, count_of(session_, url_, "ApproximateNumberOfMessagesNotVisible"));
    const auto invisible = static_cast<std::size_t>(in_flight);
    hidden = std::min(missing - unseen, invisible - std::min(invisible, held_.size()));
    return {};
  }

  // Empty when it may be sent. The bus is looked up since PutEvents, as in AWS, accepts events for a missing bus and
  // drops them.
  Result<std::string> why_it_stays(const DeadLetter& letter) {
    const bool of_function = !letter.function_arn.empty();
    if (letter.is_of_queue)
      return fmt::format("it came from the queue {}: send it back with SendMessage", name_of(letter.target_arn));
    if (!of_function && letter.rule.bus_arn.empty()) return std::string{"it names neither a rule nor a function"};
    if (!of_function && !letter.event) return std::string{"it does not contain an event"};
    // PutEvents takes no replay-name: the event would be live, for every rule, and archived a second time.
    if (!of_function && !letter.replay_name.empty()) {
      return fmt::format("it came from the replay {}: athanor replay sends it again", letter.replay_name);
    }
    if (!of_function && letter.event->source == "aws.events") {
      return std::string{"it is a scheduled event: its rule sends the next one, and PutEvents refuses this source"};
    }
    const std::string& arn = of_function ? letter.function_arn : letter.rule.bus_arn;
    const auto known = why_none_.find(arn);
    if (known != why_none_.end()) return known->second;
    Error error{ErrorCode::NotFound, {}, {}};
    if (of_function) {
      const auto function = session_.call<api::GetFunctionConfiguration>({.function_name = arn});
      if (function) return why_none_[arn] = "";
      error = function.error();
    } else {
      const auto bus = session_.call<api::DescribeEventBus>({.name = arn});
      if (bus) return why_none_[arn] = "";
      error = bus.error();
    }
    if (error.code != ErrorCode::NotFound) return error;
    return why_none_[arn] = of_function ? fmt::format("the function {} does not exist", name_of(arn))
                                        : fmt::format("the bus {} does not exist", letter.rule.bus_name);
  }

  // Empty when it was sent; else why not.
  Result<std::string> send_again(const DeadLetter& letter) {
    ATHANOR_TRY(why_it_may_not, why_it_stays(letter));
    if (!why_it_may_not.empty()) return why_it_may_not;
    const auto where = letter.function_arn.empty() ? put_again(letter) : invoke_again(letter);
    if (!where) {
      const Error& error = where.error();
      // Refused for its content, as it would be every time; later ones may be accepted.
      if (error.code == ErrorCode::InvalidInput || error.code == ErrorCode::RequestTooLarge) return error.message;
      return error;
    }
    ATHANOR_CHECK(session_.call<api::DeleteMessage>({.queue_url = url_, .receipt_handle = letter.receipt_handle}));
    held_.erase(letter.message_id);
    session_.console().progress({});
    if (!session_.json) session_.console().line(fmt::format("{} → {}", letter.message_id, *where));
    return std::string{};
  }

  Result<std::string> invoke_again(const DeadLetter& letter) {
    ATHANOR_CHECK(session_.call<api::Invoke>({.function_name = letter.function_arn,
                                              .invocation_type = "Event",
                                              .payload = api::Blob{letter.function_payload}}));
    return std::string{name_of(letter.function_arn)};
  }

  // An event has a letter for each target that failed; one put goes to all of them.
  Result<std::string> put_again(const DeadLetter& letter) {
    if (letter.event_id.empty()) return put_event(letter);
    const auto [put, is_new] = put_.try_emplace({letter.rule.bus_arn, letter.event_id});
    if (!is_new) {
      ++repeated;
      return fmt::format("{}, together with another dead letter of the event", put->second);
    }
    auto where = put_event(letter);
    if (where) {
      put->second = *where;
    } else {
      put_.erase(put);
    }
    return where;
  }

  Result<std::string> put_event(const DeadLetter& letter) {
    ATHANOR_TRY(put, session_.call<api::PutEvents>({.entries = {*letter.event}}));
    if (put.entries.empty()) return Error{ErrorCode::Unavailable, "PutEvents returned no result for the event.", {}};
    const api::PutEventsResultEntry& entry = put.entries.front();
    if (!entry.error_code) return fmt::format("{} as {}", letter.rule.bus_name, entry.event_id.value_or(""));
    return Error{
        sdk::may_pass(entry) ? ErrorCode::Unavailable : ErrorCode::InvalidInput, entry.error_message.value_or(""), {}};
  }

  Session& session_;
  const std::string url_;
  std::map<std::string, std::string> held_;  // receipt handles of what was received, by message id
  std::map<std::pair<std::string, std::string>, std::string> put_;  // where events went, by bus and id
  std::map<std::string, std::string> why_none_;                     // by ARN of the bus or function; empty if it exists
};

void redrive(Session& session, const Options& options) {
  const auto url = url_of(session, options.queue);
  if (!url) return session.fail_to_find(url.error(), kListed);
  const auto there = count_waiting(session, *url);
  if (!there) return session.fail(there.error());
  Redrive redrive{session, *url};
  const auto ended = redrive.run(static_cast<std::size_t>(std::min(*there, options.limit.value_or(*there))));
  auto& console = session.console();
  console.progress({});
  // First, as it is about the last request.
  if (!ended) session.fail(ended.error(), fmt::format("{} were sent again before the error", redrive.done));
  redrive.give_back();
  if (!ended) return;
  const std::size_t left = redrive.left.size() + redrive.unseen + redrive.hidden;
  if (session.json) return console.line(fmt::format(R"({{"Redriven":{},"Left":{}}})", redrive.done, left));
  for (const auto& [id, why] : redrive.left) console.note(fmt::format("{} stays in the queue: {}", id, why));
  if (redrive.unseen > 0) console.note(fmt::format("{} wait behind these in their message groups", redrive.unseen));
  if (redrive.hidden > 0) {
    console.note(
        fmt::format("{} are hidden: another consumer has them, or an answer with them was lost; try again in "
                    "{} seconds",
                    redrive.hidden, kRedriveSeconds));
  }
  const std::string once =
      redrive.repeated == 0
          ? ""
          : fmt::format(" ({} of them together with another dead letter of the same event)", redrive.repeated);
  console.line(fmt::format("{} sent again{}{}", redrive.done, once, left == 0 ? "" : fmt::format(", {} left", left)));
}

}  // namespace

void add_dlq(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("dlq", "Inspect dead-letter queues, and send their events again.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  auto* queue = command->add_option("QUEUE", options->queue, "name, ARN or URL; default: list all");
  command->add_flag("--redrive", options->redrive, "send the events again and delete them from the queue")
      ->needs(queue);
  command->add_option("--limit", options->limit, "maximum number of messages; default: 100 to show, all to redrive")
      ->type_name("N")
      ->check(at_least(1));
  command->callback([&session, options, queue] {
    if (queue->empty()) return list(session);
    return options->redrive ? redrive(session, *options) : show(session, *options);
  });
}

}  // namespace athanor::cli
