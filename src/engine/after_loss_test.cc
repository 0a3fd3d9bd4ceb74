// Rebuilds the state across a hole at every place of a log that holds every kind of record.
#include "engine/after_loss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "function/invocations.h"
#include "log/codec.h"

namespace athanor::engine {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/b/r";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";
constexpr const char* kDeadLetters = "arn:aws:sqs:us-east-1:123456789012:d";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";
constexpr const char* kArchive = "arn:aws:events:us-east-1:123456789012:archive/a";
constexpr const char* kReplay = "arn:aws:events:us-east-1:123456789012:replay/p";

struct Written {
  log::RecordType type;
  std::string payload;
};

template <class R>
Written written(const R& record) {
  return {R::kType, log::encode(record)};
}

Written sent(std::string body) {
  queue::MessageSent record{.queue_arn = kQueue, .body = std::move(body)};
  return written(record);
}

Written event(std::vector<std::uint64_t> rules) {
  bus::EventAccepted record;
  record.bus_arn = kBus;
  record.id = "00000000-0000-8000-8000-000000000000";
  record.source = "s";
  record.detail_type = "t";
  record.detail = "{}";
  record.rules = std::move(rules);
  record.archives = {1};
  return written(record);
}

std::vector<queue::Sequence> sequences(std::initializer_list<std::uint64_t> numbers) {
  std::vector<queue::Sequence> made;
  for (const std::uint64_t number : numbers) made.push_back(queue::Sequence{number});
  return made;
}

// A log with every kind of record, in which each record needs some of those before it.
std::vector<Written> life() {
  bus::Target to_queue{.id = "1", .arn = kQueue, .rule_arn = kRule};
  bus::Target to_function{.id = "2", .arn = kFunction, .rule_arn = kRule};
  using namespace std::chrono_literals;
  queue::Attributes attributes;
  attributes.maximum_message_size = 262'144;
  return {written(bus::EventBusPut{.arn = kBus, .name = "b"}),
          written(bus::RulePut{.arn = kRule,
                               .bus_arn = kBus,
                               .name = "r",
                               .number = 1,
                               .event_pattern = R"({"source":["s"]})",
                               .state = "ENABLED"}),
          written(queue::QueueCreated{.queue_arn = kQueue, .attributes = attributes}),
          written(queue::QueueCreated{.queue_arn = kDeadLetters}),
          written(queue::QueueAttributesSet{.queue_arn = kQueue, .attributes = attributes}),
          written(queue::QueueTagsSet{.queue_arn = kQueue}),
          written(function::FunctionPut{.arn = kFunction, .name = "f"}),
          written(function::InvokeConfigPut{kFunction, function::InvokeConfig{}}),
          written(function::ConcurrencyPut{kFunction, 1}),
          written(function::PermissionsPut{.arn = kFunction}),
          written(archive::ArchivePut{.arn = kArchive, .name = "a", .bus_arn = kBus, .number = 1}),
          written(bus::TargetsPut{kRule, {to_queue, to_function}}),
          written(bus::TagsPut{kRule, {}}),
          event({1}),
          sent("2"),
          sent("3"),
          sent("4"),
          written(queue::MessagesReceived{kQueue, sequences({1, 2}), 30s}),
          written(queue::VisibilityChanged{kQueue, queue::Sequence{2}, 60s}),
          written(queue::MessagesDeleted{kQueue, sequences({1})}),
          written(queue::MessagesDeadLettered{kQueue, kDeadLetters, sequences({2})}),
          written(function::InvokeRequested{kFunction, "id", "{}"}),
          written(function::InvocationFailed{.request_id = "id", .error_type = "E"}),
          written(function::InvocationSettled{"id"}),
          written(archive::ReplayStarted{.arn = kReplay, .name = "p", .archive_arn = kArchive, .archive_number = 1}),
          written(delivery::EventsReplayed{"p", {}}),
          written(archive::ReplayAdvanced{.arn = kReplay}),
          written(ReplayPageTaken{{"p", {}}, {.arn = kReplay}}),
          written(archive::ReplayStateChanged{kReplay, archive::ReplayState::Completed, {}}),
          written(delivery::DeliveriesRetried{{}}),
          sent("5"),
          sent("6"),
          written(queue::MessagesDeleted{kQueue, sequences({5})}),
          written(queue::MessagesExpired{kDeadLetters, base::Time{}}),
          written(queue::QueuePurged{kDeadLetters}),
          written(queue::QueueDeleted{kDeadLetters}),
          written(archive::ArchiveDeleted{kArchive}),
          written(archive::ReplayDeleted{kReplay}),
          written(bus::TargetsRemoved{kRule, {"1"}}),
          written(bus::RuleDeleted{kRule}),
          written(bus::EventBusDeleted{kBus}),
          written(function::FunctionDeleted{kFunction}),
          written(function::InvocationsGivenUp{{"id"}}),
          written(stack::StackPut{.id = "s"}),
          written(stack::StackDeleted{"s"})};
}

// Applies all records except those in [from, until), which a hole replaces.
void apply_around(State& state, const std::vector<Written>& records, std::size_t from, std::size_t until) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool lost = i >= from && i < until;
    if (lost && i > from) continue;
    const Written record = lost ? written(log::RecordsLost{"\0"}) : records[i];
    const auto applied = state.apply(record.type, record.payload, log::LogPosition{i * 100},
                                     base::Time{base::Duration{static_cast<std::int64_t>(1'000 * i)}});
    ASSERT_TRUE(applied) << applied.error().message;
  }
}

// The positions of the bodies of what is left in the queue.
std::vector<std::uint64_t> left(const State& state) {
  std::vector<std::uint64_t> positions;
  const queue::Queue* const queue = state.queues.find(kQueue);
  if (queue == nullptr) return positions;
  queue->messages.for_each(
      [&](queue::Sequence, const queue::Message& message) { positions.push_back(message.position.value / 100); });
  return positions;
}

TEST(AfterLoss, EveryRecordOfALifeAppliesWithoutAHole) {
  observe::Counters counters;
  State state{counters, 16, function::kWaitingPerFunctionMax};
  const auto records = life();
  apply_around(state, records, records.size(), records.size());
  EXPECT_EQ(left(state), (std::vector<std::uint64_t>{15, 16, 31})) << "3, 4 and 6";
}

TEST(AfterLoss, NothingIsAskedOfWhatIsNotThereWhereverTheHoleIs) {
  const auto records = life();
  for (std::size_t from = 0; from < records.size(); ++from) {
    for (const std::size_t until : {from + 1, from + 3, from + 12}) {
      SCOPED_TRACE(testing::Message() << "without records " << from << " to " << until);
      observe::Counters counters;
      State state{counters, 16, function::kWaitingPerFunctionMax};
      ASSERT_NO_FATAL_FAILURE(apply_around(state, records, from, until));
      const std::string saved = state.save();
      State again{counters, 16, function::kWaitingPerFunctionMax};
      ASSERT_TRUE(again.load(saved)) << "a snapshot of it is one";
    }
  }
}

// As in a log put together from the files of two lives.
TEST(AfterLoss, WhereNothingSaysThatRecordsAreLostARecordOfWhatIsNotThereIsRefused) {
  const auto records = life();
  std::size_t refused = 0;
  for (std::size_t from = 0; from < records.size(); ++from) {
    for (const std::size_t until : {from + 1, from + 3, from + 12}) {
      observe::Counters counters;
      State state{counters, 16, function::kWaitingPerFunctionMax};
      Result<void> applied;
      for (std::size_t i = 0; i < records.size() && applied; ++i) {
        if (i >= from && i < until) continue;
        applied = state.apply(records[i].type, records[i].payload, log::LogPosition{i * 100}, {});
      }
      if (applied) continue;
      ++refused;
      EXPECT_EQ(applied.error().code, ErrorCode::Corrupt);
      EXPECT_THAT(applied.error().message, testing::HasSubstr("The record at position "));
    }
  }
  EXPECT_GT(refused, records.size());
}

TEST(AfterLoss, SoIsOneOfWhichOnlyAPartIsThere) {
  const std::string queue = "arn:aws:sqs:us-east-1:123456789012:q";
  observe::Counters counters;
  State state{counters, 16, function::kWaitingPerFunctionMax};
  const auto apply = [&](const auto& record) {
    return state.apply(record.kType, log::encode(record), log::LogPosition{0}, {});
  };
  ASSERT_TRUE(apply(queue::QueueCreated{.queue_arn = queue, .attributes = queue::default_attributes(false)}));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(apply(queue::MessageSent{.queue_arn = queue, .body = "x"}));
  EXPECT_TRUE(apply(queue::MessagesDeleted{queue, {queue::Sequence{1}}}));
  EXPECT_EQ(apply(queue::MessagesDeleted{queue, {queue::Sequence{2}, queue::Sequence{9}}}).error().code,
            ErrorCode::Corrupt);
}

// With the record of message 3 gone, "delete 5" would refer to a different message than before.
TEST(AfterLoss, WhatWasDeletedComesBackAndNothingElseGoes) {
  const auto records = life();
  observe::Counters counters;
  State state{counters, 16, function::kWaitingPerFunctionMax};
  apply_around(state, records, 15, 16);
  EXPECT_EQ(left(state), (std::vector<std::uint64_t>{16, 30, 31})) << "4, 5, which had been deleted, and 6";
}

// Nothing else of it is lost, and only one that was sent to a queue of the other kind, of the same name, is left out.
TEST(AfterLoss, AFifoQueueHasWhatWasSentToIt) {
  observe::Counters counters;
  State state{counters, 16, function::kWaitingPerFunctionMax};
  const queue::MessageSent other{.queue_arn = kQueue, .body = "x"};
  queue::MessageSent fifo = other;
  fifo.group_id = fifo.deduplication_id = "a";
  const Written records[] = {
      written(queue::QueueCreated{.queue_arn = kQueue, .attributes = queue::default_attributes(true)}),
      written(log::RecordsLost{"\0"}), written(other), written(fifo)};
  for (std::size_t i = 0; i < std::size(records); ++i)
    ASSERT_TRUE(state.apply(records[i].type, records[i].payload, log::LogPosition{i * 100}, {}));
  EXPECT_EQ(left(state), std::vector<std::uint64_t>{3});
}

}  // namespace
}  // namespace athanor::engine
