#include "server/unset_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace athanor::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(UnsetClock, IsWaitedForUntilItIsSetOrTheServerIsStopped) {
  struct Case {
    const char* name;
    base::Time begin;
    int set_after, stopped_after;  // a number of sleeps
    bool comes_up;
    int slept;
  };
  constexpr base::Time kBoot{std::chrono::seconds{7}};
  const Case cases[] = {
      {"set", kClockIsSet, 99, 99, true, 0},
      {"set while it waits", kBoot, 3, 99, true, 3},
      {"stopped while it waits", kBoot, 99, 2, false, 2},
  };
  for (const Case& c : cases) {
    base::ManualClock clock;
    clock.set(c.begin);
    int slept = 0;
    std::vector<std::string> said;
    const bool comes_up = wait_until_clock_is_set(
        clock,
        [&](std::chrono::seconds) {
          if (++slept == c.set_after) clock.set(kClockIsSet);
          return slept < c.stopped_after;
        },
        [&](std::string_view text) { said.emplace_back(text); });
    EXPECT_EQ(comes_up, c.comes_up) << c.name;
    EXPECT_EQ(slept, c.slept) << c.name;
    if (c.slept == 0)
      EXPECT_THAT(said, IsEmpty()) << c.name;
    else
      EXPECT_THAT(said, ElementsAre(HasSubstr("1970-01-01T00:00:07"))) << c.name;
  }
}

}  // namespace
}  // namespace athanor::server
