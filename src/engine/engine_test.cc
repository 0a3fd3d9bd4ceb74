#include "engine/engine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "delivery/origin.h"
#include "engine/contents.h"
#include "engine/records.h"
#include "engine/state.h"
#include "engine/test_world.h"
#include "log/codec.h"
#include "log/records_lost.h"
#include "log/test_log.h"
#include "queue/attributes.h"

namespace athanor::engine {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";
constexpr const char* kDestination = "arn:aws:sqs:us-east-1:123456789012:destination";
constexpr const char* kRuleQueue = "arn:aws:sqs:us-east-1:123456789012:of-the-rule";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";
constexpr const char* kEventId = "00000000-0000-8000-8000-000000000000";
constexpr const char* kArchive = "arn:aws:events:us-east-1:123456789012:archive/a";
constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/b/r";
constexpr const char* kReplay = "arn:aws:events:us-east-1:123456789012:replay/p";

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(engine_.recover()); }

  template <class Record>
  void write(const Record& record) {
    engine_.execute({}, [&](Call& call) { call.journal.write(record); });
  }
  std::size_t messages(Engine& engine) {
    return engine.state().queues.find(kQueue)->messages.counts(clock_.now()).visible;
  }

  // A replay of this many events, which a rule sends to the queue.
  void start_replay(std::size_t events, const std::string& target_id) {
    write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
    write(bus::EventBusPut{.arn = kBus, .name = "b"});
    write(bus::RulePut{.arn = kRule,
                       .bus_arn = kBus,
                       .name = "r",
                       .number = 1,
                       .event_pattern = R"({"source":["s"]})",
                       .state = "ENABLED"});
    write(bus::TargetsPut{kRule, {{.id = target_id, .arn = kQueue, .rule_arn = kRule}}});
    write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1});
    bus::EventAccepted event{.bus_arn = kBus, .id = kEventId, .time = clock_.now(), .source = "s"};
    event.detail = "{}";
    event.archives = {1};
    const log::LogPosition from = log_.end();
    for (std::size_t i = 0; i < events; ++i) write(event);
    start_replay(from, "p");
  }
  // Of everything in the archive from there on.
  void start_replay(log::LogPosition from, std::string name) {
    write(archive::ReplayStarted{.arn = kReplay,
                                 .name = std::move(name),
                                 .archive_arn = kArchive,
                                 .archive_number = 1,
                                 .destination_arn = kBus,
                                 .event_start = clock_.now(),
                                 .event_end = clock_.now(),
                                 .from = from,
                                 .until = log_.end()});
  }
  static void step(Engine& engine, ReadingWorld& world) {
    engine.tick();
    for (; !world.posted.empty(); world.posted.pop_front()) engine.execute({}, std::move(world.posted.front()));
  }

  queue::MessageContent received(const std::string& queue) {
    std::optional<Result<queue::MessageContent>> content;
    engine_.execute({}, [&](Call& call) {
      const auto messages = call.works.queues.receive(queue, {}, call.now, call.journal);
      if (messages && !messages->empty())
        content = read_message(log_, messages->front().position, *messages->front().origin);
    });
    EXPECT_TRUE(content && *content) << queue;
    return content && *content ? **content : queue::MessageContent{};
  }

  log::MemoryLog log_;
  base::ManualClock clock_;
  observe::Counters counters_;
  ReadingWorld world_{log_};
  Engine engine_{log_, clock_, world_, counters_, {}};
};

