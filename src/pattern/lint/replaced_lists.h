// Lists of conditions in a pattern's text that are replaced by a later one at the same path, although the author of
// both expects both to apply.
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

// In the order of the text. A list within $or may be replaced by one after the $or, and one before the $or by a list in
// a branch.
std::vector<ReplacedList> replaced_lists(const EventPattern& pattern);

}  // namespace athanor::pattern
