// When the next request is due: at a fixed rate whether or not the server keeps up, so that slow answers do not reduce
// the load; or at once, every time it is asked.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace athanor::bench {

class Schedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // From `begin` on; `per_second` above 0, or infinite.
  Schedule(TimePoint begin, double per_second) : begin_(begin), per_second_(per_second) {}

  // When the next one was due, if that is not after `now`; then moves on to the one after it.
  std::optional<TimePoint> take(TimePoint now) {
    if (is_unbounded()) return now;
    if (next() > now) return std::nullopt;
    const TimePoint due = next();
    ++taken_;
    return due;
  }
  TimePoint next() const {
    if (is_unbounded()) return begin_;
    return begin_ + std::chrono::nanoseconds{std::llround(1e9 * double(taken_) / per_second_)};
  }
  bool is_unbounded() const { return std::isinf(per_second_); }

 private:
  TimePoint begin_;
  double per_second_;
  std::uint64_t taken_ = 0;
};

}  // namespace athanor::bench
