#include "bench/schedule.h"

#include <gtest/gtest.h>

#include <limits>

namespace athanor::bench {
namespace {

using namespace std::chrono_literals;

constexpr Schedule::TimePoint kBegin{1'000s};

TEST(Schedule, GivesEachAtItsTimeAndNoneBefore) {
  Schedule schedule{kBegin, 200};
  EXPECT_EQ(schedule.take(kBegin - 1ns), std::nullopt);
  EXPECT_EQ(schedule.take(kBegin), kBegin);
  EXPECT_EQ(schedule.next(), kBegin + 5ms);
  EXPECT_EQ(schedule.take(kBegin + 5ms - 1ns), std::nullopt);
  EXPECT_EQ(schedule.take(kBegin + 5ms), kBegin + 5ms);
}

TEST(Schedule, MakesUpForWhatWasLate) {
  Schedule schedule{kBegin, 200};
  int taken = 0;
  while (const auto due = schedule.take(kBegin + 1s)) EXPECT_EQ(*due, kBegin + taken++ * 5ms);
  EXPECT_EQ(taken, 201);
}

TEST(Schedule, DoesNotDriftWhereThePeriodIsNoWholeNumber) {
  Schedule schedule{kBegin, 3};
  for (int i = 0; i < 3'000; ++i) ASSERT_TRUE(schedule.take(kBegin + 1'000s));
  EXPECT_EQ(schedule.next(), kBegin + 1'000s);
}

TEST(Schedule, IsAlwaysDueWithoutARate) {
  Schedule schedule{kBegin, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(schedule.take(kBegin + 7s), kBegin + 7s);
  EXPECT_EQ(schedule.take(kBegin + 7s), kBegin + 7s);
}

}  // namespace
}  // namespace athanor::bench
