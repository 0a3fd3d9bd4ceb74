// Converts described structs to and from JSON.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/result.h"

namespace athanor::wire {

// For all lists and maps of a request together: an element takes a hundred times as much memory as the "{}," it may be
// in the text. Our choice; requests that AWS accepts have far fewer.
inline constexpr std::size_t kRequestElementsMax = 20'000;
// For strings and numbers in lists: PutEvents accepts as many resources.
inline constexpr std::size_t kSmallElementsMax = 1'048'576;

// Reads the members of `object` that travel in the body; unknown ones are skipped, and a null one counts as absent.
// Absent required members are added to `missing` as paths. MalformedRequest when the text is not JSON, a value is of
// the wrong type, an element of a list or map is null (answers refer to elements by number), a member appears twice,
// or lists and maps have more than `elements_max` elements together, or lists more than kSmallElementsMax strings and
// numbers. An empty text is an empty object.
Result<void> decode_json(std::string_view text, const api::Shape& shape, void* object,
                         std::vector<std::string>& missing,
                         std::size_t elements_max = std::numeric_limits<std::size_t>::max());

// Empty optionals are left out; empty lists and maps are written.
std::string encode_json(const api::Shape& shape, const void* object);

}  // namespace athanor::wire