// What its decision writes after it may depend on it, and is missing as well.
TEST_F(EngineTest, RefusesARecordThatTheLogDoesNotTakeAndGoesOn) {
  engine_.execute({}, [&](Call& call) {
    call.journal.write(queue::QueueCreated{.queue_arn = kQueue});
    call.journal.write(queue::MessageSent{.queue_arn = kQueue, .body = std::string(9'000'000, 'x')});
    call.journal.write(queue::MessageSent{.queue_arn = kQueue, .body = "behind it"});
  });
  ASSERT_TRUE(engine_.refusal());
  EXPECT_EQ(engine_.refusal()->code, ErrorCode::RequestTooLarge);
  EXPECT_FALSE(engine_.has_stopped());
  EXPECT_EQ(messages(engine_), 0U);
  EXPECT_EQ(log_.records.size(), 1U);

  write(queue::MessageSent{.queue_arn = kQueue, .body = "the next decision"});
  EXPECT_FALSE(engine_.refusal());
  EXPECT_EQ(messages(engine_), 1U);

  Engine restarted{log_, clock_, world_, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_EQ(restarted.state().save(), engine_.state().save());
}

TEST_F(EngineTest, CountsNothingAgainThatItReadsAtAStart) {
  start_replay(1, "t");
  write(bus::EventAccepted{.bus_arn = kBus, .detail = "{}", .rules = {1}});
  const auto is_counted = [](const std::pair<std::string, std::uint64_t>& one) { return one.second > 0; };
  EXPECT_TRUE(std::ranges::any_of(counters_.all(), is_counted));
  observe::Counters counters;
  Engine restarted{log_, clock_, world_, counters, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_FALSE(std::ranges::any_of(counters.all(), is_counted));
}

TEST_F(EngineTest, GoesOnWhereTheLogIsBusyAndNotWhereItHasStopped) {
  log_.refuses = Error{ErrorCode::Throttled, "Try again later.", {}};
  write(bus::EventAccepted{});
  EXPECT_EQ(engine_.refusal()->code, ErrorCode::Throttled);
  EXPECT_FALSE(engine_.has_stopped());
  log_.refuses->code = ErrorCode::Unavailable;
  write(bus::EventAccepted{});
  EXPECT_TRUE(engine_.has_stopped());
}

// A snapshot may find no room, or another may come before it is saved.
TEST_F(EngineTest, FreesWhatTheTwoSnapshotsThatWereSavedCanDoWithout) {
  const auto take = [&] {
    write(bus::EventAccepted{});
    return engine_.take_snapshot(true).value();
  };
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{0});
  take();
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{1}) << "the first needs it";
  EXPECT_EQ(engine_.snapshot_saved(take()).floor, log::LogPosition{3});
}

TEST_F(EngineTest, TakesASnapshotOfALogThatHasNone) {
  write(bus::EventAccepted{});
  Engine next{log_, clock_, world_, counters_, {.snapshot_every_bytes = 1}};
  ASSERT_TRUE(next.recover());
  EXPECT_TRUE(next.take_snapshot(false)) << "else one that is killed now and then never takes any";
  EXPECT_FALSE(next.take_snapshot(true)) << "nothing has been written since";
}

