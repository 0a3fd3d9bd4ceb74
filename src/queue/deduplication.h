// What a FIFO queue has accepted within the last five minutes, so that sending it again adds no second message.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "queue/limits.h"
#include "queue/message.h"

namespace athanor::queue {

class DeduplicationWindow {
 public:
  struct Entry {
    MessageId id;
    Sequence sequence;
    base::Time accepted{};
  };

  // The message accepted under `key` less than five minutes before `now`; nullptr when there is none. If the clock was
  // set back, it may lie as far ahead, but no further: an acceptance in the future must not block its key until then.
  const Entry* find(std::string_view key, base::Time now) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && is_within(found->second.accepted, now) ? &found->second : nullptr;
  }

  // Forgets two expired entries for each new one, so that no send has to wait while many are forgotten.
  // `entry.sequence` is larger than all before.
  void remember(std::string key, const Entry& entry) {
    forget(entry.accepted, 2);
    restore(std::move(key), entry);
  }

  // Forgets the oldest that are out of the window at `now`, at most `count_max`. Only when a record says so: after the
  // clock was set back, forgetting changes answers, and they must be the same live and in recovery.
  void forget(base::Time now, std::size_t count_max) {
    for (; count_max > 0 && !order_.empty() && !is_within(oldest(), now); --count_max) forget_oldest();
  }

  // For a window no longer in use: frees at most `pieces` entries, and subtracts them from `pieces`.
  void free_some(std::size_t& pieces) {
    for (; pieces > 0 && !order_.empty(); --pieces) forget_oldest();
  }

  // When new entries should have displaced the oldest: if it is still there then, too few arrive.
  std::optional<base::Time> overdue() const {
    return order_.empty() ? std::nullopt : std::optional{oldest() + 2 * kDeduplicationWindow};
  }

  // Calls visit(key, entry) in the order in which `restore` must be called to get the same window.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [sequence, entry] : order_) visit(entry->first, entry->second);
  }
  void restore(std::string key, const Entry& entry) {
    const auto [at, is_new] = entries_.try_emplace(std::move(key), entry);
    if (!is_new) {  // it was sent again after its window
      order_.erase(at->second.sequence);
      at->second = entry;
    }
    order_.emplace_hint(order_.end(), entry.sequence, at);
  }

 private:
  using Entries = std::map<std::string, Entry, std::less<>>;

  static bool is_within(base::Time accepted, base::Time now) {
    return std::chrono::abs(now - accepted) < kDeduplicationWindow;
  }
  base::Time oldest() const { return order_.begin()->second->second.accepted; }
  void forget_oldest() {
    entries_.erase(order_.begin()->second);
    order_.erase(order_.begin());
  }

  Entries entries_;
  std::map<Sequence, Entries::iterator> order_;  // in order of acceptance
};

}  // namespace athanor::queue
