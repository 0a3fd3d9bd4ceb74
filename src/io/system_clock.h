// The machine's own time and chance, for those who wire the server, a benchmark or a tool. Everybody else is given a
// base::Clock and a base::Random.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace athanor::io {

class SystemClock final : public base::Clock {
 public:
  base::Time now() const override;
};

// Wall time when it was made, and on from there as the machine runs: nobody sets it, and it stands still with a machine
// that sleeps.
class RunningClock final : public base::Clock {
 public:
  base::Time now() const override;

 private:
  const base::Time begin_ = SystemClock{}.now();
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// How long the machine has been up, asleep or awake. Nobody sets it.
base::Duration since_boot();

// 64 bits that nobody can guess, from the kernel. Blocks only before the machine has gathered any, at its boot.
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
