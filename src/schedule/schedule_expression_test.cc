#include "schedule/schedule_expression.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "base/text.h"

namespace athanor::schedule {
namespace {

TEST(ScheduleExpression, RefusesWhatTheGuideOrPlainGrammarRefuses) {
  for (const std::string_view text : {
           "",
           "cron()",
           "cron(0 12 * * ?)",
           "cron(0 12 * * ? * *)",
           "cron(0 12 * * ? *",
           "at(2025-10-13T20:00:00)",
           "cron(0 1 * * * *)",
           "cron(0 1 ? * ? *)",  // exactly one of the day fields must be '?'
           "cron(60 12 * * ? *)",
           "cron(0 24 * * ? *)",
           "cron(0 12 0 * ? *)",
           "cron(0 12 32 * ? *)",  // out of range
           "cron(0 12 * 13 ? *)",
           "cron(0 12 * JUN-XYZ ? *)",
           "cron(0 12 ? * 0 *)",
           "cron(0 12 ? * 8 *)",
           "cron(0 12 * * ? 1969)",
           "cron(0 12 * * ? 2200)",
           "cron(0 12 * * ? 2022-2019)",
           "cron(0 12 * n-F ? *)",
           "cron(0,,5 12 * * ? *)",
           "cron(0, 12 * * ? *)",
           "cron(1-2-3 12 * * ? *)",
           "cron(- 12 * * ? *)",
           "cron(0/0 9 * * ? *)",
           "cron(*/0 9 * * ? *)",
           "cron(0/ 9 * * ? *)",
           "cron(0/-5 9 * * ? *)",  // invalid steps
           "cron(0/5/5 9 * * ? *)",
           "cron(L 9 * * ? *)",
           "cron(0 9 * * ? L)",
           "cron(0 9 W * ? *)",
           "cron(0 9 WL * ? *)",
           "cron(0 9 3L * ? *)",
           "cron(0 9 1-5W * ? *)",
           "cron(0 9 32W * ? *)",
           "cron(0 9 2#1 * ? *)",
           "cron(0 9 ? * 3W *)",
           "cron(0 9 ? * 3#1,6#3 *)",
           "cron(0 9 ? * 3,6#3 *)",
           "cron(0 9 ? * 6#3,3 *)",
           "cron(0 9 ? * 2#0 *)",
           "cron(0 9 ? * 2#6 *)",
           "cron(0 9 ? * MON#7 *)",
           "cron(0 9 ? * 2# *)",
           "cron(0 9 ? * #2 *)",
           "cron(0 9 ? * 1-5#2 *)",
           "cron(0 9 ? * 2#1#2 *)",
           "cron(0 9 ? * MON-FRIL *)",
           "cron(0 9 ? * LL *)",
           "rate()",
           "rate(10)",
           "rate(10 seconds)",
           "rate(1 minutes)",
           "rate(10 minute)",
           "rate(0 minutes)",
           "rate(05 minutes)",
           "rate(99999999999999999999 minutes)",
           "rate(-10 minutes)",
           "rate(10 MINUTES)",
           "rate( 10 minutes )",
           "rate(5 minutes)x",
       }) {
    EXPECT_FALSE(ScheduleExpression::parse(text)) << text;
  }
}

TEST(ScheduleExpression, TakesWhatTheGuideShowsAndWhatItLeavesOpen) {
  for (const std::string_view text : {
           "cron(0 10 * * ? *)",
           "cron(15 12 * * ? *)",
           "cron(0 18 ? * MON-FRI *)",
           "cron(0 8 1 * ? *)",
           "cron(0/15 * * * ? *)",
           "cron(0/5 8-17 ? * MON-FRI *)",
           "cron(0/30 20-2 ? * MON-FRI *)",
           "cron(5,35 14 * * ? *)",
           "cron(15 10 ? * 6L 2019-2022)",
           "cron(1/10 0 3W JAN,FEB,MAR ? 2025/2)",
           "cron(0 9 ? * 3#2 *)",
           "cron(0 9 ? * MON#1 *)",
           "cron(0 9 ? * SAT#5 *)",
           "cron(0 9 ? * L *)",
           "cron(0 9 L * ? *)",
           "cron(0 9 LW * ? *)",
           "cron(0 9 1,L * ? *)",
           "cron(0 9 1W,15W * ? *)",
           "cron(0 9 ? * 2/3 *)",
           "cron(0 9 ? * FRI-MON *)",
           "cron(50-10/5 9 * * ? *)",
           "cron(0 9 * 11-2 ? *)",
           "cron(*/5 * * * ? *)",
           "cron(/5 * * * ? *)",
           "cron(0  10 *   * ? *)",
           "cron(0 9 ? * mon-fri *)",
           "rate(1 minute)",
           "rate(5 minutes)",
           "rate(1 hour)",
           "rate(24 hours)",
           "rate(1 day)",
           "rate(365 days)",
       }) {
    EXPECT_TRUE(ScheduleExpression::parse(text)) << text;
  }
}

base::Time at(std::string_view text) { return base::from_iso8601(text).value(); }

// The next times; a rate counts from 2026-01-01T00:00:30Z.
std::vector<std::string> next_times(std::string_view text, std::string_view after, int count) {
  const auto expression = ScheduleExpression::parse(text).value();
  const base::Time since = at("2026-01-01T00:00:30Z");
  std::vector<std::string> times;
  std::optional<base::Time> time = at(after);
  while (count-- > 0 && (time = expression.next(*time, since))) times.push_back(base::to_iso8601(*time));
  return times;
}

TEST(ScheduleExpression, NamesTimes) {
  struct Case {
    std::string_view expression, after;
    std::vector<std::string> next;
  };
  for (const Case& one : {
           // 2026-11-29 is a Sunday.
           Case{"cron(0 10 * * ? *)", "2026-11-29T09:59:59Z", {"2026-11-29T10:00:00Z", "2026-11-30T10:00:00Z"}},
           Case{"cron(0 10 * * ? *)", "2026-11-29T10:00:00Z", {"2026-11-30T10:00:00Z"}},
           Case{"cron(15 12 * * ? *)", "2026-12-31T12:15:00Z", {"2027-01-01T12:15:00Z"}},
           Case{"cron(0 18 ? * MON-FRI *)",
                "2026-11-27T18:00:00Z",
                {"2026-11-30T18:00:00Z", "2026-12-01T18:00:00Z", "2026-12-02T18:00:00Z", "2026-12-03T18:00:00Z",
                 "2026-12-04T18:00:00Z", "2026-12-07T18:00:00Z"}},
           Case{"cron(0 8 1 * ? *)", "2026-11-29T00:00:00Z", {"2026-12-01T08:00:00Z", "2027-01-01T08:00:00Z"}},
           Case{"cron(0/15 * * * ? *)", "2026-11-29T23:31:00Z", {"2026-11-29T23:45:00Z", "2026-11-30T00:00:00Z"}},
           Case{"cron(7/20 5 * * ? *)",
                "2026-11-29T00:00:00Z",
                {"2026-11-29T05:07:00Z", "2026-11-29T05:27:00Z", "2026-11-29T05:47:00Z", "2026-11-30T05:07:00Z"}},
           Case{"cron(0/30 20-2 ? * MON-FRI *)",
                "2026-11-30T01:45:00Z",
                {"2026-11-30T02:00:00Z", "2026-11-30T02:30:00Z", "2026-11-30T20:00:00Z"}},
           Case{"cron(50-10/5 9 * * ? *)",
                "2026-11-29T09:05:00Z",
                {"2026-11-29T09:10:00Z", "2026-11-29T09:50:00Z", "2026-11-29T09:55:00Z", "2026-11-30T09:00:00Z"}},
           Case{"cron(5,35 14 * * ? *)", "2026-11-29T14:05:00Z", {"2026-11-29T14:35:00Z", "2026-11-30T14:05:00Z"}},
           Case{"cron(15 10 ? * 6L 2019-2022)",
                "2022-10-29T00:00:00Z",
                {"2022-11-25T10:15:00Z", "2022-12-30T10:15:00Z"}},
           // Its last day is a Friday.
           Case{"cron(0 0 ? * 6L *)", "2026-07-01T00:00:00Z", {"2026-07-31T00:00:00Z", "2026-08-28T00:00:00Z"}},
           Case{"cron(0 0 ? * 3#2 *)", "2026-11-29T00:00:00Z", {"2026-12-08T00:00:00Z", "2027-01-12T00:00:00Z"}},
           Case{"cron(0 0 ? * SUN#5 *)", "2026-11-29T00:00:00Z", {"2027-01-31T00:00:00Z", "2027-05-30T00:00:00Z"}},
           Case{"cron(0 0 ? * L *)", "2026-11-29T00:00:00Z", {"2026-12-05T00:00:00Z", "2026-12-12T00:00:00Z"}},
           Case{"cron(0 0 L * ? *)", "2027-12-31T00:00:00Z", {"2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z"}},
           // The last day is a Saturday in October 2026, a Sunday in January 2027.
           Case{"cron(0 0 LW * ? *)", "2026-10-01T00:00:00Z", {"2026-10-30T00:00:00Z", "2026-11-30T00:00:00Z"}},
           Case{"cron(0 0 LW * ? *)", "2027-01-01T00:00:00Z", {"2027-01-29T00:00:00Z"}},
           // The first is a Saturday in August 2026, a Sunday in November: never outside the month.
           Case{"cron(0 0 1W * ? *)", "2026-08-01T00:00:00Z", {"2026-08-03T00:00:00Z", "2026-09-01T00:00:00Z"}},
           Case{"cron(0 0 1W * ? *)", "2026-10-31T00:00:00Z", {"2026-11-02T00:00:00Z"}},
           Case{"cron(0 0 31W * ? *)", "2027-01-01T00:00:00Z", {"2027-01-29T00:00:00Z", "2027-03-31T00:00:00Z"}},
           Case{"cron(0 0 14W * ? *)", "2026-11-01T00:00:00Z", {"2026-11-13T00:00:00Z", "2026-12-14T00:00:00Z"}},
           Case{"cron(0 0 29 2 ? *)", "2026-11-29T00:00:00Z", {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
           Case{"cron(0 0 1 11-2 ? *)",
                "2026-11-29T00:00:00Z",
                {"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z", "2027-11-01T00:00:00Z"}},
           Case{"cron(0 0 1 1 ? 2025/2)", "2026-11-29T00:00:00Z", {"2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z"}},
           Case{"cron(59 23 31 12 ? 2199)", "2026-11-29T00:00:00Z", {"2199-12-31T23:59:00Z"}},
           Case{"cron(0 0 31 2 ? *)", "2026-11-29T00:00:00Z", {}},
           Case{"cron(0 0 1 1 ? 2020)", "2026-11-29T00:00:00Z", {}},
           Case{"rate(1 minute)", "2026-11-29T09:59:30Z", {"2026-11-29T10:00:30Z", "2026-11-29T10:01:30Z"}},
           Case{"rate(7 hours)", "2026-01-01T00:00:30Z", {"2026-01-01T07:00:30Z", "2026-01-01T14:00:30Z"}},
           Case{"rate(2 days)", "2026-01-02T00:00:30Z", {"2026-01-03T00:00:30Z"}},
           Case{"rate(2 days)", "2025-12-31T00:00:30Z", {"2026-01-01T00:00:30Z"}},
       }) {
    const bool is_all = one.next.empty();
    EXPECT_EQ(next_times(one.expression, one.after, is_all ? 1 : static_cast<int>(one.next.size())), one.next)
        << one.expression << " after " << one.after;
  }
  EXPECT_TRUE(ScheduleExpression::parse("rate(9223372036854775807 days)")->next(at("2026-01-01T00:00:00Z"), {}));
}

TEST(ScheduleExpression, CronEndsWithTheLastYearThatItCanName) {
  const auto expression = ScheduleExpression::parse("cron(0 * * * ? *)").value();
  const base::Time last = at("2199-12-31T23:00:00.000Z");
  EXPECT_EQ(expression.next(last, {}), std::nullopt);
  EXPECT_EQ(expression.last(last - std::chrono::hours{1}, last + std::chrono::hours{9}, {}), last);
  EXPECT_EQ(expression.last(last, last + std::chrono::hours{9}, {}), std::nullopt);
}

// The last of the times that `next` gives one after the other.
TEST(ScheduleExpression, LastIsTheLastOfTheNext) {
  base::Random random{1};
  for (const std::string_view text : {"cron(*/7 * * * ? *)", "cron(0 9-17/3 ? * MON-FRI *)", "cron(30 6 1,15,L * ? *)",
                                      "cron(0 0 ? * 2#1 *)", "rate(11 minutes)", "rate(5 hours)"}) {
    const auto expression = ScheduleExpression::parse(text).value();
    for (int i = 0; i < 300; ++i) {
      const base::Time since = at("2026-01-01T00:00:00.250Z");
      base::Time after = since + base::Duration{random.below(400ULL * 86'400'000)};
      if (random.one_in(2)) after = *expression.next(after, since);  // it has run, and does not run again
      const base::Time until = after + base::Duration{random.below(86'400'000)};
      std::optional<base::Time> last;
      for (auto next = expression.next(after, since); next && *next <= until; next = expression.next(*next, since))
        last = next;
      EXPECT_EQ(expression.last(after, until, since), last) << text;
    }
  }
}

}  // namespace
}  // namespace athanor::schedule
