// AWS's validation errors, from the constraints in the descriptions.
//
//   1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular
//   expression pattern: [\.\-_A-Za-z0-9]+
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/result.h"

namespace athanor::api {

// InvalidInput with every broken constraint of `object`, or success. `missing`: the paths of required members that a
// decoder did not find ("targets.1.member.id"), since a missing string looks like an empty one afterwards.
Result<void> validate(const Shape& shape, const void* object, const std::vector<std::string>& missing);

template <class T>
Result<void> validate(const T& object, const std::vector<std::string>& missing = {}) {
  return validate(shape_of<T>(), &object, missing);
}

// The error for a constraint that no description has. `value` as shown, in its quotes; empty when it is not shown.
Error violation(std::string_view value, std::string_view path, std::string_view constraint);

// "EventBusName" becomes "eventBusName", as the paths in validation errors are written.
std::string lower_first(std::string_view name);

// Whether the whole of `text` matches one of the models' patterns, in time proportional to both. Any thread.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace athanor::api
