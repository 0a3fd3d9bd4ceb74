// The Parameters section against what the caller gave.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "format/json.h"
#include "stack/template.h"

namespace athanor::stack {

using Parameters = std::map<std::string, format::JsonValue, std::less<>>;  // lists as arrays

// The value of every parameter the template declares, defaults filled in, lists as arrays. InvalidInput when one is
// missing, unknown, or outside AllowedValues, AllowedPattern, MinLength and MaxLength, MinValue and MaxValue, or its
// Type.
Result<Parameters> bind_parameters(const Template& source, const std::map<std::string, std::string>& given);

}  // namespace athanor::stack
