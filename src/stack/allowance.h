// How far a template may grow: with aliases, Globals and functions, a few hundred bytes of text can expand to
// gigabytes.
#pragma once

#include <cstddef>

#include "format/json.h"

namespace athanor::stack {

// Bytes of memory. Our choice: a template of 1 MiB takes at most 45 MiB as values, and what a stack's record holds
// takes less.
inline constexpr std::size_t kGrownBytesMax = 64 * 1'048'576;

class Allowance {
 public:
  // False when that is more than what is left.
  [[nodiscard]] bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  // The whole value, contents included.
  [[nodiscard]] bool take(const format::JsonValue& value) {
    if (!take(sizeof value + value.text.size())) return false;
    for (const auto& item : value.items) {
      if (!take(item)) return false;
    }
    for (const auto& [key, member] : value.members) {
      if (!take(sizeof key + key.size()) || !take(member)) return false;
    }
    return true;
  }

 private:
  std::size_t left_ = kGrownBytesMax;
};

}  // namespace athanor::stack
