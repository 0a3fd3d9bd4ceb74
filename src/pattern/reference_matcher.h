// The plain matcher: what the pattern language means, in code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "pattern/event_fields.h"
#include "pattern/event_pattern.h"

namespace athanor::pattern {

bool matches(const EventPattern& pattern, const Fields& fields);
bool matches(const EventPattern& pattern, const Envelope& event);

// The same, and how many values and choices of array elements were looked at.
struct Verdict {
  bool matches = false;
  std::uint64_t steps = 0;
};
Verdict judge(const EventPattern& pattern, const Fields& fields);

// An event as it is delivered: what PutEvents takes, and what is added to it, in few bytes.
inline constexpr std::size_t kTestedEventBytesMax = limits::kPutEventsBytes + 4'096;

// TestEventPattern: whether the event, given as text, matches. InvalidInput when it lacks what every event has, or is
// larger than any; InvalidEventPattern when the pattern is none.
Result<bool> test_event_pattern(std::string_view pattern, std::string_view event);

WantedPaths wanted_paths(const EventPattern& pattern);

}  // namespace athanor::pattern
