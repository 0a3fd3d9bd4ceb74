#include "io/courtesy.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "io/reschedule.h"

namespace athanor::io {
namespace {

using std::chrono::milliseconds;

TEST(CoreUseTest, AProcessIsAloneWhileItUsesNearlyAllOfItsCores) {
  CoreUse use;
  EXPECT_FALSE(use.is_alone({milliseconds{1000}, milliseconds{200}, 1}));
  EXPECT_FALSE(use.is_alone({milliseconds{1100}, milliseconds{275}, 1})) << "another program takes its share";
  EXPECT_TRUE(use.is_alone({milliseconds{1200}, milliseconds{360}, 1}));
  EXPECT_TRUE(use.is_alone({milliseconds{1300}, milliseconds{438}, 1}))
      << "what is about on the line does not change it";
  EXPECT_FALSE(use.is_alone({milliseconds{1400}, milliseconds{513}, 1})) << "another program has begun";
}

TEST(CoreUseTest, WithTwoCoresItHasToUseBoth) {
  CoreUse use;
  use.is_alone({milliseconds{1000}, milliseconds{200}, 2});
  EXPECT_FALSE(use.is_alone({milliseconds{1100}, milliseconds{300}, 2}));
  EXPECT_TRUE(use.is_alone({milliseconds{1200}, milliseconds{490}, 2}));
}

TEST(CoreUseTest, ALongPauseEndsIt) {
  CoreUse use;
  use.is_alone({milliseconds{1000}, milliseconds{200}, 1});
  ASSERT_TRUE(use.is_alone({milliseconds{1100}, milliseconds{300}, 1}));
  EXPECT_FALSE(use.is_alone({milliseconds{9000}, milliseconds{320}, 1}));
}

TEST(CourtesyTest, EndsOnlyWhatItHasBegun) {
  for (const int policy : {SCHED_OTHER, SCHED_BATCH}) {
    std::thread{[policy] {
      const sched_param none{};
      ASSERT_EQ(::sched_setscheduler(0, policy, &none), 0);
      Courtesy courtesy;
      for (const bool wanted : {true, true, false, false}) {
        courtesy.set(wanted);
        EXPECT_EQ(::sched_getscheduler(0), wanted ? SCHED_BATCH : policy);
      }
    }}.join();
  }
}

TEST(RescheduleTest, AThreadGoesThereAndBackUnlessAnotherPolicyWasChosenForIt) {
  std::thread{[] {
    EXPECT_TRUE(reschedule(0, SCHED_OTHER, SCHED_BATCH, kOwnSlice));
    EXPECT_EQ(::sched_getscheduler(0), SCHED_BATCH);
    EXPECT_FALSE(reschedule(0, SCHED_OTHER, SCHED_IDLE, kOwnSlice)) << "not the policy it has";
    EXPECT_EQ(::sched_getscheduler(0), SCHED_BATCH);
    EXPECT_TRUE(reschedule(0, SCHED_BATCH, SCHED_OTHER, kOwnSlice));
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
  }}.join();
}

}  // namespace
}  // namespace athanor::io
