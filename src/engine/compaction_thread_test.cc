#include "engine/compaction_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <utility>

namespace athanor::engine {
namespace {

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
    if (!is_endless) {
      done.set_value(before);
      return log::Compacted{.segments = 2, .merged = 0, .bytes_before = 100, .bytes_after = 10};
    }
    started.set_value();
    while (go_on({.bytes = 1})) {
    }
    return log::Compacted{};
  }
  void fail() { fails_ = true; }

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
  std::promise<void> started;
  std::promise<log::LogPosition> done;

 private:
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
