// Which events a replay includes, by their times.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace athanor::archive {

// In whole seconds, as an event shows its time (source: EventBridge user guide, replays: "based on the time in the
// event"), so that the last time a target saw, given as the end, includes that event. Both ends are inclusive.
struct ReplayWindow {
  base::Time start{};
  base::Time end{};

  bool holds(base::Time time) const { return meets(time, time); }
  // Whether it may hold one of several events with times from `first` to `last`.
  bool meets(base::Time first, base::Time last) const {
    using std::chrono::floor, std::chrono::seconds;
    return floor<seconds>(last) >= floor<seconds>(start) && floor<seconds>(first) <= end;
  }
};

}  // namespace athanor::archive