// What a function says about its failure may be of any length: each dead letter still takes some hundred bytes in
// memory and in a snapshot, and has the full text when it is received.
TEST_F(EngineTest, KeepsWhatAFunctionSaidOfItsFailureInTheLogAlone) {
  constexpr std::size_t kEach = 300;
  const std::string said = R"({"errorMessage":"no lamp","stackTrace":[")" + std::string(60'000, 's') + R"("]})";
  for (const char* queue : {kQueue, kDestination, kRuleQueue})
    write(queue::QueueCreated{.queue_arn = queue, .attributes = queue::default_attributes(false)});
  const function::InvokeConfig once{.retries_max = 0};
  function::InvokeConfig with_destination = once;
  with_destination.on_failure = kDestination;
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  const auto fail = [&](const std::string& id) {
    write(function::InvocationFailed{.request_id = id, .error_type = "E", .error_message = said});
  };
  const auto invoke_and_fail = [&](const std::string& id) {
    write(function::InvokeRequested{kFunction, id, R"({"n":1})"});
    fail(id);
  };
  write(function::InvokeConfigPut{kFunction, once});
  for (std::size_t i = 0; i < kEach; ++i) invoke_and_fail(fmt::format("q{}", i));
  write(function::InvokeConfigPut{kFunction, with_destination});
  for (std::size_t i = 0; i < kEach; ++i) invoke_and_fail(fmt::format("d{}", i));
  // A function that has neither: its failures go to the queue of the rule.
  write(function::FunctionPut{.arn = kFunction, .name = "f"});
  write(function::InvokeConfigPut{kFunction, once});
  const auto origin = std::make_shared<const std::string>(log::encode(delivery::Origin{
      .target = {.id = "1", .arn = kFunction, .dead_letter_arn = kRuleQueue, .rule_arn = "rule"}, .replay_name = {}}));
  for (std::size_t i = 0; i < kEach; ++i) {
    const log::LogPosition position = log_.end();
    bus::EventAccepted event{.bus_arn = kBus, .id = kEventId, .source = "s"};
    event.detail = "{}";
    write(event);
    engine_.state().invocations.accept(kFunction, {position, origin, fmt::format("r{}", i)}, clock_.now());
    fail(fmt::format("r{}", i));
  }

  std::string saved;
  engine_.state().queues.save(saved);
  EXPECT_LT(saved.size(), 3 * kEach * 700);
  EXPECT_EQ(received(kQueue).attributes["ErrorMessage"].value, "no lamp");
  EXPECT_THAT(received(kDestination).body, HasSubstr(said.substr(1, said.size() - 2)));
  EXPECT_EQ(received(kRuleQueue).attributes["ERROR_MESSAGE"].value, said);

  for (log::Record& record : log_.records) {
    if (record.type == function::InvocationFailed::kType) record.type = log::RecordsLost::kType;
  }
  const queue::MessageContent without = received(kQueue);
  EXPECT_EQ(without.body, R"({"n":1})") << "it is not lost by what was said of it";
  EXPECT_THAT(without.attributes.at("ErrorMessage").value, HasSubstr("was lost"));
}

// SQS refuses a message with an empty attribute: whoever forwards the letter could not send it.
TEST_F(EngineTest, OfAFunctionThatFailedWithoutAWordThereIsNoErrorMessage) {
  write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  write(function::InvokeConfigPut{kFunction, function::InvokeConfig{.retries_max = 0}});
  write(function::InvokeRequested{kFunction, "request", "{}"});
  write(function::InvocationFailed{.request_id = "request"});
  const auto letter = received(kQueue);
  EXPECT_TRUE(letter.attributes.contains("RequestID"));
  EXPECT_FALSE(letter.attributes.contains("ErrorMessage"));
}

// A log read by another machine or another build gives the same messages.
TEST_F(EngineTest, GivesTheDeadLettersOfAFunctionTheSameIdsEverywhere) {
  write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  write(function::InvokeConfigPut{kFunction, function::InvokeConfig{.retries_max = 0}});
  write(function::InvokeRequested{kFunction, "request", "{}"});
  write(function::InvocationFailed{.request_id = "request"});
  engine_.execute({}, [](Call& call) {
    const auto messages = call.works.queues.receive(kQueue, {}, call.now, call.journal);
    ASSERT_TRUE(messages && messages->size() == 1);
    EXPECT_EQ(messages->front().id.text(), "85ffcce4-6b6e-4a3d-8372-d8b2015ac2e5");
  });
}

