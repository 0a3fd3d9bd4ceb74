// Where a value of JSON ends; what else is asked of JSON stands in json.h.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.h"

namespace athanor::format {

// Nesting of any JSON that is read: of a Detail, of the event around it, and of what a template puts around that. Our
// choice.
inline constexpr std::size_t kDepthRead = limits::kJsonDepth + 24;

struct Extent {
  bool good = false;
  std::size_t end = 0;
  bool is_ascii = false;  // known to be nothing else
};

// Where the JSON value ends that `text` begins with, at its first byte, or where it stops being JSON, which is also
// where it is nested more than `depth_max` deep, at most kDepthRead. No recursion, no allocation.
Extent value_extent(std::string_view text, std::size_t depth_max);
// The same of an object or an array, as a machine without AVX-512 does it.
Extent container_extent_plainly(std::string_view text, std::size_t depth_max);

}  // namespace athanor::format
