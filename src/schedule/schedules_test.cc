#include "schedule/schedules.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "log/test_saved.h"

namespace athanor::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kArn = "arn:aws:events:eu-west-1:210987654321:rule/tick";

base::Time at(std::string_view text) { return base::from_iso8601(text).value(); }

class SchedulesTest : public ::testing::Test {
 protected:
  void put(std::string expression, base::Time time, std::string state = "ENABLED", std::string arn = kArn) {
    schedules_.apply(bus::RulePut{.arn = std::move(arn),
                                  .bus_arn = "arn:aws:events:eu-west-1:210987654321:event-bus/default",
                                  .name = "tick",
                                  .number = 7,
                                  .schedule_expression = std::move(expression),
                                  .state = std::move(state)},
                     {}, time);
  }
  // The scheduled times that run at `now`, written as the engine would.
  std::vector<base::Time> run(base::Time now) {
    std::vector<base::Time> times;
    for (const auto& run : schedules_.due(now)) {
      times.push_back(run.time);
      schedules_.apply(scheduled_event(run, "an id"), {}, now);
    }
    return times;
  }
  void restart() {
    Schedules again;
    ASSERT_TRUE(again.load(log::saved(schedules_)));
    schedules_ = std::move(again);
  }
  using Times = std::vector<base::Time>;

  Schedules schedules_;
  const base::Time start_ = at("2026-11-29T10:00:20Z");
};

TEST_F(SchedulesTest, RunOnceForEachTime) {
  put("rate(5 minutes)", start_);
  EXPECT_EQ(schedules_.next_due(start_), start_ + minutes{5});
  EXPECT_EQ(run(start_ + minutes{4}), Times{});
  EXPECT_EQ(run(start_ + minutes{5}), Times{start_ + minutes{5}});
  EXPECT_EQ(run(start_ + minutes{5}), Times{});
  restart();
  EXPECT_EQ(run(start_ + minutes{6}), Times{});
  EXPECT_EQ(schedules_.next_due(start_ + minutes{6}), start_ + minutes{10});
  EXPECT_EQ(run(start_ + minutes{10} + seconds{3}), Times{start_ + minutes{10}});
}

TEST_F(SchedulesTest, BringAnEventOfTheRuleAlone) {
  put("cron(0 11 * * ? *)", start_);
  const auto runs = schedules_.due(at("2026-11-29T11:00:01Z"));
  ASSERT_EQ(runs.size(), 1U);
  const bus::EventAccepted event = scheduled_event(runs.front(), "the-id");
  EXPECT_EQ(bus::event_text(event, {}),
            R"({"version":"0","id":"the-id","detail-type":"Scheduled Event","source":"aws.events",)"
            R"("account":"210987654321","time":"2026-11-29T11:00:00Z","region":"eu-west-1",)"
            R"("resources":["arn:aws:events:eu-west-1:210987654321:rule/tick"],"detail":{}})");
  EXPECT_EQ(event.bus_arn, "arn:aws:events:eu-west-1:210987654321:event-bus/default");
  EXPECT_EQ(event.rules, std::vector<std::uint64_t>{7});
  EXPECT_TRUE(event.archives.empty());
}

TEST_F(SchedulesTest, GoOnWhenTheSameIsPutAgain) {
  put("rate(5 minutes)", start_);
  put("rate(5 minutes)", start_ + minutes{4});
  EXPECT_EQ(schedules_.next_due(start_ + minutes{4}), start_ + minutes{5});
}

TEST_F(SchedulesTest, BeginAnewWhenChangedOrEnabled) {
  put("rate(5 minutes)", start_);
  put("rate(6 minutes)", start_ + minutes{4});
  EXPECT_EQ(schedules_.next_due(start_ + minutes{4}), start_ + minutes{10});
  put("rate(6 minutes)", start_ + minutes{5}, "DISABLED");
  EXPECT_EQ(schedules_.next_due(start_ + minutes{5}), std::nullopt);
  EXPECT_EQ(run(start_ + minutes{10}), Times{});
  put("rate(6 minutes)", start_ + minutes{11});
  EXPECT_EQ(run(start_ + minutes{11}), Times{});
  EXPECT_EQ(schedules_.next_due(start_ + minutes{11}), start_ + minutes{17});
}

TEST_F(SchedulesTest, EndWithTheRuleOrItsExpression) {
  put("rate(5 minutes)", start_);
  schedules_.apply(bus::RuleDeleted{kArn}, {}, start_);
  EXPECT_EQ(run(start_ + minutes{5}), Times{});
  put("rate(5 minutes)", start_);
  put("", start_);
  EXPECT_EQ(run(start_ + minutes{5}), Times{});
}

// Nobody wants all of yesterday's ten runs this morning.
TEST_F(SchedulesTest, MakeUpForTheLastOfTheTimesThatWentBy) {
  put("cron(0 * * * ? *)", start_);
  restart();
  EXPECT_EQ(schedules_.next_due(at("2026-11-29T14:30:00Z")), at("2026-11-29T11:00:00Z"));
  EXPECT_EQ(run(at("2026-11-29T14:30:00Z")), Times{at("2026-11-29T14:00:00Z")});
  EXPECT_EQ(run(at("2026-11-29T14:30:00Z")), Times{});
  EXPECT_EQ(schedules_.next_due(at("2026-11-29T14:30:00Z")), at("2026-11-29T15:00:00Z"));
}

