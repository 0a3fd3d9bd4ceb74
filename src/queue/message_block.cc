#include "queue/message_block.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "log/codec.h"

namespace athanor::queue {
namespace {

constexpr std::size_t kUsualBytes = 20;  // of a message

using log::codec::unzigzag;
using log::codec::zigzag;

bool is_only_sent(const Message& message) {
  return message.visible_at == message.sent && message.receive_count == 0 && message.generation == 0 &&
         message.group == nullptr && message.deduplication_id == nullptr && message.dead_letter_source == nullptr;
}

bool is_same(const std::shared_ptr<const std::string>& a, const std::shared_ptr<const std::string>& b) {
  return a == b || (a && b && *a == *b);
}

std::uint64_t distance(std::uint64_t from, std::uint64_t to) { return zigzag(static_cast<std::int64_t>(to - from)); }

}  // namespace

bool MessageBlock::append(Sequence sequence, const Message& message) {
  if (!is_only_sent(message)) return false;
  if (size_ == 0) {
    if (sequence != first_of(sequence)) return false;
    first_ = sequence;
    first_sent_ = message.sent;
    oldest_position_ = message.position;
    origin_ = message.origin;
    bytes_.reserve(kMessages * kUsualBytes);
  } else if (is_complete() || sequence.value != first_.value + size_ || message.sent < last_sent_ ||
             !is_same(message.origin, origin_)) {
    return false;
  }
  const std::uint64_t id[] = {message.id.high, message.id.low};
  bytes_.append(reinterpret_cast<const char*>(id), sizeof id);
  log::put_varint(bytes_, distance(last_position_.value, message.position.value));
  log::put_varint(bytes_, zigzag((message.sent - last_sent_).count()));
  oldest_position_ = std::min(oldest_position_, message.position);
  last_position_ = message.position;
  last_sent_ = message.sent;
  if (++size_ == kMessages) bytes_.shrink_to_fit();
  return true;
}

bool MessageBlock::take(std::string_view& in, Message& message) const {
  std::uint64_t id[2];
  if (in.size() < sizeof id) return false;
  std::memcpy(id, in.data(), sizeof id);
  in.remove_prefix(sizeof id);
  std::uint64_t position = 0, sent = 0;
  if (!log::take_varint(in, position) || !log::take_varint(in, sent)) return false;
  message.id = {id[0], id[1]};
  message.position.value += static_cast<std::uint64_t>(unzigzag(position));
  message.sent += base::Duration{unzigzag(sent)};
  message.visible_at = message.sent;
  return true;
}

std::optional<MessageBlock> MessageBlock::load(Sequence first, std::shared_ptr<const std::string> origin,
                                               std::string bytes) {
  if (first != first_of(first)) return std::nullopt;
  MessageBlock block;
  block.first_ = first;
  block.origin_ = std::move(origin);
  block.bytes_ = std::move(bytes);
  std::string_view in = block.bytes_;
  Message message;
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    const base::Time before = message.sent;
    if (!block.take(in, message) || (i > 0 && message.sent < before)) return std::nullopt;
    if (i == 0) block.first_sent_ = message.sent;
    block.oldest_position_ = i == 0 ? message.position : std::min(block.oldest_position_, message.position);
  }
  block.size_ = kMessages;
  block.last_position_ = message.position;
  block.last_sent_ = message.sent;
  return in.empty() ? std::optional{std::move(block)} : std::nullopt;
}

std::vector<Message> MessageBlock::unpack() const {
  std::vector<Message> messages(size_);
  std::string_view in = bytes_;
  Message next;
  for (Message& message : messages) {
    const bool taken = take(in, next);
    ATHANOR_ASSERT(taken);
    message.id = next.id;
    message.position = next.position;
    message.sent = message.visible_at = next.sent;
    message.origin = origin_;
  }
  return messages;
}

}  // namespace athanor::queue
