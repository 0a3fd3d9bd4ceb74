// The engine over a log in memory. Whole systems, and faults: sim/.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <vector>

#include "bus/event.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

class MemoryLog final : public log::Log {
 public:
  Result<log::LogPosition> append(log::RecordType type, base::Time time, std::string_view payload) override {
    records_.push_back({.position = end(), .type = type, .time = time, .payload = std::string{payload}});
    return records_.back().position;
  }
  log::LogPosition end() const override { return log::LogPosition{records_.size()}; }
  Result<log::LogPosition> commit() override { return committed_ = end(); }
  log::LogPosition commit_position() const override { return committed_; }
  Result<log::Record> read(log::LogPosition at) const override { return records_.at(at.value); }
  Result<log::LogPosition> scan(log::LogPosition from,
                                const std::function<bool(const log::Record&)>& visit) const override {
    while (from < committed_) {
      if (const auto at = from.value++; !visit(records_[at])) break;
    }
    return from;
  }
  Result<void> trim(log::LogPosition) override { return {}; }
  Result<void> save_snapshot(const log::Snapshot&) override { return {}; }
  Result<std::optional<log::Snapshot>> load_snapshot() const override { return std::optional<log::Snapshot>{}; }

 private:
  std::vector<log::Record> records_;  // a position is an index
  log::LogPosition committed_;
};

class StillWorld final : public World {
 public:
  void start_function(function::Start) override {}
  void retire_function(const std::string&) override {}
  void read_log(std::function<void(const log::Log&)>) override {}
  void post(std::function<void(Call&)>) override {}
};

class EngineWaits : public ::testing::Test {
 protected:
  void accept_event() {
    engine_.execute({}, [](Call& call) { call.journal.write(bus::EventAccepted{.detail = "{}"}); });
  }
  void commit() {
    engine_.tick();
    ASSERT_TRUE(log_.commit());
    engine_.on_commit();
  }

  MemoryLog log_;
  base::ManualClock clock_;
  StillWorld world_;
  observe::Counters counters_;
  Engine engine_{log_, clock_, world_, counters_, {}};
};

TEST_F(EngineWaits, TellsOfAnEventHoweverItComesBetweenTheReadingAndTheWaiting) {
  const base::Time deadline = clock_.now() + std::chrono::seconds{20};
  int told = 0;
  const auto wait_from = [&](log::LogPosition read_until) {
    engine_.wait_for_event(read_until, deadline, [&] { ++told; });
  };
  wait_from(log_.end());
  accept_event();
  EXPECT_EQ(told, 0) << "not durable";
  commit();
  EXPECT_EQ(told, 1) << "it came after";

  wait_from(log::LogPosition{0});
  EXPECT_EQ(told, 2) << "it came before, and had not been read";

  accept_event();
  wait_from(log::LogPosition{1});
  EXPECT_EQ(told, 2) << "not durable";
  commit();
  EXPECT_EQ(told, 3) << "it came before";

  wait_from(log_.end());
  commit();
  EXPECT_EQ(told, 3) << "there is nothing";
  clock_.advance(std::chrono::seconds{20});
  commit();
  EXPECT_EQ(told, 4) << "the deadline";
}

}  // namespace
}  // namespace athanor::engine
