#include "bench/invocation_times.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/requests.h"

namespace athanor::bench {
namespace {

using namespace std::chrono_literals;

constexpr InvocationTimes::TimePoint kTime{5s};

TEST(InvocationTimes, AreSeenAcrossProcesses) {
  const auto times = InvocationTimes::create();
  ASSERT_TRUE(times);
  EXPECT_EQ((*times)->at(7), std::nullopt);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto shared = InvocationTimes::open((*times)->name());
    if (shared) (*shared)->record(7, kTime);
    ::_exit(shared ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ((*times)->at(7), kTime);
  EXPECT_EQ((*times)->count(), 1U);
}

TEST(InvocationTimes, KeepTheFirst) {
  const auto times = InvocationTimes::create();
  ASSERT_TRUE(times);
  (*times)->record(7, kTime);
  (*times)->record(7, kTime + 1s);
  (*times)->record(InvocationTimes::kEventsMax, kTime);
  EXPECT_EQ((*times)->at(7), kTime);
  EXPECT_EQ((*times)->at(InvocationTimes::kEventsMax), std::nullopt);
  EXPECT_EQ((*times)->count(), 1U);
}

TEST(InvocationTimes, AreGoneWithTheirOwner) {
  std::string name;
  {
    const auto times = InvocationTimes::create();
    ASSERT_TRUE(times);
    name = (*times)->name();
  }
  EXPECT_FALSE(InvocationTimes::open(name));
}

TEST(InvocationTimes, FindTheSequenceOfASampleEvent) {
  base::Random random{7};
  EXPECT_EQ(sequence_of(R"({"version":"0","detail":)" + sample_detail(1'234, random) + "}"), 1'234U);
  EXPECT_EQ(sequence_of("{}"), std::nullopt);
  EXPECT_EQ(sequence_of(R"({"sequence":"")"), std::nullopt);
}

}  // namespace
}  // namespace athanor::bench
