// The machine's own time and randomness, for the code that sets up a server, a benchmark or a tool. All other code is
// given a base::Clock and a base::Random.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace athanor::io {

class SystemClock final : public base::Clock {
 public:
  base::Time now() const override;
};

// Starts at the wall time of its construction and advances while the machine runs: it is never set, and it stops while
// the machine sleeps.
class RunningClock final : public base::Clock {
 public:
  base::Time now() const override;

 private:
  const base::Time begin_ = SystemClock{}.now();
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// How long the machine has been up, asleep or awake. Never set.
base::Duration since_boot();

// 64 unpredictable bits from the kernel. Blocks only early in boot, before the kernel has gathered any.
std::uint64_t random_seed();

// Measures how long something takes; never runs backwards.
class Stopwatch {
 public:
  Stopwatch();  // runs from here on
  std::chrono::nanoseconds elapsed() const;

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace athanor::io
