// Rules as `aws events list-rules` prints them, or as they stand in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace athanor::cli {

struct ListedRule {
  std::string name;
  std::string bus;                   // empty: not said
  std::string pattern;               // JSON; empty: the rule has none, as one with a schedule
  std::vector<std::string> targets;  // ARNs
  bool is_disabled = false;
};

// The rules of the text: {"Rules": [...]}, an array, one object over as many lines as it likes, or one a line. A rule
// is
// {"Name", "EventPattern", "Targets": [{"Arn"}], "State", "EventBusName"}, the pattern as a string or as JSON itself;
// an object without these is a pattern. InvalidInput says which rule cannot be read, and why.
Result<std::vector<ListedRule>> read_rules(std::string_view text);

}  // namespace athanor::cli
