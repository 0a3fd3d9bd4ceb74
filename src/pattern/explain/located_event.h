// An event as a tree, and as the fields that a matcher sees, with each field's place in the tree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/json.h"
#include "pattern/event_fields.h"

namespace athanor::pattern {

// The path from the root of a tree: for each object or array on it, the index of the member or item, counted from 0.
using Location = std::vector<std::uint32_t>;

struct LocatedFields {
  Fields fields;  // what flatten() gives for the tree's text
  // Indexed by number.
  std::vector<Location> leaves;
  std::vector<Location> elements;
  std::vector<std::string> array_paths;
  std::vector<std::uint32_t> arrays_around;  // the element that contains the array, or kNoElement
};

LocatedFields locate(const format::JsonValue& event, const WantedPaths& wanted);

const format::JsonValue& at(const format::JsonValue& root, const Location& location);
format::JsonValue& at(format::JsonValue& root, const Location& location);

// For people: detail.items[2].price, detail["a key"].
std::string place_name(const format::JsonValue& root, const Location& location);
// For programs: /detail/items/2/price. Source: RFC 6901.
std::string json_pointer(const format::JsonValue& root, const Location& location);
// Whether a key on the path occurs twice in its object, so that a pointer is ambiguous.
bool is_ambiguous(const format::JsonValue& root, const Location& location);

// JSON text, or a piece of it, with escapes for the control characters that JSON leaves as they are: a terminal would
// obey them.
std::string without_controls(std::string_view json);
// A key or path for use within a line, so that it cannot move the cursor.
std::string printable(std::string_view name);

}  // namespace athanor::pattern
