// simdjson's on-demand parser walking the same fields of the same lines: what reading them costs without any matching.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace athanor::bench {

// Returns the bytes of the values found, so that the compiler cannot omit anything.
std::size_t walk_lines(const std::vector<std::string>& lines, const std::vector<std::string>& fields,
                       bool asks_coordinates);

}  // namespace athanor::bench