TEST_F(SchedulesTest, MakeUpForNothingThatIsMoreThanADayAgo) {
  put("cron(0 11 29 * ? *)", start_);
  EXPECT_EQ(run(at("2026-11-30T11:00:01Z")), Times{});
  EXPECT_EQ(schedules_.next_due(at("2026-11-30T11:00:01Z")), at("2026-12-29T11:00:00Z"));
  // Again, though next_due had found this time before it came.
  EXPECT_EQ(run(at("2026-12-31T00:00:00Z")), Times{});
  EXPECT_EQ(schedules_.next_due(at("2026-12-31T00:00:00Z")), at("2027-01-29T11:00:00Z"));
}

TEST_F(SchedulesTest, RunOnceWhenTheClockIsSetBackALittle) {
  put("cron(0 * * * ? *)", start_);
  EXPECT_EQ(run(at("2026-11-29T11:00:00Z")), Times{at("2026-11-29T11:00:00Z")});
  EXPECT_EQ(run(at("2026-11-29T10:59:59Z")), Times{});
  EXPECT_EQ(run(at("2026-11-29T11:00:00Z")), Times{});
  EXPECT_EQ(schedules_.next_due(at("2026-11-29T11:00:00Z")), at("2026-11-29T12:00:00Z"));
}

// After a clock that was years ahead for a while, the rule does not wait until then.
TEST_F(SchedulesTest, BeginAnewWhenTheClockIsSetBackByMore) {
  for (const char* expression : {"cron(0 * * * ? *)", "rate(60 minutes)"}) {
    const base::Time ahead = at("2031-01-01T00:00:00Z");
    put(expression, ahead);
    EXPECT_EQ(run(ahead + hours{1}), Times{ahead + hours{1}});
    EXPECT_EQ(run(start_ + minutes{5}), Times{});
    EXPECT_EQ(schedules_.next_due(start_ + minutes{5}), at("2026-11-29T11:00:00Z"));
    EXPECT_EQ(run(at("2026-11-29T11:00:00Z")), Times{at("2026-11-29T11:00:00Z")});
    EXPECT_EQ(run(at("2026-11-29T11:00:30Z")), Times{});
    EXPECT_EQ(schedules_.next_due(at("2026-11-29T11:00:30Z")), at("2026-11-29T12:00:00Z"));
    put("", start_);
  }
}

// Many rules run at noon.
TEST_F(SchedulesTest, RunInStepsWhereManyTimesHaveCome) {
  constexpr std::size_t kRules = 2 * kRunsPerStep + 1;
  for (std::size_t i = 0; i < kRules; ++i) put("cron(0 12 * * ? *)", start_, "ENABLED", kArn + std::to_string(i));
  const base::Time noon = at("2026-11-29T12:00:00Z");
  EXPECT_EQ(run(noon).size(), kRunsPerStep);
  EXPECT_LE(schedules_.next_due(noon), noon) << "the next step follows at once";
  EXPECT_EQ(run(noon).size(), kRunsPerStep);
  EXPECT_EQ(run(noon).size(), 1U);
  EXPECT_EQ(run(noon).size(), 0U);
  EXPECT_EQ(schedules_.next_due(noon), noon + hours{24});
}

TEST_F(SchedulesTest, AreAskedAgainInASecondWhereThereIsNoRoom) {
  for (std::size_t i = 0; i < kRunsPerStep; ++i) put("rate(5 minutes)", start_, "ENABLED", kArn + std::to_string(i));
  put("rate(6 minutes)", start_);
  const base::Time now = start_ + minutes{6};
  for (const auto& run : schedules_.due(now)) schedules_.hold(run.rule.arn, now);
  const auto others = schedules_.due(now);
  ASSERT_EQ(others.size(), 1U) << "those that are held hold up no other";
  EXPECT_EQ(others.front().rule.arn, kArn);
  schedules_.hold(kArn, now);
  EXPECT_EQ(schedules_.next_due(now), now + seconds{1});
  EXPECT_EQ(schedules_.due(now - minutes{1}).size(), kRunsPerStep) << "the clock was set back";
  EXPECT_EQ(schedules_.due(now).size(), 0U);
  EXPECT_EQ(run(now + seconds{1}).size(), kRunsPerStep);
  EXPECT_EQ(run(now + seconds{1}).size(), 1U);
}

// An event that a caller put says nothing about a rule, whatever resources it names.
TEST_F(SchedulesTest, BelieveNoOtherEvents) {
  put("rate(5 minutes)", start_);
  schedules_.apply(bus::EventAccepted{.time = start_ + hours{1}, .source = "mine", .resources = {kArn}}, {}, start_);
  EXPECT_EQ(schedules_.next_due(start_), start_ + minutes{5});
}

}  // namespace
}  // namespace athanor::schedule
