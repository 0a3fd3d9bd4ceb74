#include "cli/time_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace athanor::cli {
namespace {

using namespace std::chrono_literals;

TEST(TimeWords, ReadsDurations) {
  for (const std::string_view text : {"", "m", "10", "10x", "-5m", "1.5h", "10m ", "9999999999s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("7d"), 168h);
}

TEST(TimeWords, ReadsMoments) {
  const base::Time now{1'700'000'000s};
  for (const std::string text : {"yesterday", "2025-13-01", ""}) {
    const auto moment = parse_moment(text, now);
    ASSERT_FALSE(moment.has_value()) << text;
    EXPECT_THAT(moment.error().message, testing::StartsWith("\"" + text + "\" is not a time. Write 10m, 2h or 7d"));
  }
  EXPECT_EQ(*parse_moment("now", now), now);
  EXPECT_EQ(*parse_moment("2h", now), now - 2h);
  EXPECT_EQ(base::to_iso8601(*parse_moment("2025-10-13T20:00:00+02:00", now)), "2025-10-13T18:00:00Z");
  EXPECT_EQ(base::to_iso8601(*parse_moment("2025-10-13", now)), "2025-10-13T00:00:00Z");
}

TEST(TimeWords, WritesDurations) {
  EXPECT_EQ(format_duration(0ms), "0 ms");
  EXPECT_EQ(format_duration(130ms), "130 ms");
  EXPECT_EQ(format_duration(1'524ms), "1.52 s");
  EXPECT_EQ(format_duration(125s), "2 m 05 s");
  EXPECT_EQ(format_duration(187min), "3 h 07 m");
  EXPECT_EQ(format_duration(52h), "2 d 04 h");
  EXPECT_EQ(format_time_of_day(base::Time{1'700'000'000'123ms}), "22:13:20.123");
}

TEST(TimeWords, WritesTheDateOfAnotherDay) {
  const base::Time now{1'700'000'000'123ms};  // 22:13 of 2023-11-14
  EXPECT_EQ(format_moment(now - 1h, now), "21:13:20.123");
  EXPECT_EQ(format_moment(now + 1h, now), "23:13:20.123");
  EXPECT_EQ(format_moment(now + 2h, now), "2023-11-15 00:13:20.123");
  EXPECT_EQ(format_moment(base::Time{1'000'000'000s}, now), "2001-09-09 01:46:40.000");
}

}  // namespace
}  // namespace athanor::cli
