// What clients do in a simulated world: they put events, send, receive and delete messages, and retry requests that got
// no answer.
#include <fmt/format.h>

#include "engine/contents.h"
#include "queue/queues.h"
#include "service/athanor/events_of_log.h"
#include "service/events/put_events.h"
#include "service/sqs/receive_message.h"
#include "sim/simulation.h"

namespace athanor::sim {
namespace {

// The first 48 bits of an event's id are its position in the log (docs/formats/log.md).
log::LogPosition position_in(const std::string& event_id) {
  return log::LogPosition{std::strtoull((event_id.substr(0, 8) + event_id.substr(9, 4)).c_str(), nullptr, 16)};
}

}  // namespace

void Simulation::put_events(base::Random& random) {
  if (!to_send_again_.empty()) {
    api::PutEventsRequest again = std::move(to_send_again_.front());
    to_send_again_.pop_front();
    report_.coverage.add(Reached::RequestSentAgain);
    return send_events(std::move(again));
  }
  api::PutEventsRequest request;
  for (auto count = 1 + random.below(4); count > 0; --count) {
    request.entries.push_back({.source = std::string(1, static_cast<char>('a' + random.below(3))),
                               .detail_type = "Sold",
                               .detail = random.one_in(12) ? "{" : std::string(random.below(500), 'x'),
                               .event_bus_name = "trade"});
  }
  send_events(std::move(request));
}

void Simulation::send_events(api::PutEventsRequest request) {
  const api::PutEventsRequest as_asked = request;
  const std::uint64_t number = ++requests_;
  int event = checker_.events();
  for (auto& entry : request.entries) {
    if (*entry.detail == "{") continue;
    entry.detail = fmt::format(R"({{"n":{},"g":"g{}","pad":"{}"}})", event, event % 2, *entry.detail);
    ++event;
  }
  log::LogPosition end;
  std::size_t accepted = 0;
  server_.execute([&](engine::Call& call) {
    const auto prepared = service::events::prepare_put_events(request);
    const auto response = service::events::put_events(call, request, *prepared);
    for (std::size_t i = 0; i < request.entries.size(); ++i) {
      const auto& entry = request.entries[i];
      const auto& result = response->entries[i];
      if (!result.event_id) {
        report_.coverage.add(Reached::EntryRefused);
        continue;
      }
      ++accepted;
      trace("event " + *result.event_id);
      checker_.event_put(position_in(*result.event_id), *result.event_id, entry.source->front(), *entry.detail,
                         call.now);
    }
    end = call.journal.next_position();
    unanswered_.emplace_back(number, as_asked);
  });
  server_.when_durable([this, number, end, accepted] {
    checker_.answered(end);
    report_.coverage.add(Reached::EventsAcknowledged, accepted);
    std::erase_if(unanswered_, [&](const auto& one) { return one.first == number; });
    if (was_full_ && accepted > 0) {
      was_full_ = false;
      report_.coverage.add(Reached::AcceptedAfterFullDisk);
    }
    trace(fmt::format("request {} answered", number));
  });
}

// With small steps it sends several messages, so that they take more than one step.
void Simulation::send_messages(base::Random& random) {
  const bool are_many = has(Fault::SmallSteps);
  const Place queue = are_many && random.one_in(2) ? Place::Brief : random.one_in(2) ? Place::Work : Place::Fifo;
  for (auto more = are_many ? random.below(6) : 0; more > 0; --more) {
    send_message(queue, random);
    pass_time(std::chrono::milliseconds{1});  // what was sent at the same time expires in one step
  }
  send_message(queue, random);
}

void Simulation::send_message(Place queue, base::Random& random) {
  const bool is_fifo = queue == Place::Fifo;
  // One in three is sent again with the same deduplication id.
  const std::uint64_t number = is_fifo && mails_ > 0 && random.one_in(3) ? mails_ : ++mails_;
  queue::OutgoingMessage message{.body = fmt::format("message {}", number)};
  if (is_fifo) {
    message.group_id = "mail";
    message.deduplication_id = fmt::format("d{}", number);
  } else if (random.one_in(3)) {
    message.delay = std::chrono::seconds{random.below(20)};
  }
  const base::Duration delay = message.delay.value_or(std::chrono::seconds{0});
  log::LogPosition end;
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto sent = call.works.queues.send(arn_of(queue), message, call.now, call.journal, call.random);
    if (sent.has_value() != checker_.queue(queue).exists)
      return checker_.violate(fmt::format("I8: {} answers as if it were {}there", name_of(queue), sent ? "" : "not "));
    if (!sent) return;
    trace(fmt::format("message {} is {}", number, sent->id.text()));
    checker_.mail_sent(at, queue, sent->id.text(), message.body, call.now, delay, message.deduplication_id);
    end = call.journal.next_position();
  });
  server_.when_durable([this, end] { checker_.answered(end); });
}

