// The smallest change to an event that makes it match one alternative of a pattern.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/json.h"
#include "pattern/event_pattern.h"
#include "pattern/explain/located_event.h"

namespace athanor::pattern {

// One operation of a JSON Patch (RFC 6902); each applies to the result of the one before.
struct Edit {
  enum class Op : std::uint8_t { Add, Replace, Remove };
  Op op = Op::Replace;
  std::string pointer;      // RFC 6901; .../- when adding to an array
  std::string place;        // the same for people: detail.items[2].price
  format::JsonValue value;  // Add, Replace
  format::JsonValue was;    // Replace, Remove
  // Set where a key occurs twice in its object, which makes the pointer ambiguous: the indices of the members and items
  // on the path, counted from 0.
  std::optional<Location> numbers;
};

// The edits, fewest paths first, each tried on the event by the search of nearest_way.h. Nothing when no event matches
// the alternative, or when finding out takes more than kStepsMax steps, which are added to `spent`.
std::optional<std::vector<Edit>> change_to_match(format::JsonValue event, const Alternative& alternative,
                                                 std::uint64_t& spent);

}  // namespace athanor::pattern
