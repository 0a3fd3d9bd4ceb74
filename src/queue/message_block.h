// A packed run of messages that have not been received, as nearly all of a backlog. Held and saved in this form.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "log/log.h"
#include "queue/message.h"

namespace athanor::queue {

// What all messages of a run share is written once, the rest in some 20 bytes each: the id, and the distance of
// position and time from those of the previous message. Only messages that were merely sent can be packed: not delayed,
// not received, in no group, not from another queue.
class MessageBlock {
 public:
  static constexpr std::uint64_t kMessages = 256;
  using Run = std::span<const std::pair<Sequence, const Message*>>;

  // The first sequence of the block that would hold this one.
  static Sequence first_of(Sequence sequence) { return Sequence{sequence.value / kMessages * kMessages}; }

  // Packs a run in order of sequence; nullopt unless it is a whole block, with one origin, sent in that order.
  static std::optional<MessageBlock> pack(Run run);
  // The block that had these `bytes`; nullopt when they are not valid.
  static std::optional<MessageBlock> load(Sequence first, std::shared_ptr<const std::string> origin, std::string bytes);

  Sequence first() const { return first_; }
  log::LogPosition oldest_position() const { return oldest_position_; }
  base::Time first_sent() const { return first_sent_; }
  base::Time last_sent() const { return last_sent_; }
  const std::shared_ptr<const std::string>& origin() const { return origin_; }
  const std::string& bytes() const { return bytes_; }

  std::array<Message, kMessages> unpack() const;

 private:
  bool take(std::string_view& in, Message& message) const;  // `message`: the previous one; false when invalid

  Sequence first_;
  log::LogPosition oldest_position_;
  base::Time first_sent_{};
  base::Time last_sent_{};
  std::shared_ptr<const std::string> origin_;
  std::string bytes_;
};

}  // namespace athanor::queue
