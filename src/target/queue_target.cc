#include "target/queue_target.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "queue/given_id.h"

namespace athanor::target {
namespace {

queue::Handover handover_of(const delivery::Delivery& delivery, std::uint64_t salt) {
  base::Random random{delivery.seed ^ salt};
  return {.position = delivery.position,
          .origin = delivery.origin,
          .message_id = queue::MessageId::random(random),
          .body_bytes = delivery.body_bytes};
}

}  // namespace

delivery::AttemptResult QueueTarget::attempt(const delivery::Delivery& delivery, base::Time now) {
  using delivery::Verdict;
  const std::string& arn = delivery.target.arn;
  const bool wants_group = !delivery.target.message_group_id.empty();
  if (wants_group && !queue::is_given_id(delivery.message_group_id)) {
    return {Verdict::Impossible, "INVALID_PARAMETER",
            fmt::format("MessageGroupId can only include alphanumeric and punctuation characters. 1 to {} in length.",
                        queue::kGivenIdCharacters)};
  }
  queue::Handover handover = handover_of(delivery, 0);
  handover.group_id = delivery.message_group_id;
  std::string deduplication_id;
  if (arn.ends_with(".fifo")) {
    // Two targets that send the same event to one queue want two messages.
    deduplication_id = fmt::format("{}-{:016x}", delivery.deduplication_id, delivery.seed);
    handover.deduplication_id = deduplication_id;
  }
  switch (queues_.accept(arn, handover, now)) {
    case queue::HandoverOutcome::Accepted:
    case queue::HandoverOutcome::Duplicate:
      return {};
    case queue::HandoverOutcome::NoSuchQueue:
      return {Verdict::Impossible, "NO_RESOURCE", fmt::format("The queue {} does not exist.", arn)};
    case queue::HandoverOutcome::TooLarge:
      return {Verdict::Impossible, "INVALID_PARAMETER",
              fmt::format("The event is larger than messages of {} may be.", arn)};
    case queue::HandoverOutcome::GroupIdMissing:
      return {Verdict::Impossible, "INVALID_PARAMETER",
              "The target needs SqsParameters with a MessageGroupId: its queue is FIFO."};
    case queue::HandoverOutcome::DeduplicationIdMissing:
      return {Verdict::Impossible, "INVALID_PARAMETER", "The queue should have ContentBasedDeduplication enabled."};
  }
  base::assertion_failed("an outcome without a verdict", __FILE__, __LINE__);
}

bool QueueTarget::send(std::string_view queue_arn, const delivery::Delivery& delivery, base::Time now) {
  // Not the id of the message that a queue target may have made from the same event.
  queue::Handover letter = handover_of(delivery, 0xdead1e77e5);
  letter.is_dead_letter = true;
  return queues_.accept(queue_arn, letter, now) == queue::HandoverOutcome::Accepted;
}

}  // namespace athanor::target
