// Rule sets for lines of city lots: five rules per set, each set with one kind of operator, chosen to match between 0.1
// % and 60 % of the lines.
#pragma once

#include <string>
#include <vector>

namespace athanor::bench {

struct LotRules {
  std::string name;
  std::vector<std::string> patterns;
  std::vector<std::string> fields;  // of `properties` that the rules ask for
  bool asks_coordinates = false;
};

std::vector<LotRules> lot_rules();

}  // namespace athanor::bench
