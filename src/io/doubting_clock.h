// A wall clock whose large jumps ahead are not believed at once.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace athanor::io {

// For everything that ages: messages, events, retries. A faulty time server or an operator's mistake would make all
// that waits too old in an instant, which cannot be undone. So a leap of more than an hour is ignored, and time passes
// as if without it, until it has lasted for ten minutes.
class DoubtingClock final : public base::Clock {
 public:
  static constexpr base::Duration kBelieved = std::chrono::hours{1};
  static constexpr base::Duration kDoubted = std::chrono::minutes{10};

  // `since_boot` must go on while the machine sleeps, and is never set. `on_leap` is called with the size of each leap,
  // under a lock.
  DoubtingClock(const base::Clock& wall, std::function<base::Duration()> since_boot,
                std::function<void(base::Duration ahead)> on_leap);

  base::Time now() const override;

 private:
  const base::Clock& wall_;
  const std::function<base::Duration()> since_boot_;
  const std::function<void(base::Duration)> on_leap_;

  mutable std::mutex mutex_;
  mutable base::Time last_;
  mutable base::Duration last_since_boot_;
  mutable std::optional<base::Duration> doubted_at_;
};

}  // namespace athanor::io
