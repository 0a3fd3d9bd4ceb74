// By which keys an alternative is found: whatever matches it has one of them, whatever has none is not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pattern/event_pattern.h"
#include "pattern/path_tree.h"
#include "pattern/value_view.h"

namespace athanor::pattern {

enum class KeyKind : std::uint8_t {
  String,
  Number,      // by value
  NumberText,  // those that no double holds
  Literal,     // true, false, null
  Address,
  Folded,  // a string in lower case
  Prefix,
  Suffix,
  FoldedPrefix,
  FoldedSuffix,
};

struct Key {
  KeyKind kind;
  std::uint32_t bytes;  // of prefixes and suffixes: how many of the value's
  std::uint64_t hash;
};

// The keys that a value must have one of to satisfy one of the conditions; nullopt when any value might, or none need
// be there.
std::optional<std::vector<Key>> keys_of(std::uint32_t path, const std::vector<Condition>& conditions);

// Counts a key up or down among those of its path.
void count_key(PathKeys& keys, const Key& key, bool up);

// Appends the hash of each key that the value has, of the kinds that the path knows, but for most of those that no key
// of the path has. `room` is for its text in lower case.
void add_keys(const PathNode& node, const ValueView& value, std::string& room, std::vector<std::uint64_t>& keys);

}  // namespace athanor::pattern
