#include "engine/engine.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "bus/event.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

// In memory, and whole.
class MemoryLog final : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType type, base::Time time, std::string_view payload) override {
    records_.push_back({end(), type, time, std::string{payload}});
    return records_.back().position;
  }
  log::LogPosition end() const override { return log::LogPosition{records_.size() * 1'000}; }
  Result<log::LogPosition> commit() override { return end(); }
  log::LogPosition commit_position() const override { return end(); }
  Result<log::Record> read(log::LogPosition position) const override { return records_[position.value / 1'000]; }
  Result<log::LogPosition> scan(log::LogPosition from,
                                const std::function<bool(const log::Record&)>& visit) const override {
    for (const log::Record& record : records_) {
      if (record.position >= from && !visit(record)) break;
    }
    return end();
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

 private:
  std::vector<log::Record> records_;
};

class NoWorld final : public World {
 public:
  void start_function(function::Start) override {}
  void retire_function(const std::string&) override {}
  void read_log(std::function<void(const log::Log&)>) override {}
  void post(std::function<void(Call&)>) override {}
};

class EngineTest : public ::testing::Test {
 protected:
  void write_event() {
    engine_.execute({}, [](Call& call) { call.journal.write(bus::EventAccepted{}); });
  }

  base::ManualClock clock_;
  MemoryLog log_;
  NoWorld world_;
  observe::Counters counters_;
  Engine engine_{log_, clock_, world_, counters_, {}};
};

// A snapshot may find no room, or another comes before it is saved.
TEST_F(EngineTest, FreesWhatTheTwoSnapshotsThatWereSavedCanDoWithout) {
  ASSERT_TRUE(engine_.recover());
  const auto take = [&] {
    write_event();
    return engine_.take_snapshot(true).value();
  };
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{0});
  take();
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{1'000}) << "the first needs it";
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{3'000});
}

TEST_F(EngineTest, TakesASnapshotOfALogThatHasNone) {
  write_event();
  Engine next{log_, clock_, world_, counters_, {.snapshot_every_bytes = 1'000}};
  ASSERT_TRUE(next.recover());
  EXPECT_TRUE(next.take_snapshot(false)) << "else one that is killed now and then never takes any";
  EXPECT_FALSE(next.take_snapshot(true)) << "nothing has been written since";
}

}  // namespace
}  // namespace athanor::engine
