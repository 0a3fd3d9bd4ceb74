// Checks what the caller gave against the Parameters section.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/json.h"
#include "stack/template.h"

namespace athanor::stack {

// What is shown in place of a parameter with NoEcho.
inline constexpr std::string_view kHidden = "****";

using Parameters = std::map<std::string, format::JsonValue, std::less<>>;  // lists as arrays

// The value of every parameter the template declares, defaults filled in, lists as arrays. InvalidInput when one is
// missing, unknown, or outside AllowedValues, AllowedPattern, MinLength and MaxLength, MinValue and MaxValue, or its
// Type.
Result<Parameters> bind_parameters(const Template& source, const std::map<std::string, std::string>& given);

// Whether the parameter's value is the name of one in a parameter store, which does not exist here:
// AWS::SSM::Parameter::Value and the like. Such a parameter may be declared and used in Rules, as the CDK's
// BootstrapVersion is, but nowhere else.
bool is_stored_parameter(const Template& source, std::string_view name);

}  // namespace athanor::stack
