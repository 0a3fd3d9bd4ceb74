// The engine over a log in memory. Whole systems, and faults: sim/.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include "bus/event.h"
#include "engine/memory_log.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

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
