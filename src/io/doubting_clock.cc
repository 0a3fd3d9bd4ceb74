#include "io/doubting_clock.h"

#include <utility>

namespace athanor::io {

DoubtingClock::DoubtingClock(const base::Clock& wall, std::function<base::Duration()> since_boot,
                             std::function<void(base::Duration)> on_leap)
    : wall_(wall),
      since_boot_(std::move(since_boot)),
      on_leap_(std::move(on_leap)),
      last_(wall.now()),
      last_since_boot_(since_boot_()) {}

base::Time DoubtingClock::now() const {
  const std::lock_guard lock{mutex_};
  const base::Duration since_boot = since_boot_();
  const base::Time expected = last_ + (since_boot - std::exchange(last_since_boot_, since_boot));
  const base::Time told = wall_.now();
  if (told - expected <= kBelieved) {
    doubted_at_.reset();
    return last_ = told;
  }
  if (!doubted_at_) {
    doubted_at_ = since_boot;
    on_leap_(told - expected);
  }
  if (since_boot - *doubted_at_ < kDoubted) return last_ = expected;
  doubted_at_.reset();
  return last_ = told;
}

}  // namespace athanor::io
