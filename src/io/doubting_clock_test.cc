#include "io/doubting_clock.h"

#include <gtest/gtest.h>

#include <vector>

namespace athanor::io {
namespace {

using namespace std::chrono_literals;

class DoubtingClockTest : public ::testing::Test {
 protected:
  void pass(base::Duration time) {
    since_boot_ += time;
    wall_.advance(time);
  }

  base::ManualClock wall_;
  base::Duration since_boot_ = 5h;
  std::vector<base::Duration> leaps_;
  DoubtingClock clock_{wall_, [this] { return since_boot_; },
                       [this](base::Duration ahead) { leaps_.push_back(ahead); }};
  const base::Time begin_ = wall_.now();
};

TEST_F(DoubtingClockTest, FollowsTheWallWhereverItIsSetAnHourAheadOrAnyTimeBack) {
  pass(3s);
  EXPECT_EQ(clock_.now(), begin_ + 3s);
  wall_.advance(1h);
  EXPECT_EQ(clock_.now(), begin_ + 1h + 3s);
  wall_.advance(-48h);
  EXPECT_EQ(clock_.now(), begin_ - 47h + 3s);
  pass(30h);
  EXPECT_EQ(clock_.now(), begin_ - 17h + 3s) << "the machine slept";
  EXPECT_TRUE(leaps_.empty());
}

TEST_F(DoubtingClockTest, IsNotMovedByALeapThatIsTakenBack) {
  wall_.advance(120h);
  for (int i = 0; i < 5; ++i) {
    pass(1s);
    EXPECT_EQ(clock_.now(), begin_ + (i + 1) * 1s);
  }
  wall_.advance(-120h);
  EXPECT_EQ(clock_.now(), begin_ + 5s);
  EXPECT_EQ(leaps_, std::vector<base::Duration>{120h});
}

TEST_F(DoubtingClockTest, BelievesALeapThatLasts) {
  wall_.advance(120h);
  EXPECT_EQ(clock_.now(), begin_);
  pass(10min - 1ms);
  EXPECT_EQ(clock_.now(), begin_ + 10min - 1ms);
  pass(1ms);
  EXPECT_EQ(clock_.now(), begin_ + 120h + 10min);
  EXPECT_EQ(leaps_.size(), 1U);
}

}  // namespace
}  // namespace athanor::io
