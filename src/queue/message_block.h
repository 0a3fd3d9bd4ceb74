// A packed run of messages that have not been received, as nearly all of a backlog. Held and saved in this form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "log/log.h"
#include "queue/message.h"

namespace athanor::queue {

// What all messages of a run share is written once, the rest in some 20 bytes each: the id, and the distance of
// position and time from those of the previous message. Only messages that were merely sent can be packed: not delayed,
// not received, in no group, not from another queue.
class MessageBlock {
 public:
  static constexpr std::uint64_t kMessages = 256;  // of a complete one

  // The first sequence of the block that would hold this one.
  static Sequence first_of(Sequence sequence) { return Sequence{sequence.value / kMessages * kMessages}; }

  // The complete block that had these `bytes`; nullopt when they are not valid.
  static std::optional<MessageBlock> load(Sequence first, std::shared_ptr<const std::string> origin, std::string bytes);

  // Adds a message; false, and the block is as before, where it cannot hold it: its sequence is not the next one, it
  // has another origin, or was sent earlier than the last.
  bool append(Sequence sequence, const Message& message);

  Sequence first() const { return first_; }
  std::size_t size() const { return size_; }
  bool is_complete() const { return size_ == kMessages; }
  log::LogPosition oldest_position() const { return oldest_position_; }
  base::Time first_sent() const { return first_sent_; }
  base::Time last_sent() const { return last_sent_; }
  const std::shared_ptr<const std::string>& origin() const { return origin_; }
  const std::string& bytes() const { return bytes_; }

  std::vector<Message> unpack() const;

 private:
  bool take(std::string_view& in, Message& message) const;  // `message`: the previous one; false when invalid

  Sequence first_;
  std::size_t size_ = 0;
  log::LogPosition oldest_position_;
  log::LogPosition last_position_;
  base::Time first_sent_{};
  base::Time last_sent_{};
  std::shared_ptr<const std::string> origin_;
  std::string bytes_;
};

}  // namespace athanor::queue
