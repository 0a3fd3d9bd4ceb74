// What a FIFO queue has accepted within the last five minutes, so that a second send of the same is no second message.
#pragma once

#include <deque>
#include <map>
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

  // The message accepted under `key` less than five minutes before `now`; nullptr when there is none. After the clock
  // was set back it may lie as far ahead: an acceptance of a time to come is no reason to take nothing until then.
  const Entry* find(std::string_view key, base::Time now) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && is_within(found->second.accepted, now) ? &found->second : nullptr;
  }

  // Forgets what is out of the window at `entry.accepted`. Only here, so that the state depends on records alone.
  void remember(std::string key, const Entry& entry) {
    while (!order_.empty() && !is_within(order_.front().first, entry.accepted)) {
      // A key that came again after its window has a later entry, which stays.
      const auto oldest = entries_.find(order_.front().second);
      if (oldest != entries_.end() && oldest->second.accepted == order_.front().first) entries_.erase(oldest);
      order_.pop_front();
    }
    order_.emplace_back(entry.accepted, key);
    entries_.insert_or_assign(std::move(key), entry);
  }

  // Calls visit(key, entry) in the order in which `remember` must be called to get the same window.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [accepted, key] : order_) {
      const auto found = entries_.find(key);
      if (found != entries_.end() && found->second.accepted == accepted) visit(key, found->second);
    }
  }

 private:
  static bool is_within(base::Time accepted, base::Time now) {
    return std::chrono::abs(now - accepted) < kDeduplicationWindow;
  }

  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::pair<base::Time, std::string>> order_;  // by acceptance
};

}  // namespace athanor::queue
