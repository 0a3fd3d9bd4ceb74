#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/arn.h"
#include "api/events.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/dead_letter.h"
#include "cli/option_values.h"
#include "cli/session.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor replay --archive orders-archive --from 2h --wait          the last two hours, to every rule
  athanor replay --archive orders-archive --from 2025-10-13T14:00:00Z --to 2025-10-13T15:00:00Z --rule to-billing
  athanor replay --archive orders-archive --from 1d --name after-the-fix

Use it after a handler was fixed, for example, or to fill a new queue. Events go to the bus that the archive belongs to,
and carry "replay-name". Targets receive them again: handlers should be idempotent, or use --rule to name the rules that
should see the events.)";

constexpr std::chrono::milliseconds kBetweenLooks{500};
constexpr std::size_t kReplayNameMax = 64;  // characters. Source: EventBridge API Reference, StartReplay

struct Options {
  std::string archive, name;
  std::optional<base::Time> from, to;
  std::vector<std::string> rules;
  bool wait = false;
};

// The ARN of a rule of that bus, by its name or ARN. Looked up since StartReplay, as in AWS, accepts rules that do not
// exist and then replays to nothing.
Result<std::string> find_rule(Session& session, const std::string& bus_arn, const std::string& rule) {
  std::string name = rule;
  if (rule.starts_with("arn:")) {
    const RuleOfArn of_arn = rule_of_arn(rule);
    if (of_arn.bus_arn != bus_arn)
      return invalid_input(fmt::format("{} is not a rule of {}, the bus of the archive.", rule, bus_arn));
    name = of_arn.rule_name;
  }
  const std::string bus{api::arn_name(bus_arn, "event-bus")};
  ATHANOR_TRY(found, session.call<api::DescribeRule>({.name = name, .event_bus_name = bus}));
  return found.arn.value_or(rule);
}

// Ends with the time, to the millisecond, within the characters and the length that AWS allows.
std::string made_up_name(const std::string& archive, base::Time now) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1'000;
  const std::string when = fmt::format("-{}-{:03}", base::to_iso8601_basic(now), millis);
  return archive.substr(0, kReplayNameMax - when.size()) + when;
}

Result<api::StartReplayRequest> request_of(Session& session, const Options& options) {
  const base::Time now = session.now();
  auto archive = session.call<api::DescribeArchive>({.archive_name = options.archive});
  if (!archive) return archive.error();
  api::StartReplayRequest request;
  request.replay_name = options.name.empty() ? made_up_name(options.archive, now) : options.name;
  request.event_source_arn = archive->archive_arn.value_or("");
  request.event_start_time = *options.from;
  request.event_end_time = options.to.value_or(now);
  request.destination.arn = archive->event_source_arn.value_or("");
  for (const auto& rule : options.rules) {
    ATHANOR_TRY(arn, find_rule(session, request.destination.arn, rule));
    if (!request.destination.filter_arns) request.destination.filter_arns.emplace();
    request.destination.filter_arns->push_back(std::move(arn));
  }
  return request;
}

// An answer may be lost, and the request sent again: then the replay exists already, and is the one that was asked for.
Result<api::StartReplayResponse> start(Session& session, const api::StartReplayRequest& request, bool is_made_up_name) {
  auto started = session.call<api::StartReplay>(request);
  if (started || !is_made_up_name || started.error().code != ErrorCode::AlreadyExists) return started;
  ATHANOR_TRY(there, session.call<api::DescribeReplay>({.replay_name = request.replay_name}));
  if (there.event_source_arn != request.event_source_arn || there.destination != request.destination ||
      there.event_start_time != request.event_start_time || there.event_end_time != request.event_end_time)
    return started;
  return api::StartReplayResponse{.replay_arn = there.replay_arn,
                                  .state = there.state,
                                  .state_reason = there.state_reason,
                                  .replay_start_time = there.replay_start_time};
}

std::string progress(const api::DescribeReplayResponse& replay) {
  const std::string state = replay.state.value_or("?");
  if (!replay.event_last_replayed_time || !replay.event_start_time || !replay.event_end_time) return state;
  const auto done = *replay.event_last_replayed_time - *replay.event_start_time;
  const auto all = *replay.event_end_time - *replay.event_start_time;
  if (all.count() <= 0) return state;
  const auto percent = std::clamp<std::int64_t>(100 * done.count() / all.count(), 0, 100);
  return fmt::format("{}  {} %  at {}", state, state == "COMPLETED" ? 100 : percent,
                     base::to_iso8601(*replay.event_last_replayed_time));
}

bool is_over(std::string_view state) { return state == "COMPLETED" || state == "CANCELLED" || state == "FAILED"; }

void wait_for(Session& session, const std::string& name) {
  for (std::string shown;;) {
    const auto replay = session.call_when_there<api::DescribeReplay>({.replay_name = name});
    if (!replay) return session.fail(replay.error());
    const std::string now = progress(*replay);
    if (!session.json && now != shown) session.console().line(now);
    shown = now;
    const std::string state = replay->state.value_or("");
    if (is_over(state)) {
      if (session.json) session.print_json(*replay);
      if (state == "COMPLETED") return;
      return session.fail(invalid_input(
          fmt::format("The replay ended in state {}: {}", state, replay->state_reason.value_or("no reason given"))));
    }
    Session::pause(kBetweenLooks);
  }
}

void run(Session& session, const Options& options) {
  const auto request = request_of(session, options);
  if (!request) return session.fail_to_find(request.error(), "aws events list-archives lists the archives");
  const auto started = start(session, *request, options.name.empty());
  if (!started) return session.fail(started.error());
  if (!session.json)
    session.console().line(fmt::format("{}  {}", request->replay_name, started->state.value_or("STARTING")));
  if (options.wait) return wait_for(session, request->replay_name);
  if (session.json) return session.print_json(*started);
  session.console().note(
      fmt::format("aws events describe-replay --replay-name {} shows its progress", request->replay_name));
}

}  // namespace

void add_replay(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("replay", "Send archived events again.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  command->add_option("--archive", options->archive, "name of the archive")->type_name("NAME")->required();
  add_moment(*command, "--from", options->from, "time of the first event: 2h for two hours ago, or ISO 8601", session)
      ->required();
  add_moment(*command, "--to", options->to, "time of the last event; default: now", session);
  command
      ->add_option("--rule", options->rules, "name or ARN of a rule to see the events; may be repeated; default: all")
      ->allow_extra_args(false)
      ->type_name("RULE");
  command->add_option("--name", options->name, "name of the replay; default: from the archive's name and the time")
      ->type_name("NAME");
  command->add_flag("--wait", options->wait, "wait until the replay ends, and show its progress");
  command->callback([&session, options] {
    if (*options->from >= options->to.value_or(session.now()))
      throw CLI::ValidationError("replay", "--from must be before --to");
    run(session, *options);
  });
}

}  // namespace athanor::cli
