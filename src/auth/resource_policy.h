// Whether the policy of a queue or bus is well formed. What it permits is not enforced.
#pragma once

#include <string_view>

#include "base/result.h"
#include "format/json.h"

namespace athanor::auth {

// InvalidInput says what is wrong. Source: IAM User Guide, Grammar of the IAM JSON policy language; that Resource may
// be left out is our choice, since the policy can only be about one resource.
Result<format::JsonValue> parse_resource_policy(std::string_view text);

}  // namespace athanor::auth
