// A value that a clause would accept: what the event would have to contain.
#pragma once

#include <optional>
#include <vector>

#include "pattern/condition.h"

namespace athanor::pattern {

// A value that one of the conditions accepts, the candidate closest to `found`, which is null when nothing was found.
// Nothing if no value would do: for `exists: false` alone, for anything-but that leaves nothing, for a numeric range
// between two neighbouring doubles.
std::optional<Value> accepted_value(const std::vector<Condition>& conditions, const Value* found);

}  // namespace athanor::pattern
