// TestEventPattern: whether an event matches a pattern, decided as for the rules of a bus.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace athanor::pattern {

// An event as delivered: what PutEvents accepts, and the few bytes that are added to it.
inline constexpr std::size_t kTestedEventBytesMax = limits::kPutEventsBytes + 4'096;

// Whether the event, given as text, matches. InvalidInput when it lacks what every event has, or is larger than any
// event; InvalidEventPattern when the pattern is not valid.
Result<bool> test_event_pattern(std::string_view pattern, std::string_view event);

}  // namespace athanor::pattern
