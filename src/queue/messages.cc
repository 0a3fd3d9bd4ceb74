// Queues: the decisions about messages, and how their records are applied.
#include <fmt/format.h>

#include <algorithm>

#include "auth/digest.h"
#include "base/assert.h"
#include "base/planted.h"
#include "base/text.h"
#include "queue/limits.h"
#include "queue/queues.h"
#include "queue/receipt.h"

namespace athanor::queue {
namespace {

std::string deduplication_key(const Attributes& attributes, std::string_view group_id,
                              std::string_view deduplication_id) {
  std::string key;
  if (attributes.deduplication_scope == DeduplicationScope::MessageGroup) {
    key += group_id;
    key += '\0';
  }
  key += deduplication_id;
  return key;
}

std::unique_ptr<const std::string> kept(std::string_view text) {
  return text.empty() ? nullptr : std::make_unique<const std::string>(text);
}

// Adds to the queue's messages and, in a FIFO queue, to its deduplication window.
void add(Queue& queue, Message message, std::string_view group_id, base::Time time) {
  const MessageId id = message.id;
  std::string key;
  if (queue.attributes.fifo) {
    ATHANOR_ASSERT(message.deduplication_id);
    key = deduplication_key(queue.attributes, group_id, *message.deduplication_id);
  }
  const Sequence sequence = queue.messages.add(std::move(message), group_id, time);
  if (queue.attributes.fifo) queue.deduplication.remember(std::move(key), {id, sequence, time});
  queue.stirred = queue.watched;
}

// When a received message may be received again. Without a timeout it waits for nothing: not for a clock that is set
// back, either.
base::Time end_of(std::chrono::seconds visibility_timeout, base::Time time) {
  return visibility_timeout.count() == 0 ? base::Time{} : time + visibility_timeout;
}

Error not_a_handle(std::string_view handle) {
  return {ErrorCode::ReceiptHandleInvalid,
          fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", handle),
          {}};
}

Error expired_handle(std::string_view handle) {
  return invalid_parameter(handle, "ReceiptHandle", "The receipt handle has expired.");
}

// The refusal of a queue of this kind; else the id under which the queue deduplicates the message.
Result<std::string> check_outgoing(const Attributes& attributes, const OutgoingMessage& message) {
  constexpr std::string_view kNotForThisType = "The request include parameter that is not valid for this queue type";
  if (content_bytes(message.body, message.attributes) > static_cast<std::size_t>(attributes.maximum_message_size)) {
    return bad_parameter(
        fmt::format("One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                    attributes.maximum_message_size));
  }
  if (!attributes.fifo) {
    if (message.deduplication_id.empty()) return std::string{};
    return invalid_parameter(message.deduplication_id, "MessageDeduplicationId", kNotForThisType);
  }
  if (message.delay && message.delay->count() > 0) {
    return invalid_parameter(std::to_string(message.delay->count()), "DelaySeconds", kNotForThisType);
  }
  if (message.group_id.empty()) {
    return Error{ErrorCode::MissingParameter, "The request must contain the parameter MessageGroupId.", {}};
  }
  if (!message.deduplication_id.empty()) return message.deduplication_id;
  if (attributes.content_based_deduplication) {
    return message.body_hash.empty() ? base::to_hex(auth::sha256(message.body)) : message.body_hash;
  }
  return bad_parameter(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
      "explicitly");
}

// The message that the handle was issued for; null when it is gone, or another has its place in the queue.
const Message* message_of(const Queue& queue, const Receipt& receipt) {
  const Message* const message = queue.messages.find(receipt.sequence);
  const bool is_it = message && (message->id.low == receipt.id_low || base::planted(base::Bug::ReceiptOfSequenceAlone));
  return is_it ? message : nullptr;
}

bool has_expired_messages(const Queue& queue, base::Time now) {
  const auto oldest = queue.messages.oldest_sent();
  return oldest && *oldest + queue.attributes.retention <= now;
}

}  // namespace

// --- Decisions

Result<SentMessage> Queues::send(const std::string& queue_arn, OutgoingMessage message, base::Time now,
                                 log::Journal& journal, base::Random& random) {
  ATHANOR_TRY(queue, at(queue_arn));
  const Attributes& attributes = queue->attributes;
  ATHANOR_TRY(deduplication_id, check_outgoing(attributes, message));
  if (attributes.fifo) {
    const auto key = deduplication_key(attributes, message.group_id, deduplication_id);
    const auto* const first = queue->deduplication.find(key, now);
    if (first && !base::planted(base::Bug::ForgetDeduplication)) return SentMessage{first->id, first->sequence};
  }
  const MessageId id = MessageId::random(random);
  const Sequence sequence = queue->messages.next_sequence();
  const auto delay = attributes.fifo ? attributes.delay : message.delay.value_or(attributes.delay);
  journal.write(MessageSent{queue_arn, id, std::move(message.body), std::move(message.attributes),
                            std::move(message.sender_id), std::move(message.trace_header), delay,
                            std::move(message.group_id), std::move(deduplication_id)});
  return SentMessage{id, attributes.fifo ? std::optional{sequence} : std::nullopt};
}

Result<std::vector<ReceivedMessage>> Queues::receive(const std::string& queue_arn, const ReceiveParameters& parameters,
                                                     base::Time now, log::Journal& journal) {
  ATHANOR_TRY(found, at(queue_arn));
  Queue& queue = *found;
  expire_queue(queue_arn, queue, now, journal);
  queue.messages.reveal(now, kRevealedPerReceive);

  std::vector<ReceivedMessage> received;
  // More has expired than one step removes: the next ticks continue.
  if (has_expired_messages(queue, now) && !base::planted(base::Bug::GiveWhatShouldBeGone)) return received;
  const std::size_t in_flight = queue.messages.counts(now).in_flight;
  if (in_flight >= kInFlightMax) {
    if (queue.attributes.fifo) return received;
    return Error{
        ErrorCode::OverLimit,
        fmt::format("The queue has {} messages in flight, which is the maximum. Delete some of them first.", in_flight),
        {}};
  }
  const std::size_t count_max = std::min(parameters.count_max, kInFlightMax - in_flight);

  const auto& redrive = queue.attributes.redrive_policy;
  const Queue* const dead_letters =
      redrive && redrive->dead_letter_arn != queue_arn ? find(redrive->dead_letter_arn) : nullptr;
  std::vector<Sequence> chosen;
  std::vector<Sequence> exhausted;
  queue.messages.for_each_receivable([&](Sequence sequence, const Message& message) {
    // The count of this queue alone: a dead-letter queue may have a RedrivePolicy of its own.
    const bool exceeded = dead_letters && message.generation >= redrive->max_receive_count;
    const bool goes_on = base::planted(base::Bug::GiveExhaustedBehindStep);
    (exceeded && !(goes_on && exhausted.size() == step_max_) ? exhausted : chosen).push_back(sequence);
    return chosen.size() < count_max && (goes_on || exhausted.size() < step_max_);
  });
  if (!exhausted.empty()) {
    journal.write(MessagesDeadLettered{queue_arn, redrive->dead_letter_arn, std::move(exhausted)});
  }
  if (chosen.empty()) return received;
  journal.write(
      MessagesReceived{queue_arn, chosen, parameters.visibility_timeout.value_or(queue.attributes.visibility_timeout)});
  for (const Sequence sequence : chosen) {
    const Message& message = *queue.messages.find(sequence);
    received.push_back({
        .id = message.id,
        .receipt_handle = write_receipt({sequence, message.generation, message.id.low}, queue.receipt_key),
        .position = message.position,
        .origin = message.origin,
        .sent = message.sent,
        .first_received = message.first_received,
        .receive_count = message.receive_count,
        .sequence = queue.attributes.fifo ? std::optional{sequence} : std::nullopt,
        .group_id = message.group ? message.group->name : std::string{},
        .deduplication_id = message.deduplication_id ? *message.deduplication_id : std::string{},
        .dead_letter_source_arn = message.dead_letter_source ? *message.dead_letter_source : std::string{},
    });
  }
  return received;
}

Result<void> Queues::delete_message(const std::string& queue_arn, std::string_view receipt_handle, base::Time now,
                                    log::Journal& journal) {
  ATHANOR_TRY(queue, at(queue_arn));
  const auto receipt = read_receipt(receipt_handle, queue->receipt_key);
  if (!receipt) return not_a_handle(receipt_handle);
  const Message* const message = message_of(*queue, *receipt);
  if (!message) return {};
  if (queue->attributes.fifo) {
    const bool in_flight = queue->messages.state(receipt->sequence, now) == MessageState::InFlight;
    if (!in_flight || message->generation != receipt->generation) return expired_handle(receipt_handle);
  }
  if (base::planted(base::Bug::ForgetDelete)) return {};
  journal.write(MessagesDeleted{queue_arn, {receipt->sequence}});
  return {};
}

std::size_t Queues::discard(const std::string& queue_arn, const std::vector<std::string>& receipt_handles,
                            log::Journal& journal) {
  const Queue* const queue = find(queue_arn);
  if (!queue) return 0;
  std::vector<Sequence> sequences;
  for (const std::string& handle : receipt_handles) {
    const auto receipt = read_receipt(handle, queue->receipt_key);
    if (receipt && message_of(*queue, *receipt)) sequences.push_back(receipt->sequence);
  }
  const std::size_t count = sequences.size();
  if (count > 0) journal.write(MessagesDeleted{queue_arn, std::move(sequences)});
  return count;
}

Result<void> Queues::change_visibility(const std::string& queue_arn, std::string_view receipt_handle,
                                       std::chrono::seconds timeout, base::Time now, log::Journal& journal) {
  ATHANOR_TRY(queue, at(queue_arn));
  if (timeout.count() < 0 || timeout > kVisibilityTimeoutMax) {
    return invalid_parameter(std::to_string(timeout.count()), "VisibilityTimeout",
                             fmt::format("Must be >= 0 and <= {}, if provided.", kVisibilityTimeoutMax.count()));
  }
  const auto receipt = read_receipt(receipt_handle, queue->receipt_key);
  if (!receipt) return not_a_handle(receipt_handle);
  const Message* const message = message_of(*queue, *receipt);
  if (!message) {
    return invalid_parameter(receipt_handle, "ReceiptHandle",
                             "Message does not exist or is not available for visibility timeout change.");
  }
  if (queue->messages.state(receipt->sequence, now) != MessageState::InFlight ||
      message->generation != receipt->generation) {
    if (queue->attributes.fifo) return expired_handle(receipt_handle);
    return Error{ErrorCode::MessageNotInflight, "The message that the receipt handle names is not in flight.", {}};
  }
  // In whole seconds, like the limit: otherwise the allowed 43,200 could never be requested.
  const auto had = std::chrono::floor<std::chrono::seconds>(now - message->last_received);
  if (had + timeout > kVisibilityTimeoutMax) {
    return invalid_parameter(std::to_string(timeout.count()), "VisibilityTimeout",
                             fmt::format("Total VisibilityTimeout for the message is beyond the limit [{} seconds]",
                                         kVisibilityTimeoutMax.count()));
  }
  journal.write(VisibilityChanged{queue_arn, receipt->sequence, timeout});
  return {};
}

void Queues::expire(base::Time now, log::Journal& journal) {
  // Called after each batch, and there may be a hundred thousand queues: only look at those that may have something.
  // Collected first, since whatever the log refuses becomes due again.
  std::vector<std::string> due;
  for (auto it = expiries_.begin(); it != expiries_.end() && it->first <= now; ++it) due.push_back(it->second);
  for (const std::string& arn : due) {
    Queue& queue = existing(arn);
    expire_queue(arn, queue, now, journal);
    find_expiry(arn, queue);
  }
}

std::optional<base::Time> Queues::next_expiry() const {
  return expiries_.empty() ? std::nullopt : std::optional{expiries_.begin()->first};
}

void Queues::note_expiry(const std::string& queue_arn, Queue& queue, base::Time sent) {
  base::Time expiry = sent + queue.attributes.retention;
  if (const auto overdue = queue.deduplication.overdue()) expiry = std::min(expiry, *overdue);
  if (expiry < queue.expiry) set_expiry(queue_arn, queue, expiry);
}

void Queues::find_expiry(const std::string& queue_arn, Queue& queue) {
  const auto oldest = queue.messages.oldest_sent();
  const auto of_messages = oldest ? *oldest + queue.attributes.retention : base::Time::max();
  set_expiry(queue_arn, queue, std::min(of_messages, queue.deduplication.overdue().value_or(base::Time::max())));
}

void Queues::set_expiry(const std::string& queue_arn, Queue& queue, base::Time expiry) {
  if (queue.expiry != base::Time::max()) expiries_.erase({queue.expiry, queue_arn});
  queue.expiry = expiry;
  if (expiry != base::Time::max()) expiries_.emplace(expiry, queue_arn);
}

void Queues::expire_queue(const std::string& queue_arn, Queue& queue, base::Time now, log::Journal& journal) {
  if (!has_expired_messages(queue, now) && queue.deduplication.overdue().value_or(base::Time::max()) > now) return;
  const base::Time until = now - queue.attributes.retention;
  journal.write(MessagesExpired{queue_arn, queue.messages.earlier_for_few(until, step_max_), step_max_});
}

// --- Hand-over, and applying records

HandoverOutcome Queues::accept(std::string_view queue_arn, Handover handover, base::Time time) {
  const auto found = queues_.find(queue_arn);
  if (found == queues_.end()) return HandoverOutcome::NoSuchQueue;
  Queue& queue = found->second;
  const Attributes& attributes = queue.attributes;
  if (handover.body_bytes > static_cast<std::size_t>(attributes.maximum_message_size) && !handover.is_dead_letter)
    return HandoverOutcome::TooLarge;
  Message message{.id = handover.message_id,
                  .position = handover.position,
                  .origin = std::move(handover.origin),
                  .sent = time,
                  .visible_at = time + attributes.delay};
  if (attributes.fifo) {
    if (handover.group_id.empty()) return HandoverOutcome::GroupIdMissing;
    if (handover.deduplication_id.empty() && !attributes.content_based_deduplication) {
      return HandoverOutcome::DeduplicationIdMissing;
    }
    // The body is not available here. Our choice for content-based deduplication: two events differ in content, since
    // their ids differ.
    message.deduplication_id =
        kept(handover.deduplication_id.empty() ? handover.message_id.text() : handover.deduplication_id);
    const auto key = deduplication_key(attributes, handover.group_id, *message.deduplication_id);
    if (queue.deduplication.find(key, time)) return HandoverOutcome::Duplicate;
  }
  add(queue, std::move(message), handover.group_id, time);
  note_expiry(found->first, queue, time);
  return HandoverOutcome::Accepted;
}

void Queues::apply(const MessageSent& record, log::LogPosition position, base::Time time) {
  Queue& queue = existing(record.queue_arn);
  Message message{.id = record.message_id, .position = position, .sent = time, .visible_at = time + record.delay};
  message.deduplication_id = kept(record.deduplication_id);
  add(queue, std::move(message), record.group_id, time);
  note_expiry(record.queue_arn, queue, time);
}

void Queues::apply(const MessagesReceived& record, log::LogPosition, base::Time time) {
  Queue& queue = existing(record.queue_arn);
  const bool ignores = base::planted(base::Bug::IgnoreVisibilityTimeout);
  for (const Sequence sequence : record.sequences) {
    queue.messages.receive(sequence, time, ignores ? time : end_of(record.visibility_timeout, time));
  }
  queue.stirred = queue.watched;
}

void Queues::apply(const MessagesDeleted& record, log::LogPosition, base::Time) {
  Queue& queue = existing(record.queue_arn);
  for (const Sequence sequence : record.sequences) queue.messages.take(sequence);
  queue.stirred = queue.watched;  // a group may have been waiting behind it
}

void Queues::apply(const VisibilityChanged& record, log::LogPosition, base::Time time) {
  Queue& queue = existing(record.queue_arn);
  queue.messages.set_visible_at(record.sequence, end_of(record.visibility_timeout, time), time);
  queue.stirred = queue.watched;
}

void Queues::apply(const MessagesDeadLettered& record, log::LogPosition, base::Time time) {
  Queue& source = existing(record.queue_arn);
  Queue& target = existing(record.dead_letter_arn);
  const std::string* const source_arn = intern(record.queue_arn);
  for (const Sequence sequence : record.sequences) {
    const Message* const found = source.messages.find(sequence);
    ATHANOR_ASSERT(found);
    const std::string group_id = found->group ? found->group->name : std::string{};
    Message message = source.messages.take(sequence);
    message.generation = 0;
    if (target.attributes.fifo) {
      // "Setting up dead-letter queue retention": only a standard queue's message keeps its age.
      message.sent = time;
      // "Learn how to configure a dead-letter queue redrive": two messages that share an id, sent far apart, are two.
      message.deduplication_id = kept(message.id.text());
    }
    message.visible_at = std::min(message.sent, time);  // no later than it was sent: nothing delays it
    message.dead_letter_source = source_arn;
    if (base::planted(base::Bug::LoseRedrivenMessage)) continue;
    note_expiry(record.dead_letter_arn, target, message.sent);
    target.messages.add(std::move(message), group_id, time);
  }
  source.stirred = source.watched;
  target.stirred = target.watched;
}

void Queues::apply(const MessagesExpired& record, log::LogPosition, base::Time time) {
  Queue& queue = existing(record.queue_arn);
  queue.messages.remove_sent_until(record.sent_until);
  const bool by_own_bound = base::planted(base::Bug::ForgetByOwnBound);
  queue.deduplication.forget(time, by_own_bound ? step_max_ : record.forgotten_max);
  queue.stirred = queue.watched;
}

const std::string* Queues::intern(const std::string& queue_arn) {
  return &*dead_letter_sources_.insert(queue_arn).first;
}

}  // namespace athanor::queue
