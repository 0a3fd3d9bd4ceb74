// Which events a replay brings, by their times.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace athanor::archive {

// By whole seconds, as an event shows its time (source: EventBridge user guide, replays: "based on the time in the
// event"): so the time that a target saw last is an end that brings this event. Both ends belong to it.
struct ReplayWindow {
  base::Time start{};
  base::Time end{};

  bool holds(base::Time time) const { return meets(time, time); }
  // Whether it may hold one of several events, of these times and between them.
  bool meets(base::Time first, base::Time last) const {
    using std::chrono::floor, std::chrono::seconds;
    return floor<seconds>(last) >= floor<seconds>(start) && floor<seconds>(first) <= end;
  }
};

}  // namespace athanor::archive