void Simulation::receive_some(base::Random& random) {
  receive(draw_queue(random), 1 + random.below(10),
          random.one_in(5) ? std::nullopt : std::optional{std::chrono::seconds{random.below(60)}});
}

void Simulation::receive(Place queue, std::size_t count_max, std::optional<std::chrono::seconds> visibility_timeout) {
  std::vector<queue::ReceivedMessage> messages;
  const log::LogPosition before = server_.log().end();
  log::LogPosition end;
  server_.execute([&](engine::Call& call) {
    auto received = call.works.queues.receive(
        arn_of(queue), {.count_max = count_max, .visibility_timeout = visibility_timeout}, call.now, call.journal);
    if (received.has_value() != checker_.queue(queue).exists)
      return checker_.violate(
          fmt::format("I8: {} answers as if it were {}there", name_of(queue), received ? "" : "not "));
    if (!received) return;
    messages = *std::move(received);
    end = call.journal.next_position();
    // A stopped log gives all records the same position, and so messages the same id; nobody will see them.
    if (server_.has_stopped()) messages.clear();
    // The receive is the last record; one that moves messages to the dead-letter queue may precede it, and survive
    // without it.
    const log::LogPosition at{end.value - 1};
    const auto timeout = visibility_timeout.value_or(checker_.queue(queue).visibility_timeout);
    for (const auto& message : messages)
      checker_.received(at, queue, message.id.text(), call.now, call.now + timeout, message.receive_count);
  });
  note_receive(queue, before, !messages.empty());
  if (messages.empty()) return;
  server_.when_durable([this, queue, incarnation = checker_.incarnation(queue), end, messages] {
    checker_.answered(end);
    if (!has(Fault::SlowDisk)) return arrive(queue, incarnation, messages);
    slow_reads_.push_back({[=, this] { arrive(queue, incarnation, messages); }});
  });
}

void Simulation::run_posted(base::Random& random) {
  server_.run_posted();
  run_slow_reads(random);
}

// Most end at the next call. A few hang, so that others receive and delete the message, and its record is freed.
void Simulation::run_slow_reads(base::Random& random) {
  if (disk_.was_cut()) return;  // the server is gone, though not yet noticed
  for (SlowRead& slow : std::exchange(slow_reads_, {})) {
    if (slow.ends_one_in == 0) slow.ends_one_in = random.one_in(5) ? 20 : 1;
    if (random.one_in(slow.ends_one_in))
      slow.read();
    else
      slow_reads_.push_back(std::move(slow));
  }
}

