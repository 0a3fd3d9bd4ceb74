// Reads a resource's evaluated properties into a described struct (api/shape.h), with CloudFormation's error messages.
#pragma once

#include <string_view>

#include "api/shape.h"
#include "base/result.h"
#include "format/json.h"

namespace athanor::service::athanor {

// A member with this "pattern" accepts any JSON and keeps it as text: an EventPattern, a policy document.
inline constexpr std::string_view kAnyJson = "<json>";

// An error reads "#/Targets/0/RetryPolicy: extraneous key [MaximumEventAge] is not permitted, did you mean
// MaximumEventAgeInSeconds?". As in CloudFormation, "5" is accepted where a number is expected, and 5 or true where a
// string is. The error's detail is the property's path, "/Targets/0/RetryPolicy/MaximumEventAge".
Result<void> read_properties(const format::JsonValue& properties, const api::Shape& shape, void* object);

template <class T>
Result<T> read_properties(const format::JsonValue& properties) {
  T object{};
  ATHANOR_CHECK(read_properties(properties, api::shape_of<T>(), &object));
  return object;
}

}  // namespace athanor::service::athanor
