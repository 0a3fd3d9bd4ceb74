// What was probably meant where a value narrowly misses a condition: a prefix, a different case, a number for a string.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/json.h"
#include "pattern/condition.h"

namespace athanor::pattern {

struct Hint {
  std::string text;                  // "a prefix would match"
  std::size_t condition = 0;         // the index of the one concerned, among those of its path
  std::optional<Condition> instead;  // what would accept the event's value in its place
};

// For a value that none of the conditions accepts; nothing when no mistake is likely.
std::optional<Hint> hint_of_value(const std::vector<Condition>& conditions, const Value& found);

// Where the event has no value at the path.
struct Absence {
  std::string there = "nothing";  // or "an object", "an empty array" ...
  std::optional<Hint> hint;
};
Absence absence_of(const std::string& path, const std::vector<Condition>& conditions, const format::JsonValue& event);

}  // namespace athanor::pattern
