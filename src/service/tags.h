// Tags are the same on every service: what holds of them all.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace athanor::service {

// InvalidParameterValue when these are more than a resource may carry, or one is too long or has characters that tags
// have not, or a key begins with "aws:", which is AWS's own (EventBridge User Guide, "tagging"; the same everywhere).
Result<void> check_tags(const std::map<std::string, std::string>& tags);
// The same of tags that come to those that the resource has: these may be as they are.
Result<void> check_tags(const std::map<std::string, std::string>& added,
                        const std::map<std::string, std::string>& before);

}  // namespace athanor::service