// Both are told, as with Lambda. A record from before that rule tells only the first: whatever came into the second
// afterwards already has its number among that queue's messages.
TEST_F(EngineTest, TellsTheDestinationAndTheDeadLetterQueueOfAFunction) {
  for (const char* queue : {kQueue, kDestination})
    write(queue::QueueCreated{.queue_arn = queue, .attributes = queue::default_attributes(false)});
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  const auto invoke_and_fail = [&](const std::string& id, const char* destination, bool to_both) {
    write(function::InvokeConfigPut{kFunction, function::InvokeConfig{.retries_max = 0, .on_failure = destination}});
    write(function::InvokeRequested{kFunction, id, R"({"n":1})"});
    write(
        function::InvocationFailed{.request_id = id, .error_message = R"({"errorMessage":"no"})", .to_both = to_both});
  };
  const auto counts = [&] {
    const auto visible = [&](const char* queue) {
      return engine_.state().queues.find(queue)->messages.counts(clock_.now()).visible;
    };
    return std::pair{visible(kDestination), visible(kQueue)};
  };
  invoke_and_fail("old", kDestination, false);
  EXPECT_EQ(counts(), (std::pair{1UZ, 0UZ}));
  invoke_and_fail("both", kDestination, true);
  EXPECT_EQ(counts(), (std::pair{2UZ, 1UZ}));
  invoke_and_fail("gone", "arn:aws:sqs:us-east-1:123456789012:gone", true);
  EXPECT_EQ(counts(), (std::pair{2UZ, 2UZ}));
  invoke_and_fail("twice", kQueue, true);
  EXPECT_EQ(counts(), (std::pair{2UZ, 4UZ}));

  engine_.execute({}, [](Call& call) {
    const auto letters = call.works.queues.receive(kQueue, {.count_max = 10}, call.now, call.journal);
    ASSERT_TRUE(letters && letters->size() == 4);
    std::set<std::string> ids;
    for (const auto& letter : *letters) {
      ids.insert(letter.id.text());
      EXPECT_EQ(letter.group_id, "") << "only a FIFO queue has groups";
    }
    EXPECT_EQ(ids.size(), 4U);
  });
  Engine restarted{log_, clock_, world_, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_EQ(restarted.state().save(), engine_.state().save());
}

TEST_F(EngineTest, DeadLettersWhatWaitedForADeletedFunction) {
  write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  write(bus::EventBusPut{.arn = kBus, .name = "b"});
  write(bus::RulePut{.arn = kRule, .bus_arn = kBus, .name = "r", .number = 1, .state = "ENABLED"});
  write(bus::TargetsPut{kRule, {{.id = "t", .arn = kFunction, .input = R"({"n":1})", .rule_arn = kRule}}});
  bus::EventAccepted event{.bus_arn = kBus, .id = kEventId, .source = "s"};
  event.detail = "{}";
  event.rules = {1};
  write(event);
  write(function::InvokeRequested{kFunction, "request", R"({"n":2})"});
  write(function::FunctionDeleted{.arn = kFunction, .in_steps = true});
  engine_.tick();

  Engine restarted{log_, clock_, world_, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_EQ(restarted.state().save(), engine_.state().save());
  for (const char* body : {R"({"n":1})", R"({"n":2})"}) {
    const queue::MessageContent letter = received(kQueue);
    EXPECT_EQ(letter.body, body);
    EXPECT_EQ(letter.attributes.at("ErrorMessage").value, "The function was deleted.");
  }
  EXPECT_EQ(messages(engine_), 0U);
}

// A reserved concurrency of 0 loses nothing when there is no queue to report to.
TEST_F(EngineTest, WhatAFunctionMayNotRunWaitsWhereNoQueueWouldHaveIt) {
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  write(function::ConcurrencyPut{kFunction, 0});
  write(function::InvokeRequested{kFunction, "request", "{}"});
  for (const char* destination : {"", "arn:aws:sns:us-east-1:123456789012:topic", kFunction, kDestination}) {
    write(function::InvokeConfigPut{kFunction, function::InvokeConfig{.on_failure = destination}});
    engine_.tick();
    EXPECT_EQ(engine_.state().invocations.waiting(), 1U) << destination;
    EXPECT_GT(engine_.next_due(), clock_.now()) << destination;
  }
  write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
  engine_.tick();
  EXPECT_EQ(engine_.state().invocations.waiting(), 0U);
  EXPECT_EQ(messages(engine_), 1U);
}

// The function that would say where reports go no longer exists.
TEST_F(EngineTest, ReportsWhatAFunctionFailsThatWasDeletedMeanwhile) {
  for (const char* arn : {kDestination, kQueue})
    write(queue::QueueCreated{.queue_arn = arn, .attributes = queue::default_attributes(false)});
  write(function::FunctionPut{.arn = kFunction, .name = "f", .dead_letter_arn = kQueue});
  write(function::InvokeConfigPut{kFunction, function::InvokeConfig{.on_failure = kDestination}});
  for (const char* id : {"fails", "succeeds"}) write(function::InvokeRequested{kFunction, id, R"({"n":1})"});
  write(function::FunctionDeleted{.arn = kFunction, .in_steps = true});
  write(function::InvocationSettled{"succeeds"});
  write(
      function::InvocationFailed{.request_id = "fails", .error_message = R"({"errorMessage":"no"})", .to_both = true});

  Engine restarted{log_, clock_, world_, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_EQ(restarted.state().save(), engine_.state().save());
  EXPECT_EQ(restarted.state().invocations.waiting(), 0U);
  EXPECT_THAT(received(kDestination).body, HasSubstr(R"("approximateInvokeCount":1)"));
  EXPECT_EQ(received(kQueue).attributes.at("ErrorMessage").value, "no");
}

TEST_F(EngineTest, FailsAReplayToABusThatWasDeleted) {
  write(bus::EventBusPut{.arn = kBus, .name = "b"});
  write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1});
  write(archive::ReplayStarted{
      .arn = kReplay, .archive_arn = kArchive, .archive_number = 1, .destination_arn = kBus, .until = log_.end()});
  write(bus::EventBusDeleted{kBus});
  engine_.tick();
  const archive::Replay& replay = *engine_.state().replays.find(kReplay);
  EXPECT_EQ(replay.state, archive::ReplayState::Failed);
  EXPECT_EQ(replay.state_reason, "The event bus was deleted amid the replay.");
}

// 50,000 deliveries of one event, some 180 bytes each, are more than one record holds.
TEST_F(EngineTest, ReplaysAnEventToMoreTargetsThanOneRecordHolds) {
  constexpr std::uint64_t kRules = 10'000;
  constexpr std::size_t kTargets = 5;
  write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
  write(bus::EventBusPut{.arn = kBus, .name = "b"});
  write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1});
  for (std::uint64_t number = 1; number <= kRules; ++number) {
    const std::string arn = fmt::format("arn:aws:events:us-east-1:123456789012:rule/b/{}", number);
    write(bus::RulePut{.arn = arn,
                       .bus_arn = kBus,
                       .name = fmt::format("{}", number),
                       .number = number,
                       .event_pattern = R"({"source":["s"]})",
                       .state = "ENABLED"});
    bus::TargetsPut targets{arn, {}};
    for (std::size_t i = 0; i < kTargets; ++i)
      targets.targets.push_back({.id = fmt::format("{:064}", i), .arn = kQueue, .rule_arn = arn});
    write(targets);
  }
  bus::EventAccepted event{.bus_arn = kBus, .id = kEventId, .time = clock_.now(), .source = "s"};
  event.detail = "{}";
  event.archives = {1};
  const log::LogPosition from = log_.end();
  write(event);
  write(event);
  start_replay(from, std::string(64, 'r'));
  std::vector<std::size_t> delivered;
  for (int i = 0; i < 10 && engine_.state().replays.find(kReplay)->is_active(); ++i) {
    step(engine_, world_);
    delivered.push_back(messages(engine_));
    EXPECT_FALSE(engine_.refusal());
  }
  EXPECT_FALSE(engine_.has_stopped());
  const std::size_t of_one = kRules * kTargets;
  EXPECT_EQ(delivered, (std::vector{of_one, 2 * of_one, 2 * of_one})) << "one event a step, as there are so many";
  EXPECT_EQ(engine_.state().replays.find(kReplay)->events, 2U);
}

