// What is said of patterns: where in one the mistake is that a message names, and in which colours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/session.h"
#include "pattern/explain/explain.h"

namespace athanor::cli {

// The line of the pattern and a caret under the character that was read last, from the place at the end of AWS's
// message ("line: 1, column: 15]", UTF-16 units, behind that character). A long line is cut around it. Nothing when the
// message names no place.
std::vector<std::string> pointed_at(std::string_view pattern, std::string_view message);

// What cannot be read was given wrongly: that is not the same as an event that does not match, or rules with faults.
void refuse(Session& session, const Error& error, std::string_view hint = {});
// The same of a pattern, with the place.
void refuse_pattern(Session& session, std::string_view text, const Error& error);

pattern::Paint paint_of(const Console& console);

}  // namespace athanor::cli
