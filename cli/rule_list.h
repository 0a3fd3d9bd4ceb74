// Rules as `aws events list-rules` prints them, or from a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace athanor::cli {

struct ListedRule {
  std::string name;
  std::string bus;                   // empty: not given
  std::string pattern;               // JSON; empty: the rule has none, e.g. a scheduled one
  std::vector<std::string> targets;  // ARNs
  bool is_disabled = false;
};

// The rules in the text: {"Rules": [...]}, an array, one object over any number of lines, or one object per line. A
// rule is {"Name", "EventPattern", "Targets": [{"Arn"}], "State", "EventBusName"}, with the pattern as a string or as
// JSON; an object with none of these is a pattern. InvalidInput says which rule cannot be read, and why.
Result<std::vector<ListedRule>> read_rules(std::string_view text);

}  // namespace athanor::cli
