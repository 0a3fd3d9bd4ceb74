#include "delivery/retry_policy.h"

#include <algorithm>

#include "base/planted.h"

namespace athanor::delivery {
namespace {

constexpr base::Duration kCapFirst = std::chrono::seconds{1};
constexpr base::Duration kCapLast = std::chrono::minutes{15};
constexpr std::uint32_t kDoublings = 10;  // 2^10 s is past the last cap

}  // namespace

std::optional<base::Duration> next_retry_wait(const bus::RetryPolicy& policy, const FailedDelivery& delivery,
                                              base::Random& random) {
  const std::uint32_t retries_max = policy.retries_max + (base::planted(base::Bug::OneRetryTooMany) ? 1 : 0);
  if (delivery.retries_done >= retries_max) return std::nullopt;
  const auto cap = std::min<base::Duration>(kCapLast, kCapFirst * (1LL << std::min(delivery.retries_done, kDoublings)));
  const base::Duration wait{static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cap.count()) + 1))};
  if (delivery.event_age + wait > policy.event_age_max) return std::nullopt;
  return wait;
}

const char* exhausted_condition(const bus::RetryPolicy& policy, const FailedDelivery& delivery) {
  return delivery.retries_done >= policy.retries_max ? "MaximumRetryAttempts" : "MaximumEventAgeInSeconds";
}

}  // namespace athanor::delivery
