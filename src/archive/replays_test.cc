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

TEST(Replays, HaveReadTheLogUpToTheOneThatIsFarthestBehind) {
  Replays replays;
  EXPECT_EQ(replays.oldest_unread(), std::nullopt);
  for (const std::uint64_t from : {300U, 100U, 200U}) {
    const std::string arn = std::to_string(from);
    replays.apply(ReplayStarted{.arn = arn, .from = log::LogPosition{from}}, {}, kNoon);
  }
  EXPECT_EQ(replays.oldest_unread(), log::LogPosition{100});
  replays.apply(ReplayAdvanced{.arn = "100", .next = log::LogPosition{400}}, {}, kNoon);
  EXPECT_EQ(replays.oldest_unread(), log::LogPosition{200});
  replays.apply(ReplayStateChanged{"200", ReplayState::Completed, {}}, {}, kNoon);
  EXPECT_EQ(replays.oldest_unread(), log::LogPosition{300});
}

TEST(Replays, KnowTheLatestTimeOfTheirEventsAndWhenTheyEnded) {
  Replays replays;
  replays.apply(ReplayStarted{.arn = "r"}, {}, kNoon);
  for (const base::Time time : {kNoon, kNoon - std::chrono::hours{1}, base::Time{}})
    replays.apply(ReplayAdvanced{.arn = "r", .last_event_time = time, .events = 2}, {}, kNoon);
  EXPECT_EQ(replays.find("r")->last_event_time, kNoon);
  EXPECT_EQ(replays.find("r")->events, 6U);
  replays.apply(ReplayStateChanged{"r", ReplayState::Cancelling, {}}, {}, kNoon);
  EXPECT_EQ(replays.find("r")->ended, std::nullopt);
  replays.apply(ReplayStateChanged{"r", ReplayState::Cancelled, {}}, {}, kNoon);
  EXPECT_EQ(replays.find("r")->ended, kNoon);
}

}  // namespace
}  // namespace athanor::archive
