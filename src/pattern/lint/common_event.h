// Events drawn from regions: one that lies in a region, one that two patterns match, and ones that arrays take out of a
// pattern.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "format/json.h"
#include "pattern/lint/event_set.h"

namespace athanor::pattern {

struct DrawnEvent {
  format::JsonValue event;
  bool has_several = false;  // values in some field
};

// With one value for each clause that accepts any.
format::JsonValue event_of(const Region& region);

// At most so many events of the regions, each region's first, and for each condition one that it accepts.
std::vector<format::JsonValue> events_of(const std::vector<Region>& regions, std::size_t count_max);

// An event that lies in a region of both: a flat one if there is any, else one with arrays; nothing when no event does.
// `pairs_left` counts down; TooMuch at its end.
std::optional<DrawnEvent> common_event(const std::vector<Region>& a, const std::vector<Region>& b, ClauseSets& sets,
                                       std::uint64_t& pairs_left);

// Events of the region, or nearly so, in which something stands in another element of an array that the region wants
// absent, so that it is absent only for who chooses the right element.
std::vector<format::JsonValue> with_absent_elsewhere(const Region& region, const std::vector<Region>& others,
                                                     ClauseSets& sets);

}  // namespace athanor::pattern
