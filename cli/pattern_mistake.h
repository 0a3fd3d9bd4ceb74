// Reporting on patterns: where in one the mistake is that a message names, and in which colours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/session.h"
#include "pattern/explain/explain.h"

namespace athanor::cli {

// The line of the pattern and a caret under the last character read, from the position at the end of AWS's message
// ("line: 1, column: 15]", in UTF-16 units, just past that character). A long line is cut around it. Empty when the
// message gives no position.
std::vector<std::string> pointed_at(std::string_view pattern, std::string_view message);

// Unreadable input is a usage error, as opposed to an event that does not match, or rules with faults.
void refuse(Session& session, const Error& error, std::string_view hint = {});
// The same for a pattern, with the position of the mistake.
void refuse_pattern(Session& session, std::string_view text, const Error& error);

pattern::Paint paint_of(const Console& console);

}  // namespace athanor::cli
