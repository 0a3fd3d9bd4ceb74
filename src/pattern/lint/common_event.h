// Events drawn from regions: one in a given region, one that two patterns match, and ones that a pattern misses because
// of arrays.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "format/json.h"
#include "pattern/lint/event_set.h"

namespace athanor::pattern {

struct DrawnEvent {
  format::JsonValue event;
  bool has_several = false;  // some field has several values
};

// With one value for each clause that accepts values.
format::JsonValue event_of(const Region& region);

// At most `count_max` events of the regions: first one for each region, then one for each condition that it accepts.
std::vector<format::JsonValue> events_of(const std::vector<Region>& regions, std::size_t count_max);

// An event in a region of both: a flat one if possible, else one with arrays; nothing if there is none. `pairs_left`
// counts down; TooMuch when it runs out.
std::optional<DrawnEvent> common_event(const std::vector<Region>& a, const std::vector<Region>& b, ClauseSets& sets,
                                       std::uint64_t& pairs_left);

// Events in the region, or nearly so, where something that the region wants absent is in another element of an array,
// so that it is absent only if the right element is chosen.
std::vector<format::JsonValue> with_absent_elsewhere(const Region& region, const std::vector<Region>& others,
                                                     ClauseSets& sets);

}  // namespace athanor::pattern
