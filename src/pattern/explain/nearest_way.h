// How close an event comes to one alternative of a pattern: the choice of array elements for which the fewest paths
// fail.
//
// ways.h says whether there is a choice for which none fails; this is the same search, counting failures. A path that
// holds by being absent is never given a value just so that its element is chosen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "pattern/event_pattern.h"
#include "pattern/explain/located_event.h"

namespace athanor::pattern {

// One path of an alternative against an event, taken by itself.
struct PathStanding {
  bool may_be_absent = false;    // one of the conditions is `exists: false`
  bool some_value_would = true;  // false for `exists: false` alone, and for ranges that contain no number
  std::vector<Place> all, accepted;

  // For some choice of elements: a value outside any element is present for every choice.
  bool may_hold() const {
    return !accepted.empty() || (may_be_absent && std::all_of(all.begin(), all.end(), [](const Place& place) {
                                   return place.element != kNoElement;
                                 }));
  }
};

struct Choice {
  enum class Kind : std::uint8_t {
    Accepted,  // the value at `place`
    Absent,
    Change,    // fails; a value put there, or at `place` instead of the one there, would satisfy it
    Remove,    // fails; it would hold without the values at `places`
    Hopeless,  // fails for every event
  };
  Kind kind = Kind::Accepted;
  std::optional<Place> place;
  std::vector<Place> places;
  bool fails() const { return kind >= Kind::Change; }
};

struct NearestWay {
  std::uint32_t failing = 0;            // paths
  std::uint32_t edits = 0;              // values that would have to change
  std::vector<Choice> choices;          // of each path
  std::vector<std::uint32_t> elements;  // chosen, ascending
  bool is_hopeless = false;

  friend bool operator<(const NearestWay& a, const NearestWay& b) {
    return std::pair{a.failing, a.edits} < std::pair{b.failing, b.edits};
  }
};

// For each path of the alternative, in its order. Nothing when `spent` exceeds kStepsMax.
std::optional<std::vector<PathStanding>> standings(const Alternative& alternative, const Fields& fields,
                                                   std::uint64_t& spent);

// The fewest failing paths, and among such choices the fewest edits. `paths` are in the order of `alternative`. Adds
// the values and choices examined to `spent`; nothing when that exceeds kStepsMax.
std::optional<NearestWay> nearest_way(const Alternative& alternative, const std::vector<PathStanding>& paths,
                                      const LocatedFields& event, std::uint64_t& spent);

}  // namespace athanor::pattern
