// A resource's properties, evaluated, into a described struct (api/shape.h), with CloudFormation's refusals.
#pragma once

#include <string_view>

#include "api/shape.h"
#include "base/result.h"
#include "format/json.h"

namespace athanor::service::athanor {

// A member with this "pattern" takes any JSON and keeps its text: an EventPattern, a policy document.
inline constexpr std::string_view kAnyJson = "<json>";

// "#/Targets/0/RetryPolicy: extraneous key [MaximumEventAge] is not permitted, did you mean MaximumEventAgeInSeconds?"
// As CloudFormation does, "5" is taken for a number where one is wanted, and 5 or true for a string. The error's detail
// is the property's path, "/Targets/0/RetryPolicy/MaximumEventAge".
Result<void> read_properties(const format::JsonValue& properties, const api::Shape& shape, void* object);

template <class T>
Result<T> read_properties(const format::JsonValue& properties) {
  T object{};
  ATHANOR_CHECK(read_properties(properties, api::shape_of<T>(), &object));
  return object;
}

}  // namespace athanor::service::athanor
