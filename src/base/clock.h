// Time as an input. Nothing outside io/ asks the machine for it: io/system_clock.h does; tests and the simulation
// move their own clocks.
#pragma once

#include <chrono>

namespace athanor::base {

// Wall time, UTC, to the millisecond: what events, records and deadlines carry.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  // Never blocks. May jump backwards when an operator sets the machine's clock.
  virtual Time now() const = 0;
};

// A clock that stands still until it is told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = Time{std::chrono::seconds{1'700'000'000}}) : now_(start) {}
  Time now() const override { return now_; }
  void advance(Duration by) { now_ += by; }
  void set(Time now) { now_ = now; }

 private:
  Time now_;
};

}  // namespace athanor::base