// The end of a ReceiveMessage: the contents are read, and the client gets what could be read.
void Simulation::arrive(Place queue, int incarnation, const std::vector<queue::ReceivedMessage>& messages) {
  const log::LogPosition durable = server_.log().commit_position();
  checker_.durable_until(durable);
  const service::sqs::PreparedReceive prepared{.queue_arn = arn_of(queue),
                                               .parameters = {},
                                               .wait = {},
                                               .system_attribute_names = {},
                                               .message_attribute_names = {"All"}};
  std::map<log::LogPosition, Error> errors;
  const auto finished =
      service::sqs::finish_receive_message(prepared, messages, [&](log::LogPosition position, std::string_view origin) {
        auto content = engine::read_message(server_.log(), position, origin);
        if (!content) errors.emplace(position, content.error());
        return content;
      });
  if (!finished.lost.empty()) {
    server_.post(
        [prepared, lost = finished.lost](engine::Call& call) { service::sqs::discard_lost(call, prepared, lost); });
  }
  const auto& answer = finished.response;
  const auto given = answer ? answer->messages.value_or(std::vector<api::Message>{}) : std::vector<api::Message>{};
  auto next = given.begin();
  for (const auto& message : messages) {
    const std::string id = message.id.text();
    if (next == given.end() || next->message_id != id) {
      const auto error = errors.find(message.position);
      checker_.message_unread(queue, id, error == errors.end() ? nullptr : &error->second);
      continue;
    }
    std::map<std::string, std::string> attributes;
    if (next->message_attributes) {
      for (const auto& [name, attribute] : *next->message_attributes) attributes[name] = *attribute.string_value;
    }
    trace(fmt::format("{} gives {}", name_of(queue), id));
    checker_.message_seen(queue, id, message.sent, *next->body, attributes);
    report_.coverage.add(Reached::MessageReceived);
    held_.push_back({queue, incarnation, message, durable});
    ++next;
  }
  if (!answer) checker_.read_refused("ReceiveMessage", answer.error());
}

void Simulation::delete_some(base::Random& random) {
  for (auto count = 1 + random.below(4); count > 0 && !held_.empty(); --count)
    delete_message(random.below(held_.size()));
}

void Simulation::delete_message(std::size_t held) {
  const Held one = std::move(held_[held]);
  const Place place = one.queue;
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(held));
  log::LogPosition end;
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto deleted =
        call.works.queues.delete_message(arn_of(place), one.message.receipt_handle, call.now, call.journal);
    end = call.journal.next_position();
    if (one.is_lost) {
      if (end != at)
        checker_.violate("B4: a receipt of a message that was lost deleted another: " + one.message.id.text());
      return report_.coverage.add(Reached::ReceiptOfLostFuture);
    }
    if (one.incarnation != checker_.incarnation(place)) {
      if (deleted) checker_.violate(fmt::format("I7: {} accepted a receipt of the former queue", name_of(place)));
      return report_.coverage.add(Reached::ReceiptOfDeletedQueue);
    }
    if (!deleted) return;  // a FIFO queue refuses an expired handle
    checker_.deleted(at, place, one.message.id.text());
  });
  server_.when_durable([this, end] { checker_.answered(end); });
}

void Simulation::change_visibility(base::Random& random) {
  if (held_.empty()) return;
  const Held& one = held_[random.below(held_.size())];
  const std::chrono::seconds timeout{random.below(120)};
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    if (!call.works.queues.change_visibility(arn_of(one.queue), one.message.receipt_handle, timeout, call.now,
                                             call.journal))
      return;
    const std::string id = one.message.id.text();
    if (one.is_lost) checker_.violate("B4: a receipt of a message that was lost hid another: " + id);
    checker_.visibility_changed(at, one.queue, id, call.now + timeout);
  });
}

// A client that tails the log asks for what follows its last answer. If the world went back past that, nothing does,
// and it must be refused.
void Simulation::tail() {
  if (checker_.has_lied()) return;
  const auto committed = static_cast<std::int64_t>(server_.log().commit_position().value);
  const auto page = service::athanor::read_tail(server_.log(), {}, {.event_bus_name = "trade", .from_position = tail_});
  if (tail_ && *tail_ > committed) {
    if (page || page.error().code != ErrorCode::InvalidInput)
      checker_.violate(fmt::format("B4: what comes after {} was asked for, but the log ends at {}", *tail_, committed));
    report_.coverage.add(Reached::TailOfLostFuture);
    return tail_.reset();
  }
  if (!page) return checker_.read_refused("TailEvents", page.error());
  for (const api::TailedEvent& event : page->response.events) checker_.event_tailed(event.event_id);
  tail_ = page->response.next_position;
  trace(fmt::format("the log is followed until {}", *tail_));
}

}  // namespace athanor::sim
