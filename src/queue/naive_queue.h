// For tests: a queue that is obviously right, because it looks at every message each time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "queue/message.h"
#include "queue/message_store.h"

namespace athanor::queue {

struct NaiveMessage {
  MessageId id;
  std::string group;
  std::string deduplication_id;
  base::Time sent{};
  base::Time visible_at{};
  std::uint32_t receive_count = 0;
  std::uint32_t generation = 0;
  bool gone = false;
};

class NaiveQueue {
 public:
  bool fifo = false;
  std::chrono::seconds delay{0};
  std::uint32_t max_receive_count = 0;  // 0: no dead-letter queue
  NaiveQueue* dead_letters = nullptr;
  std::vector<NaiveMessage> messages;  // in the order of sending, including those that are gone

  static MessageState state(const NaiveMessage& message, base::Time now) {
    if (message.visible_at <= now) return MessageState::Visible;
    return message.generation > 0 ? MessageState::InFlight : MessageState::Delayed;
  }

  MessageCounts counts(base::Time now) const {
    MessageCounts counts;
    for (const auto& message : messages) {
      if (message.gone) continue;
      const auto s = state(message, now);
      ++(s == MessageState::Visible ? counts.visible : s == MessageState::InFlight ? counts.in_flight : counts.delayed);
    }
    return counts;
  }

  // A duplicate: one sent less than five minutes ago with the same id.
  const NaiveMessage* duplicate(const std::string& deduplication_id, base::Time now) const {
    for (const auto& message : messages) {
      if (message.deduplication_id == deduplication_id && now < message.sent + std::chrono::minutes{5}) return &message;
    }
    return nullptr;
  }

  // In a FIFO queue, messages not received yet become visible as if they had been sent with this delay.
  void set_delay(std::chrono::seconds changed, base::Time now) {
    if (fifo && changed != delay) {
      for (auto& message : messages) {
        if (message.generation == 0 && std::max(message.visible_at, message.sent + changed) > now)
          message.visible_at = message.sent + changed;
      }
    }
    delay = changed;
  }

  void expire(base::Time now, base::Duration retention) {
    for (auto& message : messages) message.gone = message.gone || message.sent + retention <= now;
  }

  // Indices of the received messages.
  std::vector<std::size_t> receive(std::size_t count_max, base::Duration timeout, base::Time now) {
    std::vector<std::size_t> received;
    std::vector<std::size_t> moved;
    for (const std::size_t i : receivable(now)) {
      if (received.size() == count_max) break;
      const bool exceeded = max_receive_count > 0 && messages[i].generation >= max_receive_count;
      (exceeded ? moved : received).push_back(i);
    }
    for (const std::size_t i : moved) {
      NaiveMessage copy = messages[i];
      messages[i].gone = true;
      copy.generation = 0;
      copy.visible_at = now;
      if (fifo) copy.sent = now;
      copy.deduplication_id.clear();  // it was not sent to that queue
      dead_letters->messages.push_back(copy);
    }
    for (const std::size_t i : received) {
      ++messages[i].receive_count;
      ++messages[i].generation;
      messages[i].visible_at = now + timeout;
    }
    return received;
  }

 private:
  std::vector<std::size_t> receivable(base::Time now) const {
    std::vector<std::size_t> indices;
    std::vector<std::string> groups_seen;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto& message = messages[i];
      if (message.gone) continue;
      if (!fifo) {
        if (state(message, now) == MessageState::Visible) indices.push_back(i);
        continue;
      }
      bool seen = false;
      for (const auto& group : groups_seen) seen = seen || group == message.group;
      if (seen) continue;
      groups_seen.push_back(message.group);
      append_group(message.group, now, indices);
    }
    return indices;
  }

  void append_group(const std::string& group, base::Time now, std::vector<std::size_t>& indices) const {
    for (const auto& message : messages) {
      if (!message.gone && message.group == group && state(message, now) == MessageState::InFlight) return;
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto& message = messages[i];
      if (message.gone || message.group != group) continue;
      if (state(message, now) != MessageState::Visible) return;
      indices.push_back(i);
    }
  }
};

}  // namespace athanor::queue
