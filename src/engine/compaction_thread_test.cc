#include "engine/compaction_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <semaphore>
#include <span>
#include <utility>
#include <vector>

#include "engine/test_few_threads.h"

namespace athanor::engine {
namespace {

constexpr std::uint64_t kMiB = 1'048'576, kGiB = 1'024 * kMiB;

TEST(Urgency, IdleTimeIsEnoughUntilABacklogSaysThatItIsNot) {
  using enum Urgency;
  EXPECT_EQ(urgency_of(0, Idle), Idle);
  EXPECT_EQ(urgency_of(kGiB - 1, Idle), Idle);
  EXPECT_EQ(urgency_of(kGiB, Idle), Share);
  EXPECT_EQ(urgency_of(kGiB / 2, Share), Share) << "not begun and ended with every segment";
  EXPECT_EQ(urgency_of(kGiB / 2 - 1, Share), Idle);
}

TEST(Urgency, TheRateRisesWithTheBacklog) {
  using enum Urgency;
  EXPECT_EQ(bytes_per_second(0, Idle), 32 * kMiB);
  EXPECT_EQ(bytes_per_second(256 * kMiB, Idle), 32 * kMiB);
  EXPECT_EQ(bytes_per_second(768 * kMiB, Idle), 96 * kMiB);
  EXPECT_EQ(bytes_per_second(kGiB / 2, Share), 8 * kMiB);
  EXPECT_EQ(bytes_per_second(kGiB, Share), 8 * kMiB);
  EXPECT_EQ(bytes_per_second(5 * kGiB, Share), 40 * kMiB);
}

class KeepsNothing final : public log::Keepers {
 public:
  std::vector<std::uint64_t> keepers_of(log::RecordType, base::Time, std::string_view) const override { return {}; }
  bool keeps(std::uint64_t, base::Time) const override { return false; }
};

// A log that only compacts: block after block until it is told to stop, or fails.
class CompactingLog final : public log::Log {
 public:
  Result<log::Compacted> compact(log::LogPosition before, const log::Keepers&,
                                 const std::function<bool(const log::CompactionStep&)>& go_on) override {
    if (std::exchange(fails_, false)) return Error{ErrorCode::Unavailable, "EIO", {}};
    policies.push_back(::sched_getscheduler(0));
    for (const log::CompactionStep& step : steps) {
      if (!go_on(step)) return log::Compacted{};
      steps = steps.subspan(1);
    }
    if (!is_endless) {
      if (++compactions_ == 1) done.set_value(before);
      compacted.release();
      return log::Compacted{.segments = 2, .merged = 0, .bytes_before = 100, .bytes_after = 10};
    }
    started.set_value();
    while (go_on({.bytes = 1})) {
    }
    return log::Compacted{};
  }
  void fail() { fails_ = true; }
  bool has_room() const override { return disk_has_room; }

