#include "io/system_clock.h"

#include <sys/random.h>

#include <cerrno>
#include <ctime>

#include "base/assert.h"

namespace athanor::io {

base::Time SystemClock::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

base::Time RunningClock::now() const {
  return begin_ + std::chrono::floor<base::Duration>(std::chrono::steady_clock::now() - start_);
}

base::Duration since_boot() {
  timespec time{};
  ATHANOR_ASSERT(::clock_gettime(CLOCK_BOOTTIME, &time) == 0);
  return std::chrono::floor<base::Duration>(std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec});
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  ssize_t drawn = -1;
  do {
    drawn = ::getrandom(&seed, sizeof seed, 0);
  } while (drawn < 0 && errno == EINTR);
  // Up to 256 bytes come whole or not at all; without them our ids would not be unique.
  ATHANOR_ASSERT(drawn == sizeof seed);
  return seed;
}

Stopwatch::Stopwatch() : start_(std::chrono::steady_clock::now()) {}

std::chrono::nanoseconds Stopwatch::elapsed() const { return std::chrono::steady_clock::now() - start_; }

}  // namespace athanor::io
