// Where in a pattern the mistake is that a message names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace athanor::cli {

// The line of the pattern and a caret under the character that was read last, from the place at the end of AWS's
// message
// ("line: 1, column: 15]", UTF-16 units, behind that character). A long line is cut around it. Nothing when the message
// names no place.
std::vector<std::string> pointed_at(std::string_view pattern, std::string_view message);

}  // namespace athanor::cli
