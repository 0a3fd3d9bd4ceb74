// How much a test tries. Under a sanitizer each try takes some five times as long, so that a part of them has to do.
#pragma once

#include <algorithm>

namespace athanor::base {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Of so many random cases.
template <class Count>
constexpr Count tries(Count all) {
  return kSanitized ? std::max(Count{1}, all / 8) : all;
}

// Of places that are gone through one by one, each so manieth.
inline constexpr unsigned kStride = kSanitized ? 7 : 1;

}  // namespace athanor::base
