#include "sdk/backoff.h"

#include <algorithm>

namespace athanor::sdk {
namespace {
constexpr base::Duration kCapMax{5'000};
}  // namespace

bool is_retryable(const Error& error) {
  return error.code == ErrorCode::Throttled || error.code == ErrorCode::Unavailable || error.code == ErrorCode::Timeout;
}

bool Backoff::wait() {
  if (retries_done_ >= limits_.retries_max) return false;
  const base::Duration wait{
      static_cast<std::int64_t>(surroundings_.random.below(static_cast<std::uint64_t>(cap_.count()) + 1))};
  if (surroundings_.clock.now() + wait - start_ > limits_.age_max) return false;
  ++retries_done_;
  cap_ = std::min(cap_ * 2, kCapMax);
  surroundings_.sleep(wait);
  return true;
}

}  // namespace athanor::sdk
