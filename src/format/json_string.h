// The length of a string of JSON; what else is asked of strings stands in json.h.
#pragma once

#include <cstddef>
#include <string_view>

namespace athanor::format {

// Of the string with its quotes that `text`, which is not empty, begins with; 0 when it is none.
std::size_t json_string_length(std::string_view text);

}  // namespace athanor::format
