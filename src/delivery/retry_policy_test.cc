#include "delivery/retry_policy.h"

#include <gtest/gtest.h>

namespace athanor::delivery {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, GivesUpWhenTheRetriesAreUsedUp) {
  base::Random random{7};
  EXPECT_FALSE(next_retry_wait({.retries_max = 0}, {}, random));
  EXPECT_FALSE(next_retry_wait({.retries_max = 3}, {.retries_done = 3}, random));
  EXPECT_TRUE(next_retry_wait({.retries_max = 3}, {.retries_done = 2}, random));
  EXPECT_STREQ(exhausted_condition({.retries_max = 3}, {.retries_done = 3}), "MaximumRetryAttempts");
}

TEST(RetryPolicy, GivesUpWhenTheNextAttemptWouldBeTooLate) {
  const bus::RetryPolicy policy{.retries_max = 185, .event_age_max = 60s};
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    base::Random random{seed};
    const auto wait = next_retry_wait(policy, {.retries_done = 9, .event_age = 50s}, random);
    if (wait) {
      EXPECT_LE(*wait, 10s);
    }
  }
  base::Random random{7};
  EXPECT_FALSE(next_retry_wait(policy, {.retries_done = 9, .event_age = 60'001ms}, random));
  EXPECT_STREQ(exhausted_condition(policy, {.retries_done = 9, .event_age = 61s}), "MaximumEventAgeInSeconds");
}

TEST(RetryPolicy, WaitsWithinACapThatDoublesUpToFifteenMinutes) {
  for (std::uint32_t retries = 0; retries < 184; ++retries) {
    const auto cap = std::min<base::Duration>(15min, 1s * (1LL << std::min(retries, 20U)));
    base::Duration longest{0};
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      base::Random random{seed};
      const auto wait = next_retry_wait({}, {.retries_done = retries}, random);
      ASSERT_TRUE(wait);
      EXPECT_GE(*wait, 0ms);
      EXPECT_LE(*wait, cap);
      longest = std::max(longest, *wait);
    }
    EXPECT_GT(longest, cap / 10 * 9) << "full jitter uses the whole range, after " << retries;
  }
}

}  // namespace
}  // namespace athanor::delivery
