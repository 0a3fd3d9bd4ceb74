#include "service/tags.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/alphanumeric.h"
#include "base/limits.h"
#include "base/text.h"

namespace athanor::service {
namespace {

// Source: Lambda service model, TagKey; EventBridge User Guide, "tagging". Everything beyond ASCII counts as a letter.
bool is_tag_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || base::is_alphanumeric_ascii(c) ||
           std::string_view{" _.:/=+-@"}.contains(c);
  });
}

}  // namespace

Result<void> check_tag_key_length(std::string_view key) {
  if (!key.empty() && base::utf8_length(key) <= limits::kTagKeyCharacters) return {};
  return bad_parameter(
      fmt::format("Tag keys must be between 1 and {} characters in length.", limits::kTagKeyCharacters));
}

Result<void> check_tags(const std::map<std::string, std::string>& tags) { return check_tags(tags, {}); }

Result<void> check_tags(const std::map<std::string, std::string>& added,
                        const std::map<std::string, std::string>& before) {
  const auto kept = std::ranges::count_if(before, [&](const auto& tag) { return !added.contains(tag.first); });
  if (added.size() + static_cast<std::size_t>(kept) > limits::kTagsPerResource)
    return bad_parameter(fmt::format("A resource carries at most {} tags.", limits::kTagsPerResource));
  for (const auto& [key, value] : added) {
    ATHANOR_CHECK(check_tag_key_length(key));
    // Source of the wording: AWS's responses, from CloudFormation.
    if (key.starts_with("aws:")) return bad_parameter("aws: prefixed tag key names are not allowed for external use.");
    if (base::utf8_length(value) > limits::kTagValueCharacters)
      return bad_parameter(
          fmt::format("A tag's value has at most {} characters: '{}' has more.", limits::kTagValueCharacters, key));
    if (!is_tag_text(key) || !is_tag_text(value))
      return bad_parameter(fmt::format(
          "A tag's key and value hold letters, digits, spaces and _ . : / = + - @ alone: '{}' does not.", key));
  }
  return {};
}

}  // namespace athanor::service
