#include "function/crash_pauses.h"

#include <gtest/gtest.h>

namespace athanor::function {
namespace {

using namespace std::chrono_literals;

class CrashPausesTest : public ::testing::Test {
 protected:
  void crash(std::uint32_t times) {
    for (; times > 0; --times) pauses_.ended("f", "1", OutcomeKind::Crash, now_);
  }
  base::Duration pause(std::string_view revision_id = "1") const {
    return std::max(pauses_.end_of_pause("f", revision_id, now_), now_) - now_;
  }

  base::Time now_{1h};
  CrashPauses pauses_;
};

TEST_F(CrashPausesTest, DoublesUpToASecond) {
  struct Row {
    std::uint32_t crashes;
    base::Duration pause;
  };
  for (const Row& row : {Row{1, 0ms}, Row{4, 0ms}, Row{5, 50ms}, Row{6, 100ms}, Row{9, 800ms}, Row{10, 1s}, Row{99, 1s},
                         Row{100'000, 1s}}) {
    pauses_ = {};
    crash(row.crashes);
    EXPECT_EQ(pause(), row.pause) << row.crashes;
  }
}

TEST_F(CrashPausesTest, BeginsAnewWhenTheFunctionIsWellOrAnother) {
  for (const auto how : {OutcomeKind::Success, OutcomeKind::FunctionError}) {
    crash(10);
    EXPECT_EQ(pause("2"), 0ms) << "new code";
    pauses_.ended("f", "1", OutcomeKind::Refused, now_);
    EXPECT_EQ(pause(), 1s) << "nothing ran";
    pauses_.ended("f", "1", how, now_);
    EXPECT_EQ(pause(), 0ms);
  }
  for (const auto how : {OutcomeKind::Timeout, OutcomeKind::InitError}) {
    crash(10);
    pauses_.ended("f", "1", how, now_);
    EXPECT_EQ(pause(), 1s) << "as bad as a crash";
  }
  pauses_.ended("f", "2", OutcomeKind::InitError, now_);
  EXPECT_EQ(pause("2"), 0ms) << "the first of new code";
}

// Its end would otherwise be as far away as the clock was ahead.
TEST_F(CrashPausesTest, IsOverOnceTheClockWasSetBackBehindIt) {
  crash(10);
  now_ -= 1ms;
  EXPECT_EQ(pause(), 0ms);
}

TEST_F(CrashPausesTest, AllowsOneStartAPause) {
  crash(10);
  now_ += 1s;
  EXPECT_EQ(pause(), 0ms);
  pauses_.started("f", now_);
  EXPECT_EQ(pause(), 1s) << "whatever becomes of it, and however long that takes";
}

}  // namespace
}  // namespace athanor::function
