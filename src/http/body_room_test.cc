#include "http/body_room.h"

#include <gtest/gtest.h>

namespace athanor::http {
namespace {

using std::chrono::milliseconds;

class BodyRoomTest : public ::testing::Test {
 protected:
  Bodies all_{.bytes_max = 100'000, .light_bytes = 1'000};
};

TEST_F(BodyRoomTest, CountsWhatIsAnnouncedUntilItIsAnswered) {
  {
    BodyRoom room{all_};
    EXPECT_TRUE(room.reserve(60'000));
    EXPECT_TRUE(room.received(60'000));
    EXPECT_EQ(all_.coming_bytes, 60'000U);
    room.hand_over();
    EXPECT_EQ(all_.coming_bytes, 0U);
    EXPECT_EQ(all_.bytes, 60'000U);
    BodyRoom light{all_}, heavy{all_};
    EXPECT_FALSE(heavy.reserve(50'000));
    EXPECT_TRUE(light.reserve(1'000)) << "always";
  }
  EXPECT_EQ(all_.bytes, 0U);
  EXPECT_EQ(all_.coming_bytes, 0U);
}

TEST_F(BodyRoomTest, IsSlowWhenTheRestWouldTakeMoreThanASecond) {
  const struct {
    std::uint64_t come;
    milliseconds elapsed;
    bool is_slow;
  } rows[] = {{0, milliseconds{19}, false},       {0, milliseconds{20}, true},        {1'200, milliseconds{20}, false},
              {1'199, milliseconds{20}, true},    {30'000, milliseconds{500}, false}, {29'999, milliseconds{500}, true},
              {59'000, milliseconds{1'000}, true}};
  for (const auto& row : rows) {
    BodyRoom room{all_};
    ASSERT_TRUE(room.reserve(60'000));
    ASSERT_TRUE(room.received(row.come));
    EXPECT_EQ(room.is_slow(row.elapsed), row.is_slow) << row.come << " after " << row.elapsed.count();
  }
}

TEST_F(BodyRoomTest, CountsWhatHasComeAndNothingAsComingWhenNoMoreIsExpected) {
  BodyRoom room{all_};
  ASSERT_TRUE(room.reserve(60'000));
  for (const std::uint64_t come : {1'200U, 50'000U}) {
    ASSERT_TRUE(room.received(come));
    room.expect_no_more();
    EXPECT_EQ(all_.bytes, come);
    EXPECT_EQ(all_.coming_bytes, 0U);
  }
}

TEST_F(BodyRoomTest, WhatComesAllTheSameHasToFindRoomAgain) {
  BodyRoom slow{all_}, other{all_};
  ASSERT_TRUE(slow.reserve(60'000));
  slow.expect_no_more();
  EXPECT_TRUE(other.reserve(70'000));
  EXPECT_TRUE(slow.received(30'000));
  EXPECT_FALSE(slow.received(30'001));
}

TEST_F(BodyRoomTest, OfALargeOneCountsAMebibyteAsComing) {
  Bodies all{.bytes_max = 100'000'000, .light_bytes = 1'000};
  BodyRoom room{all};
  ASSERT_TRUE(room.reserve(70'000'000));
  EXPECT_EQ(all.bytes, 70'000'000U);
  EXPECT_EQ(all.coming_bytes, 1'048'576U);
}

// The size of a chunked body is not known in advance.
TEST_F(BodyRoomTest, GrowsWithWhatComes) {
  BodyRoom room{all_};
  EXPECT_TRUE(room.received(40'000));
  EXPECT_TRUE(room.received(90'000));
  EXPECT_EQ(all_.coming_bytes, 90'000U);
  EXPECT_FALSE(room.is_slow(milliseconds{1'000}));
  EXPECT_TRUE(room.is_slow(milliseconds{1'001}));
  EXPECT_FALSE(room.received(100'001));
}

}  // namespace
}  // namespace athanor::http
