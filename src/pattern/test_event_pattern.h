// TestEventPattern: whether an event matches a pattern, decided as the rules of a bus decide.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace athanor::pattern {

// An event as it is delivered: what PutEvents takes, and what is added to it, in few bytes.
inline constexpr std::size_t kTestedEventBytesMax = limits::kPutEventsBytes + 4'096;

// Whether the event, given as text, matches. InvalidInput when it lacks what every event has, or is
// larger than any; InvalidEventPattern when the pattern is none.
Result<bool> test_event_pattern(std::string_view pattern, std::string_view event);

}  // namespace athanor::pattern
