#include "archive/replay_window.h"

#include <gtest/gtest.h>

namespace athanor::archive {
namespace {

using std::chrono::milliseconds;

constexpr base::Time kTime{std::chrono::seconds{1'700'000'000}};

TEST(ReplayWindow, HoldsTheSecondsThatEventsShow) {
  const ReplayWindow window{kTime, kTime + milliseconds{2'000}};
  struct Row {
    int after_ms;
    bool is_held;
  };
  for (const Row& row :
       {Row{-1, false}, Row{0, true}, Row{999, true}, Row{2'000, true}, Row{2'999, true}, Row{3'000, false}})
    EXPECT_EQ(window.holds(kTime + milliseconds{row.after_ms}), row.is_held) << row.after_ms;
  const ReplayWindow inner{kTime + milliseconds{600}, kTime + milliseconds{1'200}};
  EXPECT_TRUE(inner.holds(kTime));
  EXPECT_TRUE(inner.holds(kTime + milliseconds{1'900}));
  EXPECT_FALSE(inner.holds(kTime + milliseconds{2'000}));
}

TEST(ReplayWindow, MeetsWhatReachesIntoIt) {
  const ReplayWindow window{kTime, kTime + milliseconds{2'000}};
  EXPECT_TRUE(window.meets(kTime - milliseconds{9}, kTime + milliseconds{9'000}));
  EXPECT_TRUE(window.meets(kTime + milliseconds{2'999}, kTime + milliseconds{9'000}));
  EXPECT_FALSE(window.meets(kTime - milliseconds{9}, kTime - milliseconds{1}));
  EXPECT_FALSE(window.meets(kTime + milliseconds{3'000}, kTime + milliseconds{9'000}));
}

}  // namespace
}  // namespace athanor::archive
