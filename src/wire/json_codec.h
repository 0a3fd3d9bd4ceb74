// Described structs from and to JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/result.h"

namespace athanor::wire {

// Reads the members of `object` that travel in the body; unknown ones are skipped, null counts as absent. Required
// members that are not there are added to `missing` as paths. MalformedRequest when the text is not JSON, a value is
// of another type, or a member stands twice. An empty text is an empty object.
Result<void> decode_json(std::string_view text, const api::Shape& shape, void* object,
                         std::vector<std::string>& missing);

// Empty optionals are left out; empty lists and maps are written.
std::string encode_json(const api::Shape& shape, const void* object);

}  // namespace athanor::wire
