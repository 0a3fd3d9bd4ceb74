// Long lists of conditions of one kind, in order: a value is found by binary search instead of being compared with
// each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pattern/condition.h"
#include "pattern/value_view.h"

namespace athanor::pattern {

// Conditions of one kind, as the bytes that follow kind and flags in rule_bytes.h.
struct SortedConditions {
  Condition::Kind kind;
  std::string bytes;
};

// Takes those worth sorting out of the list: a few are faster to walk through.
std::vector<SortedConditions> take_sorted(std::vector<const Condition*>& conditions);

// Whether the value satisfies one of them.
bool accepts_sorted(Condition::Kind kind, std::string_view bytes, const ValueView& value);

}  // namespace athanor::pattern
