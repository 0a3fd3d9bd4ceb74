// A value that a clause would accept: what has to stand in the event.
#pragma once

#include <optional>
#include <vector>

#include "pattern/condition.h"

namespace athanor::pattern {

// A value that one of the conditions accepts, as near to `found` as those offered are; null when nothing was found.
// Nothing if no value would do: of `exists: false` alone, of anything-but where nothing is left, of a numeric range
// between two neighbouring doubles.
std::optional<Value> accepted_value(const std::vector<Condition>& conditions, const Value* found);

}  // namespace athanor::pattern
