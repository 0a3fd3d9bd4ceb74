// The Parameters section against what the caller gave.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "format/json.h"
#include "stack/template.h"

namespace athanor::stack {

// The value of every parameter the template declares, defaults filled in, lists as arrays. InvalidInput when one is
// missing, unknown, or outside AllowedValues, AllowedPattern, MinLength and MaxLength, MinValue and MaxValue, or its
// Type.
Result<std::map<std::string, format::JsonValue, std::less<>>> bind_parameters(
    const Template& source, const std::map<std::string, std::string>& given);

}  // namespace athanor::stack
