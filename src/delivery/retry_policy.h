// When a failed delivery attempt may be tried again.
//
// Only arithmetic: delivery/dispatcher.h keeps what is waiting, and gives up.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "bus/target.h"

namespace athanor::delivery {

// The state of a delivery after a failed attempt.
struct FailedDelivery {
  std::uint32_t retries_done = 0;
  base::Duration event_age{0};
};

// Returns the wait before the next attempt, or nullopt when the policy is exhausted and the event belongs in the
// dead-letter queue. An attempt that would start past `event_age_max` is not made.
//
// The wait is uniform in [0, cap]; cap starts at 1 s and doubles to 15 min. Our choice: AWS documents only
// "exponential backoff and jitter". Same `random` state, same answer; never blocks.
std::optional<base::Duration> next_retry_wait(const bus::RetryPolicy& policy, const FailedDelivery& delivery,
                                              base::Random& random);

// The name of the limit that `next_retry_wait` hit, as EXHAUSTED_RETRY_CONDITION gives it.
const char* exhausted_condition(const bus::RetryPolicy& policy, const FailedDelivery& delivery);

}  // namespace athanor::delivery
