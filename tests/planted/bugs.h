// The bugs of base/planted.h by name, and the one that this program has.
#pragma once

#include <string_view>
#include <vector>

namespace athanor::planted {

// All names, as athanor-sim-planted lists them.
std::vector<std::string_view> names();

// Has this program the bug of that name from here on. False when there is none of it. Before any other thread runs.
bool choose(std::string_view name);

}  // namespace athanor::planted