// Everyone else waits during a step.
TEST_F(EngineTest, TakesAReplayToManyTargetsInShortSteps) {
  constexpr std::size_t kTargets = 400;
  constexpr std::size_t kEvents = 7;
  start_replay(kEvents, "0");
  bus::TargetsPut targets{kRule, {}};
  for (std::size_t i = 1; i < kTargets; ++i)
    targets.targets.push_back({.id = fmt::format("{}", i), .arn = kQueue, .rule_arn = kRule});
  write(targets);
  std::vector<std::size_t> delivered;
  for (int i = 0; i < 10 && engine_.state().replays.find(kReplay)->is_active(); ++i) {
    step(engine_, world_);
    delivered.push_back(messages(engine_));
  }
  EXPECT_EQ(delivered, (std::vector<std::size_t>{1'200, 2'400, 2'800, 2'800}));
  EXPECT_EQ(engine_.state().replays.find(kReplay)->events, kEvents);

  std::vector<log::LogPosition> positions;
  std::set<std::pair<log::LogPosition, std::string>> places;
  for (const log::Record& record : log_.records) {
    if (record.type != ReplayPageTaken::kType) continue;
    for (const auto& delivery : log::decode<ReplayPageTaken>(record.payload)->replayed.deliveries) {
      positions.push_back(delivery.position);
      EXPECT_TRUE(places.emplace(delivery.position, delivery.target_id).second) << "once";
    }
  }
  EXPECT_EQ(places.size(), kEvents * kTargets);
  EXPECT_TRUE(std::ranges::is_sorted(positions));
}

