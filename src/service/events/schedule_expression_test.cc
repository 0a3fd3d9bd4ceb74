#include "service/events/schedule_expression.h"

#include <gtest/gtest.h>

namespace athanor::service::events {
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
           "cron(0 1 ? * ? *)",  // one of the days is '?'
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
           "cron(0/-5 9 * * ? *)",  // steps of nothing
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
    EXPECT_FALSE(is_schedule_expression(text)) << text;
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
    EXPECT_TRUE(is_schedule_expression(text)) << text;
  }
}

}  // namespace
}  // namespace athanor::service::events
