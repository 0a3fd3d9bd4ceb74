#include "service/tags.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"

namespace athanor::service {

Result<void> check_tags(const std::map<std::string, std::string>& tags) {
  if (tags.size() > limits::kTagsPerResource)
    return bad_parameter(fmt::format("A resource carries at most {} tags.", limits::kTagsPerResource));
  for (const auto& [key, value] : tags) {
    if (key.empty() || base::utf8_length(key) > limits::kTagKeyCharacters)
      return bad_parameter(fmt::format("A tag's key has 1 to {} characters.", limits::kTagKeyCharacters));
    // Source of the words: answers of AWS, CloudFormation's.
    if (key.starts_with("aws:")) return bad_parameter("aws: prefixed tag key names are not allowed for external use.");
    if (base::utf8_length(value) > limits::kTagValueCharacters)
      return bad_parameter(
          fmt::format("A tag's value has at most {} characters: '{}' has more.", limits::kTagValueCharacters, key));
  }
  return {};
}

}  // namespace athanor::service