// Only what is durable can be read; a sync per page would take a third of a replay's time.
TEST_F(EngineTest, WaitsForNoSyncBetweenThePagesOfAReplay) {
  log_.is_durable_at_once = false;
  start_replay(3, "t");
  step(engine_, world_);
  EXPECT_EQ(messages(engine_), 0U) << "the events are not durable";
  ASSERT_TRUE(log_.commit());

  Engine paged{log_, clock_, world_, counters_, {.replay_page_events = 1}};
  ASSERT_TRUE(paged.recover());
  for (const std::size_t taken : {1U, 2U, 3U}) {
    step(paged, world_);
    EXPECT_EQ(messages(paged), taken);
  }
}

// Another archive may have its name by now, and keep other events.
TEST_F(EngineTest, EndsAReplayWhoseArchiveWasDeleted) {
  start_replay(2, "t");
  Engine paged{log_, clock_, world_, counters_, {.replay_page_events = 1}};
  ASSERT_TRUE(paged.recover());
  step(paged, world_);
  EXPECT_EQ(messages(paged), 1U);
  paged.execute({}, [](Call& call) {
    call.journal.write(archive::ArchiveDeleted{kArchive});
    call.journal.write(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 2});
  });
  step(paged, world_);
  const archive::Replay& replay = *paged.state().replays.find(kReplay);
  EXPECT_EQ(replay.state, archive::ReplayState::Failed);
  EXPECT_EQ(replay.state_reason, "The archive was deleted while it was replayed.");
  EXPECT_EQ(messages(paged), 1U);
}

// The crash loses the rest of a page: a record holds a megabyte or two of its deliveries.
TEST_F(EngineTest, GoesOnAmidAPageOfAReplay) {
  start_replay(3, std::string(600'000, 't'));
  step(engine_, world_);
  EXPECT_EQ(messages(engine_), 3U);
  log::MemoryLog cut;
  for (const log::Record& record : log_.records) {
    cut.records.push_back(record);
    if (record.type == ReplayPageTaken::kType) break;
  }
  ASSERT_LT(cut.records.size(), log_.records.size()) << "the page has two parts";

  ReadingWorld world{cut};
  Engine restarted{cut, clock_, world, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  EXPECT_EQ(messages(restarted), 2U);
  step(restarted, world);
  EXPECT_EQ(messages(restarted), 3U);
  EXPECT_EQ(restarted.state().replays.find(kReplay)->events, 3U);
  step(restarted, world);
  EXPECT_EQ(restarted.state().replays.find(kReplay)->state, archive::ReplayState::Completed);
}

// --- A rule that runs by the clock

class ScheduledRule : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    write(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(false)});
    put_rule("rate(1 minute)");
    write(bus::TargetsPut{kTick, {{.id = "q", .arn = kQueue, .rule_arn = kTick}}});
  }

  void put_rule(const char* expression) {
    write(bus::RulePut{.arn = kTick,
                       .bus_arn = "arn:aws:events:us-east-1:123456789012:event-bus/default",
                       .name = "tick",
                       .number = 1,
                       .schedule_expression = expression,
                       .state = "ENABLED"});
  }

  static constexpr const char* kTick = "arn:aws:events:us-east-1:123456789012:rule/tick";
};

