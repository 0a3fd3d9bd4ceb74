// MessageGroupIds and MessageDeduplicationIds, which come from senders and events.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace athanor::queue {

inline constexpr std::size_t kGivenIdCharacters = 128;

// 1 to 128 alphanumeric characters and punctuation: printable ASCII except the space. Source: SQS API Reference,
// SendMessage.
inline bool is_given_id(std::string_view id) {
  return !id.empty() && id.size() <= kGivenIdCharacters &&
         std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace athanor::queue