  Result<log::LogPosition> append(log::RecordType, base::Time, std::string_view) override { return log::LogPosition{}; }
  log::LogPosition end() const override { return {}; }
  Result<log::LogPosition> commit() override { return log::LogPosition{}; }
  log::LogPosition commit_position() const override { return {}; }
  Result<log::Record> read(log::LogPosition) const override { return log::Record{}; }
  Result<log::LogPosition> scan(log::LogPosition, const std::function<bool(const log::Record&)>&) const override {
    return log::LogPosition{};
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

  bool is_endless = false;
  bool disk_has_room = true;
  std::span<const log::CompactionStep> steps;  // reported first, each until the caller agrees to go on
  std::vector<int> policies;                   // scheduling policies, of each call's thread
  std::promise<void> started;
  std::promise<log::LogPosition> done;     // the first call that completed
  std::counting_semaphore<> compacted{0};  // each call that completed

 private:
  int compactions_ = 0;
  bool fails_ = false;
};

TEST(CompactionThread, CompactsWhatIsWantedAndCounts) {
  CompactingLog log;
  observe::Counters counters;
  {
    CompactionThread thread(log, counters, [](const Error&) { FAIL(); });
    thread.want(log::LogPosition{7}, std::make_shared<KeepsNothing>());
    thread.want(log::LogPosition{9}, std::make_shared<KeepsNothing>());
    thread.start();
    EXPECT_EQ(log.done.get_future().get(), log::LogPosition{9}) << "the newest wish";
  }
  EXPECT_EQ(counters.get("athanor_segments_compacted_total").value(), 2U);
  EXPECT_EQ(counters.get("athanor_compacted_bytes_before_total").value(), 100U);
  EXPECT_EQ(counters.get("athanor_compacted_bytes_after_total").value(), 10U);
}

TEST(CompactionThread, StopsInTheMiddleOfACompaction) {
  CompactingLog log;
  log.is_endless = true;
  observe::Counters counters;
  CompactionThread thread(log, counters, [](const Error&) { FAIL(); });
  thread.start();
  thread.want(log::LogPosition{7}, std::make_shared<KeepsNothing>());
  log.started.get_future().get();
  thread.stop();
}

// Begins again, with a share of its own, in the middle of a segment; returns to idle times between two segments.
TEST(CompactionThread, TakesAShareWhereIdleTimesAreNotEnough) {
  constexpr log::CompactionStep kSteps[] = {{.bytes = 1, .bytes_left = kGiB - 1},
                                            {.bytes = 1, .bytes_left = kGiB},
                                            {.bytes = 1, .bytes_left = 2 * kGiB},
                                            {.bytes = 1, .bytes_left = 0},
                                            {.bytes = 0, .bytes_left = 0}};
  CompactingLog log;
  log.steps = kSteps;
  observe::Counters counters;
  CompactionThread thread(log, counters, [](const Error&) { FAIL(); });
  thread.start();
  thread.want(log::LogPosition{7}, std::make_shared<KeepsNothing>());
  EXPECT_EQ(log.done.get_future().get(), log::LogPosition{7});
  EXPECT_THAT(log.policies, testing::ElementsAre(SCHED_IDLE, SCHED_OTHER, SCHED_IDLE));
}

TEST(CompactionThread, TakesAShareOnAFullDisk) {
  constexpr log::CompactionStep kSteps[] = {{.bytes = 1, .bytes_left = 1}, {.bytes = 0, .bytes_left = 0}};
  CompactingLog log;
  log.steps = kSteps;
  log.disk_has_room = false;
  observe::Counters counters;
  CompactionThread thread(log, counters, [](const Error&) { FAIL(); });
  thread.start();
  thread.again();  // nothing has been wanted yet
  thread.want(log::LogPosition{7}, std::make_shared<KeepsNothing>());
  log.compacted.acquire();
  EXPECT_THAT(log.policies, testing::ElementsAre(SCHED_IDLE, SCHED_OTHER));
  thread.again();
  log.compacted.acquire();
}

// Functions may use as many threads as the system allows.
TEST(CompactionThread, CompactsWhereNoThreadCanBeHad) {
  const pid_t process = ::fork();
  if (process == 0) {
    const std::vector policies{::sched_getscheduler(0)};
    CompactingLog log;
    observe::Counters counters;
    CompactionThread thread(log, counters, [](const Error&) { ::_exit(1); });
    thread.start();
    allow_threads(0);
    thread.want(log::LogPosition{7}, std::make_shared<KeepsNothing>());
    const bool done = log.done.get_future().wait_for(std::chrono::seconds{20}) == std::future_status::ready;
    ::_exit(done && log.policies == policies ? 0 : 3);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(CompactionThread, TellsWhenTheLogHasStopped) {
  CompactingLog log;
  log.fail();
  observe::Counters counters;
  std::promise<std::string> told;
  CompactionThread thread(log, counters, [&](const Error& error) { told.set_value(error.message); });
  thread.start();
  thread.want(log::LogPosition{7}, std::make_shared<KeepsNothing>());
  EXPECT_EQ(told.get_future().get(), "EIO");
}

}  // namespace
}  // namespace athanor::engine
