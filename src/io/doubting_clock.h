// A wall clock that is not believed at once when it jumps far ahead.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace athanor::io {

// For whatever ages: messages, events, retries. A wrong time server or a wrong hand would make all that waits too old
// in a moment, and that is not taken back. So what would be a leap of more than an hour counts as passing time does,
// without it, until it has lasted for ten minutes.
class DoubtingClock final : public base::Clock {
 public:
  static constexpr base::Duration kBelieved = std::chrono::hours{1};
  static constexpr base::Duration kDoubted = std::chrono::minutes{10};

  // `since_boot`: passes while the machine sleeps, and is never set. `on_leap` is told of each, and how far; it is
  // called under a lock.
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
