// Where a JSON value ends; everything else about JSON is in json.h.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.h"
#include "base/processor.h"

namespace athanor::format {

// Nesting of any JSON that is read: a Detail, the event around it, and what a template puts around that. Our choice.
inline constexpr std::size_t kDepthRead = limits::kJsonDepth + 24;

struct Extent {
  bool good = false;
  std::size_t end = 0;
  bool is_ascii = false;  // false also when unknown
};

// Where the JSON value at the first byte of `text` ends, or where the text stops being JSON, which includes being
// nested more than `depth_max` deep, at most kDepthRead. No recursion, no allocation.
Extent value_extent(std::string_view text, std::size_t depth_max);
// The same for an object or an array, as on that processor, which this machine must have.
Extent container_extent(base::Processor processor, std::string_view text, std::size_t depth_max);

}  // namespace athanor::format
