// Long lists of conditions of one kind, in order: a value is looked up by halves instead of held against each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pattern/condition.h"
#include "pattern/value_view.h"

namespace athanor::pattern {

// Conditions of one kind, as the bytes of rule_bytes.h behind kind and flags.
struct SortedConditions {
  Condition::Kind kind;
  std::string bytes;
};

// Takes those out of the list that are worth sorting: a few are walked faster.
std::vector<SortedConditions> take_sorted(std::vector<const Condition*>& conditions);

// Whether the value satisfies one of them.
bool accepts_sorted(Condition::Kind kind, std::string_view bytes, const ValueView& value);

}  // namespace athanor::pattern
