#include "archive/replays.h"

#include <gtest/gtest.h>

namespace athanor::archive {
namespace {

constexpr base::Time kNoon{std::chrono::hours{480'000}};

TEST(Replays, ForgetWhatEndedNinetyDaysAgo) {
  for (const ReplayState end : {ReplayState::Completed, ReplayState::Cancelled, ReplayState::Failed}) {
    Replays replays;
    replays.apply(ReplayStarted{.arn = "old"}, {}, kNoon);
    replays.apply(ReplayStarted{.arn = "endless"}, {}, kNoon);
    replays.apply(ReplayStateChanged{"old", end, {}}, {}, kNoon);
    const base::Time then = kNoon + std::chrono::days{90};
    EXPECT_FALSE(replays.find("old")->is_forgotten(then));
    EXPECT_TRUE(replays.find("old")->is_forgotten(then + base::Duration{1}));
    EXPECT_FALSE(replays.find("endless")->is_forgotten(base::Time::max()));

    replays.apply(ReplayStarted{.arn = "new"}, {}, then);
    EXPECT_EQ(replays.list({}).size(), 3U);
    replays.apply(ReplayStarted{.arn = "newer"}, {}, then + base::Duration{1});
    EXPECT_EQ(replays.find("old"), nullptr);
    EXPECT_EQ(replays.list({}).size(), 3U);
  }
}

}  // namespace
}  // namespace athanor::archive
