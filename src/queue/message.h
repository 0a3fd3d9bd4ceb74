// A message: its identity, how it is handed over to a queue, how a queue holds it, and what a receive returns.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/describe.h"
#include "base/random.h"
#include "base/strong.h"
#include "log/log.h"

namespace athanor::queue {

// The 128 bits of the UUID that callers know as MessageId.
struct MessageId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static MessageId random(base::Random& random);
  std::string text() const;

  friend auto operator<=>(const MessageId&, const MessageId&) = default;
  static constexpr auto members() { return Members{member("high", &MessageId::high), member("low", &MessageId::low)}; }
};

// A message's place in its queue: rises with every message added, and is never reused there.
using Sequence = base::Strong<struct SequenceTag, std::uint64_t>;

// The 20 digits that FIFO queues show as SequenceNumber; they sort the same as text and as numbers.
std::string sequence_number(Sequence sequence);

// A message whose body is in another work's record (an event, a dead letter of a rule).
struct Handover {
  log::LogPosition position;                  // the record that the body is made from
  std::shared_ptr<const std::string> origin;  // how to make it: opaque here; shared by all messages that use it
  MessageId message_id;
  std::size_t body_bytes = 0;         // body and attributes together, against MaximumMessageSize
  bool is_dead_letter = false;        // accepted whatever its size: it has nowhere else to go
  std::string_view group_id;          // FIFO: must not be empty
  std::string_view deduplication_id;  // FIFO: empty means content-based
};

enum class HandoverOutcome : std::uint8_t {
  Accepted,
  Duplicate,  // FIFO: the same deduplication id within five minutes; nothing was added
  NoSuchQueue,
  TooLarge,                // more bytes than the queue's MaximumMessageSize
  GroupIdMissing,          // FIFO
  DeduplicationIdMissing,  // FIFO without ContentBasedDeduplication
};

struct SentMessage {
  MessageId id;
  std::optional<Sequence> sequence;  // FIFO only
};

// The messages of one MessageGroupId. In a FIFO queue they are received in order, and not while one of them is in
// flight; in a standard queue they merely share the name.
struct MessageGroup {
  std::string name;
  std::size_t messages = 0;
  std::size_t in_flight = 0;
  std::set<Sequence> order;         // FIFO only
  std::optional<Sequence> offered;  // FIFO only: its next message, if it may be received now
};

struct Message {
  MessageId id;
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;
  base::Time sent{};
  base::Time visible_at{};      // hidden until then; epoch: received without a timeout
  base::Time first_received{};  // epoch: never
  base::Time last_received{};
  std::uint32_t receive_count = 0;  // over all queues it was in
  std::uint32_t generation = 0;     // receives from this queue
  MessageGroup* group = nullptr;
  std::unique_ptr<const std::string> deduplication_id;
  const std::string* dead_letter_source = nullptr;  // owned by Queues, never freed
  bool sent_out_of_order = false;                   // sent earlier than one with a lower sequence
};
static_assert(sizeof(Message) <= 120);

// A message as a receive returns it. The body is read from the record at `position` when the receive is committed.
struct ReceivedMessage {
  MessageId id;
  std::string receipt_handle;
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;  // null: the record is a MessageSent
  base::Time sent{};
  base::Time first_received{};
  std::uint32_t receive_count = 0;
  std::optional<Sequence> sequence;  // FIFO only
  std::string group_id;
  std::string deduplication_id;
  std::string dead_letter_source_arn;  // the queue it failed in, if a RedrivePolicy moved it
};

}  // namespace athanor::queue
