#include "sdk/timestamp.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace athanor::sdk {
namespace {

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2025-10-13", "2025-10-13T20:00", "2025-13-13T20:00:00Z", "2025-10-13T20:00:00.Z", "2025-10-13T20:00:00X",
        "20251013T200000Z", "1969-12-31T23:59:59Z", "2025-02-30T00:00:00Z"}) {
    EXPECT_FALSE(Timestamp::parse(text).has_value()) << text;
  }
}

TEST(Timestamp, ReadsEveryFormAndWritesOne) {
  const std::pair<const char*, const char*> rows[] = {
      {"2025-10-13T20:00:00Z", "2025-10-13T20:00:00Z"},
      {"2025-10-13T20:00:00+00:00", "2025-10-13T20:00:00Z"},
      {"2025-10-13T22:00:00+02:00", "2025-10-13T20:00:00Z"},
      {"2025-10-13T20:00:00", "2025-10-13T20:00:00Z"},
      {"2025-10-13 20:00:00", "2025-10-13T20:00:00Z"},
      {"2025-10-13T20:00:00.5Z", "2025-10-13T20:00:00.500000Z"},
      {"2025-10-13T20:00:00.000120+00:00", "2025-10-13T20:00:00.000120Z"},
      {"2025-10-13T20:00:00.1234567Z", "2025-10-13T20:00:00.123456Z"},
      {"2025-10-13T20:00:00.000Z", "2025-10-13T20:00:00Z"},
  };
  for (const auto& [text, written] : rows) {
    const auto time = Timestamp::parse(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(time->to_string(), written);
  }
  EXPECT_EQ(Timestamp::parse("2025-10-13T20:00:00.5Z")->to_offset_string(), "2025-10-13T20:00:00.500000+00:00");
}

TEST(Timestamp, ReadsBackWhatItWrites) {
  base::Random random{7};
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp time{std::chrono::sys_time<std::chrono::microseconds>{
        std::chrono::microseconds{static_cast<std::int64_t>(random.below(4'000'000'000'000'000))}}};
    EXPECT_EQ(Timestamp::parse(time.to_string()), time);
    EXPECT_EQ(Timestamp::parse(time.to_offset_string()), time);
  }
}

}  // namespace
}  // namespace athanor::sdk
