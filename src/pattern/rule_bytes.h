// A rule, as bytes: rule u64, then each clause: path u32, flags u8, and either its single range, or its conditions
// preceded by their length, each again preceded by its length: kind u8, flags u8, and what its kind needs; a text at
// the end needs no length. Many conditions of one kind are stored as one, in order (sorted_conditions.h). After the
// clauses, each alternative: clauses u16, and where each begins u16.
#pragma once

#include <cstdint>
#include <cstring>

#include "pattern/value_view.h"

namespace athanor::pattern::rule_bytes {

// A pattern's 4,096 characters make far less than the 64 KiB it can express.
using Length = std::uint16_t;

enum ClauseFlags : std::uint8_t { kMayBeAbsent = 1, kIsRange = 2 };
enum ConditionFlags : std::uint8_t {
  kIgnoreCase = 1,
  kHasNumber = 2,
  kIsAddress = 4,
  kLowOpen = 8,
  kHighOpen = 16,
  kSorted = 32
};

template <class T>
T take(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

inline NumberRange take_range(const char*& at, unsigned flags) {
  const auto low = take<double>(at);
  const auto high = take<double>(at);
  return {low, high, (flags & kLowOpen) != 0, (flags & kHighOpen) != 0};
}

}  // namespace athanor::pattern::rule_bytes
