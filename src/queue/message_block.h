// A run of messages that nobody has received, packed: of a backlog, nearly all are. It is held so, and saved so.
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

// What all messages of a run share is written once, the rest in some 20 bytes each: the id, and how far position and
// time are from those of the message before. Only messages can be packed that are nothing but sent: not delayed, not
// received, in no group, from no other queue.
class MessageBlock {
 public:
  static constexpr std::uint64_t kMessages = 256;
  using Run = std::span<const std::pair<Sequence, const Message*>>;

  // The first sequence of the block that would hold this one.
  static Sequence first_of(Sequence sequence) { return Sequence{sequence.value / kMessages * kMessages}; }

  // Packs a run by rising sequence; nullopt unless it is a whole block, of one origin, sent one after the other.
  static std::optional<MessageBlock> pack(Run run);
  // What `bytes` gave; nullopt when it is no such block.
  static std::optional<MessageBlock> load(Sequence first, std::shared_ptr<const std::string> origin, std::string bytes);

  Sequence first() const { return first_; }
  log::LogPosition oldest_position() const { return oldest_position_; }
  base::Time first_sent() const { return first_sent_; }
  base::Time last_sent() const { return last_sent_; }
  const std::shared_ptr<const std::string>& origin() const { return origin_; }
  const std::string& bytes() const { return bytes_; }

  std::array<Message, kMessages> unpack() const;

 private:
  bool take(std::string_view& in, Message& message) const;  // `message` is the one before; false when there is none

  Sequence first_;
  log::LogPosition oldest_position_;
  base::Time first_sent_{};
  base::Time last_sent_{};
  std::shared_ptr<const std::string> origin_;
  std::string bytes_;
};

}  // namespace athanor::queue
