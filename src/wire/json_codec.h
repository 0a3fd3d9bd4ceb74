// Described structs from and to JSON.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/result.h"

namespace athanor::wire {

// Of all lists and maps of a request: an element in memory is a hundred times as large as the "{}," that it may be in
// the text. Our choice; what AWS takes has far fewer.
inline constexpr std::size_t kRequestElementsMax = 20'000;
// Of texts and numbers in lists: PutEvents takes as many resources.
inline constexpr std::size_t kSmallElementsMax = 1'048'576;

// Reads the members of `object` that travel in the body; unknown ones are skipped, and one that is null counts as
// absent. Required members that are not there are added to `missing` as paths. MalformedRequest when the text is not
// JSON, a value is of another type, an element of a list or map is null (answers are found by its number), a member
// stands twice, or lists and maps have more than `elements_max` elements together, or lists more than
// kSmallElementsMax texts and numbers. An empty text is an empty object.
Result<void> decode_json(std::string_view text, const api::Shape& shape, void* object,
                         std::vector<std::string>& missing,
                         std::size_t elements_max = std::numeric_limits<std::size_t>::max());

// Empty optionals are left out; empty lists and maps are written.
std::string encode_json(const api::Shape& shape, const void* object);

}  // namespace athanor::wire
