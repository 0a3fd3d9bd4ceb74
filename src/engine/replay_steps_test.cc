// A replay whose pages are read while everything else goes on.
#include "engine/replay_steps.h"

#include <gtest/gtest.h>

#include "archive/records.h"
#include "bus/event.h"
#include "engine/engine.h"
#include "engine/state.h"
#include "engine/test_world.h"
#include "log/test_log.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/b/r";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";
constexpr const char* kArchive = "arn:aws:events:us-east-1:123456789012:archive/a";
constexpr const char* kReplay = "arn:aws:events:us-east-1:123456789012:replay/p";

class ReplayOfOneEvent : public ::testing::Test {
 protected:
  ReplayOfOneEvent() {
    write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
    write(bus::EventBusPut{.arn = kBus, .name = "b"});
    write(bus::RulePut{.arn = kRule,
                       .bus_arn = kBus,
                       .name = "r",
                       .number = 1,
                       .event_pattern = R"({"source":["s"]})",
                       .state = "ENABLED"});
    write(bus::TargetsPut{kRule, {{.id = "t", .arn = kQueue, .rule_arn = kRule}}});
    write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1});
    event_ = log_.end();
    bus::EventAccepted event{.bus_arn = kBus, .id = "00000000-0000-8000-8000-000000000000", .source = "s"};
    event.detail = "{}";
    event.archives = {1};
    write(event);
    start();
  }

  template <class Record>
  void write(const Record& record) {
    engine_.execute({}, [&](Call& call) { call.journal.write(record); });
  }
  void start() {
    write(archive::ReplayStarted{.arn = kReplay,
                                 .name = "p",
                                 .archive_arn = kArchive,
                                 .archive_number = 1,
                                 .destination_arn = kBus,
                                 .event_end = clock_.now(),
                                 .from = event_,
                                 .until = log_.end()});
  }
  void take_page() {
    ASSERT_FALSE(world_.posted.empty());
    engine_.execute({}, std::move(world_.posted.front()));
    world_.posted.pop_front();
  }
  std::size_t delivered() { return engine_.state().queues.find(kQueue)->messages.counts(clock_.now()).visible; }
  archive::ReplayState state() { return engine_.state().replays.find(kReplay)->state; }

  log::MemoryLog log_;
  base::ManualClock clock_;
  ReadingWorld world_{log_};
  observe::Counters counters_;
  log::LogPosition event_;
  Engine engine_{log_, clock_, world_, counters_, {}};
};

TEST_F(ReplayOfOneEvent, DeliversIt) {
  engine_.tick();
  take_page();
  EXPECT_EQ(delivered(), 1U);
  engine_.tick();
  EXPECT_EQ(state(), archive::ReplayState::Completed);
}

TEST_F(ReplayOfOneEvent, DeliversNothingMoreWhenItWasCancelledMeanwhile) {
  engine_.tick();
  write(archive::ReplayStateChanged{kReplay, archive::ReplayState::Cancelling, {}});
  take_page();
  EXPECT_EQ(delivered(), 0U);
  engine_.tick();
  EXPECT_EQ(state(), archive::ReplayState::Cancelled);
}

TEST_F(ReplayOfOneEvent, TakesNoPageOfAnotherOfItsName) {
  engine_.tick();
  write(archive::ReplayDeleted{kReplay});
  start();
  take_page();
  EXPECT_EQ(delivered(), 0U);
  engine_.tick();
  take_page();
  EXPECT_EQ(delivered(), 1U);
}

// Otherwise its steps would be empty, one record each, until the disk had caught up.
TEST_F(ReplayOfOneEvent, IsReadWhenAllOfItIsDurable) {
  log_.is_durable_at_once = false;
  engine_.tick();
  EXPECT_TRUE(world_.posted.empty());
  ASSERT_TRUE(log_.commit());
  engine_.on_commit();
  EXPECT_FALSE(world_.posted.empty());
}

}  // namespace
}  // namespace athanor::engine
