// The plain matcher: what the pattern language means, in code.
#pragma once

#include <cstdint>

#include "pattern/event_fields.h"
#include "pattern/event_pattern.h"

namespace athanor::pattern {

bool matches(const EventPattern& pattern, const Fields& fields);
bool matches(const EventPattern& pattern, const Envelope& event);
bool matches(const Alternative& alternative, const Fields& fields);

// The same, with how the search for array elements went (ways.h), over all alternatives tried.
struct Verdict {
  bool matches = false;
  bool gave_up = false;  // on some alternative, which then does not match
  std::uint64_t steps = 0;
};
Verdict judge(const EventPattern& pattern, const Fields& fields);

WantedPaths wanted_paths(const EventPattern& pattern);

}  // namespace athanor::pattern
