// Lists of conditions in a pattern's text that a later one at the same path replaces: who writes both expects both to
// be asked for.
#pragma once

#include <string>
#include <vector>

#include "pattern/event_pattern.h"

namespace athanor::pattern {

struct ReplacedList {
  std::string path;
  std::vector<Condition> conditions;
  std::vector<Condition> by;
};

// In the order of the text. A list within $or may be replaced by one behind it, and one before it by that of a branch.
std::vector<ReplacedList> replaced_lists(const EventPattern& pattern);

}  // namespace athanor::pattern
