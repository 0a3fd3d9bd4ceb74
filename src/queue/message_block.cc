#include "queue/message_block.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "log/codec.h"

namespace athanor::queue {
namespace {

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

std::optional<MessageBlock> MessageBlock::pack(Run run) {
  if (run.size() != kMessages || run.front().first != first_of(run.front().first) ||
      run.back().first.value != run.front().first.value + kMessages - 1) {
    return std::nullopt;
  }
  MessageBlock block;
  block.first_ = run.front().first;
  block.oldest_position_ = run.front().second->position;
  block.first_sent_ = run.front().second->sent;
  block.last_sent_ = run.back().second->sent;
  block.origin_ = run.front().second->origin;
  Message before{.sent = base::Time{}};
  for (const auto& [sequence, message] : run) {
    const bool is_later = &message == &run.front().second || message->sent >= before.sent;
    if (!is_only_sent(*message) || !is_later || !is_same(message->origin, block.origin_)) return std::nullopt;
    const std::uint64_t id[] = {message->id.high, message->id.low};
    block.bytes_.append(reinterpret_cast<const char*>(id), sizeof id);
    log::put_varint(block.bytes_, distance(before.position.value, message->position.value));
    log::put_varint(block.bytes_, zigzag((message->sent - before.sent).count()));
    block.oldest_position_ = std::min(block.oldest_position_, message->position);
    before.position = message->position;
    before.sent = message->sent;
  }
  block.bytes_.shrink_to_fit();
  return block;
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
  block.last_sent_ = message.sent;
  return in.empty() ? std::optional{std::move(block)} : std::nullopt;
}

std::array<Message, MessageBlock::kMessages> MessageBlock::unpack() const {
  std::array<Message, kMessages> messages;
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