TEST_F(ScheduledRule, RunsWhenItsTimeHasComeAndNotAgainAfterARestart) {
  EXPECT_EQ(engine_.next_due(), clock_.now() + std::chrono::minutes{1});
  clock_.advance(std::chrono::seconds{59});
  engine_.tick();
  EXPECT_EQ(messages(engine_), 0U);
  clock_.advance(std::chrono::seconds{1});
  engine_.tick();
  engine_.tick();
  EXPECT_EQ(messages(engine_), 1U);

  for (const bool with_snapshot : {false, true}) {
    if (with_snapshot) log_.snapshot = engine_.take_snapshot(true)->snapshot;
    Engine restarted{log_, clock_, world_, counters_, {}};
    ASSERT_TRUE(restarted.recover());
    restarted.tick();
    EXPECT_EQ(messages(restarted), 1U);
    EXPECT_EQ(restarted.next_due(), clock_.now() + std::chrono::minutes{1});
  }
}

// There may be room again at any moment.
TEST_F(ScheduledRule, WaitsWhileTheDiskIsFullAndAsksAgainInASecond) {
  log_.disk_has_room = false;
  clock_.advance(std::chrono::minutes{1});
  engine_.tick();
  EXPECT_EQ(engine_.next_due(), clock_.now() + std::chrono::seconds{1});
  clock_.advance(std::chrono::seconds{1});
  engine_.tick();
  EXPECT_EQ(messages(engine_), 0U);

  log_.disk_has_room = true;
  clock_.advance(std::chrono::seconds{1});
  engine_.tick();
  EXPECT_EQ(messages(engine_), 1U);
}

// Its checksum is right, so the log returns it: the error names the file that athanor log repair takes out.
TEST_F(EngineTest, NamesASnapshotThatHoldsNoState) {
  log_.snapshot = log::Snapshot{log::LogPosition{0xabc}, "\xff"};
  Engine restarted{log_, clock_, world_, counters_, {}};
  const auto recovered = restarted.recover();
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(recovered.error().message, HasSubstr("snapshot-0000000000000abc "));
}

// A snapshot from a version without schedules: missed runs are not made up for.
TEST_F(ScheduledRule, BeginsWithAnOldSnapshot) {
  put_rule("rate(1 hour)");
  clock_.advance(std::chrono::minutes{607});
  std::string state = engine_.state().save();
  const auto name = state.find("schedules");
  ASSERT_NE(name, std::string::npos);
  state.replace(name, 9, "unheardof");
  log_.snapshot = log::Snapshot{log_.end(), state};
  Engine restarted{log_, clock_, world_, counters_, {}};
  ASSERT_TRUE(restarted.recover());
  restarted.tick();
  EXPECT_EQ(messages(restarted), 0U);
  ASSERT_TRUE(restarted.next_due());
  EXPECT_LE(*restarted.next_due(), clock_.now() + std::chrono::hours{1});
  clock_.set(*restarted.next_due());
  restarted.tick();
  EXPECT_EQ(messages(restarted), 1U);
}

}  // namespace
}  // namespace athanor::engine
