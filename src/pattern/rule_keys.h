// The keys by which an alternative is found: an event that has none of them cannot match, and the alternative is not
// examined.
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
  NumberText,  // those that a double cannot hold
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

// The keys of which a value must have one to satisfy one of the conditions; nullopt when any value might, or none is
// needed.
std::optional<std::vector<Key>> keys_of(std::uint32_t path, const std::vector<Condition>& conditions);

// Adds a key to, or removes it from, the counts of its path.
void count_key(PathKeys& keys, const Key& key, bool up);

// Appends the hash of each key of the value, of the kinds that the path uses, leaving out most of those that are not
// among the path's keys. `room` is for its text in lower case.
void add_keys(const PathNode& node, const ValueView& value, std::string& room, std::vector<std::uint64_t>& keys);

}  // namespace athanor::pattern
