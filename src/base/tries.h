// How much a test tries. Under a sanitizer each try takes about five times as long, so fewer have to do.
#pragma once

#include <algorithm>

namespace athanor::base {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// How many of `all` random cases to try.
template <class Count>
constexpr Count tries(Count all) {
  return kSanitized ? std::max(Count{1}, all / 8) : all;
}

// Tests that go through places one by one try every kStride-th of them.
inline constexpr unsigned kStride = kSanitized ? 7 : 1;

}  // namespace athanor::base
