#include "engine/engine.h"

#include <gtest/gtest.h>

#include "bus/event.h"
#include "engine/state.h"
#include "engine/test_world.h"
#include "log/test_log.h"
#include "observe/counters.h"
#include "queue/limits.h"

namespace athanor::engine {
namespace {

class EngineWaits : public ::testing::Test {
 protected:
  EngineWaits() { log_.is_durable_at_once = false; }

  void accept_event() {
    engine_.execute({}, [](Call& call) { call.journal.write(bus::EventAccepted{.detail = "{}"}); });
  }
  void commit() {
    engine_.tick();
    ASSERT_TRUE(log_.commit());
    engine_.on_commit();
  }

  log::MemoryLog log_;
  base::ManualClock clock_;
  StillWorld world_;
  observe::Counters counters_;
  // No invocation may wait, so that each delivery to a function is tried again later.
  Engine engine_{log_, clock_, world_, counters_, {.waiting_per_function_max = 0, .waiting_deliveries_max = 1}};
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

TEST_F(EngineWaits, OnceLongPollsHaveEndedNobodyWaits) {
  int told = 0;
  const auto wait_until = [&](base::Time deadline) {
    return engine_.wait_for_event(log_.end(), deadline, [&] { ++told; });
  };
  EXPECT_TRUE(wait_until(clock_.now() + std::chrono::seconds{5}));
  EXPECT_TRUE(wait_until(clock_.now() + std::chrono::seconds{20}));
  engine_.end_long_polls();
  EXPECT_EQ(told, 2);
  EXPECT_FALSE(wait_until(clock_.now() + std::chrono::seconds{20}));
  accept_event();
  commit();
  EXPECT_EQ(told, 2);
}

// A process keeps the code that it was started with, and so may the next start if the change was not durable.
TEST_F(EngineWaits, ProcessesOfAFunctionThatIsAnotherOrGoneEndWhenThatIsDurable) {
  const std::vector<std::string> arns{"arn:aws:lambda:f"};
  engine_.execute({}, [&](Call& call) { call.journal.write(function::FunctionPut{.arn = arns[0], .name = "f"}); });
  EXPECT_TRUE(world_.retired.empty());
  commit();
  EXPECT_EQ(std::exchange(world_.retired, {}), arns);
  engine_.execute({}, [&](Call& call) { call.journal.write(function::FunctionDeleted{arns[0]}); });
  EXPECT_TRUE(world_.retired.empty());
  commit();
  EXPECT_EQ(world_.retired, arns);
}

TEST_F(EngineWaits, WhatIsDurableDoesNotOvertakeWhatWaitedBefore) {
  std::string order;
  accept_event();
  engine_.when_committed([&](bool) { order += "first "; });
  ASSERT_TRUE(log_.commit());
  engine_.when_committed([&](bool) { order += "second "; });
  EXPECT_EQ(order, "");
  engine_.on_commit();
  EXPECT_EQ(order, "first second ");
}

TEST_F(EngineWaits, AClockThatIsSetBackKeepsNobody) {
  int told = 0;
  engine_.wait_for_event(log_.end(), clock_.now() + std::chrono::seconds{20}, [&] { ++told; });
  clock_.advance(-std::chrono::minutes{30});
  commit();
  EXPECT_EQ(told, 1);
}

TEST_F(EngineWaits, AReplayPausesWhileTooManyDeliveriesWaitOrTheDiskIsFull) {
  engine_.execute({}, [](Call& call) {
    call.journal.write(bus::EventBusPut{.arn = "bus", .name = "default"});
    call.journal.write(function::FunctionPut{.arn = "arn:aws:lambda:f", .name = "f"});
    call.journal.write(bus::RulePut{.arn = "rule", .bus_arn = "bus", .name = "r", .number = 1, .state = "ENABLED"});
    call.journal.write(
        bus::TargetsPut{"rule", {bus::Target{.id = "t", .arn = "arn:aws:lambda:f", .rule_arn = "rule"}}});
    call.journal.write(archive::ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1});
    call.journal.write(bus::EventAccepted{.bus_arn = "bus", .detail = "{}", .rules = {1}, .archives = {1}});
    call.journal.write(archive::ReplayStarted{.arn = "replay",
                                              .archive_arn = "archive",
                                              .archive_number = 1,
                                              .destination_arn = "bus",
                                              .until = call.journal.next_position()});
  });
  commit();
  ASSERT_EQ(engine_.state().deliveries.waiting(), 1U);
  EXPECT_EQ(world_.reads, 0);
  clock_.advance(std::chrono::hours{25});  // it is given up
  log_.disk_has_room = false;
  commit();
  EXPECT_EQ(engine_.state().deliveries.waiting(), 0U);
  EXPECT_EQ(world_.reads, 0);
  log_.disk_has_room = true;
  commit();
  EXPECT_EQ(world_.reads, 1);
}

// Step by step, so that requests in between are answered.
TEST_F(EngineWaits, FreesWhatADeletedQueueHeldAlsoWhenNobodyAsksForAnything) {
  const std::string arn = "arn:aws:sqs:us-east-1:123456789012:q";
  const auto write = [&](const auto& record) { engine_.execute({}, [&](Call& call) { call.journal.write(record); }); };
  write(queue::QueueCreated{.queue_arn = arn, .attributes = queue::default_attributes(false)});
  for (std::size_t i = 0; i < 2 * queue::kFreedForOne * base::kStepMax; ++i)
    write(queue::MessageSent{.queue_arn = arn, .message_id = {0, i}, .delay = std::chrono::seconds{900}});
  write(queue::QueueDeleted{arn});
  int ticks = 0;
  for (; engine_.next_due() && *engine_.next_due() <= clock_.now(); ++ticks) engine_.tick();
  EXPECT_GT(ticks, 2);
  EXPECT_FALSE(engine_.state().queues.has_removed());
}

}  // namespace
}  // namespace athanor::engine
