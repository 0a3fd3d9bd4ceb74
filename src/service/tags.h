// The rules for tags, the same on every service.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace athanor::service {

// InvalidParameterValue when there are more than a resource may carry, or one is too long or has characters not allowed
// in tags, or a key begins with "aws:", which is reserved for AWS (EventBridge User Guide, "tagging"; the same
// everywhere).
Result<void> check_tags(const std::map<std::string, std::string>& tags);
// The same for tags added to those that a resource already has, which count but are not checked again.
Result<void> check_tags(const std::map<std::string, std::string>& added,
                        const std::map<std::string, std::string>& before);

// InvalidParameterValue in the words of SQS, for a key that no tag can have because of its length.
Result<void> check_tag_key_length(std::string_view key);

}  // namespace athanor::service
