// Queues with so many messages that changes to all of them are made in steps.
#include <gtest/gtest.h>

#include "log/test_saved.h"
#include "queue/limits.h"
#include "queue/queues.h"
#include "queue/test_journal.h"

namespace athanor::queue {
namespace {

using std::chrono::seconds;

const std::string kOrders = "arn:aws:sqs:us-east-1:123456789012:orders";
const std::string kFifo = kOrders + ".fifo";

class QueuesSteps : public testing::TestWithParam<std::string> {
 protected:
  void create(const std::string& arn, AttributeTexts attributes = {}) {
    if (arn.ends_with(".fifo")) attributes["FifoQueue"] = "true";
    ASSERT_TRUE(queues_.create(arn, attributes, {}, journal_, random_));
  }
  // Messages that are not held in blocks: all share `origin_`, whose use count shows how many are still in memory.
  void fill(const std::string& arn, std::size_t messages) {
    for (std::size_t i = 0; i < messages; ++i) {
      const std::string id = std::to_string(last_id_++);
      ASSERT_EQ(queues_.accept(arn,
                               {.position = log::LogPosition{last_id_},
                                .origin = origin_,
                                .message_id = {0, last_id_},
                                .group_id = arn.ends_with(".fifo") ? id.substr(0, id.size() - 1) + "g" : "",
                                .deduplication_id = id},
                               clock_.now()),
                HandoverOutcome::Accepted);
    }
  }
  std::size_t in_memory() const { return static_cast<std::size_t>(origin_.use_count()) - 1; }
  MessageCounts counts(const std::string& arn) { return queues_.counts(arn, clock_.now()); }

  base::ManualClock clock_;
  base::Random random_{7};
  Queues queues_;
  TestJournal journal_{queues_, clock_};
  std::shared_ptr<const std::string> origin_ = std::make_shared<const std::string>("rule");
  std::uint64_t last_id_ = 0;
};

// Gone at once for every observer, while the memory is freed in steps; a queue of the same name is a new one.
TEST_P(QueuesSteps, WhatIsDeletedOrPurgedIsGoneAtOnce) {
  constexpr std::size_t kFreed = kFreedForOne * base::kStepMax;
  constexpr std::size_t kMany = 3 * kFreed;
  create(kOrders);
  create(kFifo);
  for (const bool purged : {false, true}) {
    const std::string arn = GetParam();
    fill(arn, kMany);
    const std::size_t held = in_memory();
    const Sequence next = queues_.find(arn)->messages.next_sequence();
    if (purged) {
      ASSERT_TRUE(queues_.purge(arn, clock_.now(), journal_));
      EXPECT_EQ(queues_.find(arn)->messages.next_sequence(), next);
    } else {
      ASSERT_TRUE(queues_.remove(arn, journal_));
      create(arn);
      EXPECT_EQ(queues_.find(arn)->messages.next_sequence(), Sequence{1});
    }
    EXPECT_EQ(counts(arn), MessageCounts{});
    EXPECT_EQ(queues_.oldest_position_needed(), std::nullopt);
    EXPECT_EQ(in_memory(), held);
    Queues loaded;
    ASSERT_TRUE(loaded.load(log::saved(queues_)));
    EXPECT_EQ(loaded.counts(arn, clock_.now()), MessageCounts{});

    fill(arn, 3);
    for (std::size_t before = in_memory(); queues_.has_removed(); before = in_memory()) {
      queues_.free_removed();
      ASSERT_LE(before - in_memory(), kFreed * MessageBlock::kMessages);
    }
    EXPECT_EQ(in_memory(), 3U);
    EXPECT_EQ(counts(arn).visible, 3U);
    ASSERT_TRUE(queues_.purge(arn, clock_.now() + seconds{60}, journal_));
    clock_.advance(seconds{600});
    queues_.free_removed();
  }
}

// They count as visible at once, and are received in order, though each look at the queue moves only a few.
TEST_P(QueuesSteps, DelaysAndTimeoutsOfManyMayEndAtOnce) {
  constexpr std::size_t kMany = 10 * kRevealedPerReceive;
  const std::string arn = GetParam();
  create(arn, {{"DelaySeconds", "10"}});
  fill(arn, kMany);
  EXPECT_EQ(counts(arn), (MessageCounts{.delayed = kMany}));
  const auto has_more_to_reveal = [&] { return queues_.find(arn)->messages.next_reveal() <= clock_.now(); };
  for (const seconds hidden_for : {seconds{10}, seconds{20}}) {
    clock_.advance(hidden_for);
    EXPECT_EQ(counts(arn), (MessageCounts{.visible = kMany}));
    std::uint64_t last = 0;
    for (std::size_t left = kMany; left > 0; left -= 10) {
      const auto received =
          queues_.receive(arn, {.count_max = 10, .visibility_timeout = seconds{20}}, clock_.now(), journal_);
      ASSERT_TRUE(received && received->size() == 10);
      for (const ReceivedMessage& message : *received) ASSERT_EQ(message.id.low, ++last);
      ASSERT_EQ(counts(arn), (MessageCounts{.visible = left - 10, .in_flight = kMany - left + 10}));
      if (left == kMany) EXPECT_TRUE(has_more_to_reveal());
    }
  }
  EXPECT_FALSE(has_more_to_reveal());
  clock_.advance(seconds{-1});  // set back: the last of them would have been received, so that nothing is visible
  EXPECT_EQ(counts(arn), (MessageCounts{.in_flight = kMany}));
}

// The queue returns no message that should be gone, nor any other until those are gone, which is soon.
TEST_P(QueuesSteps, AShorterRetentionTakesEffectInSteps) {
  const std::string arn = GetParam();
  create(arn, {{"DelaySeconds", "1"}});
  for (std::size_t i = 0; i < 5 * base::kStepMax; ++i) {
    if (i % 100 == 0) clock_.advance(seconds{1});
    fill(arn, 1);
  }
  clock_.advance(seconds{60});
  fill(arn, 1);
  clock_.advance(seconds{1});
  ASSERT_TRUE(queues_.receive(arn, {.count_max = 10}, clock_.now(), journal_));
  ASSERT_TRUE(queues_.set_attributes(arn, {{"MessageRetentionPeriod", "60"}}, journal_));
  const auto count = [&] {
    const MessageCounts all = counts(arn);
    return all.visible + all.in_flight + all.delayed;
  };
  std::size_t steps = 0;
  for (std::size_t left = count(); queues_.next_expiry() <= clock_.now(); left = count(), ++steps) {
    if (steps % 2 == 1) {
      queues_.expire(clock_.now(), journal_);
    } else {
      const auto received = queues_.receive(arn, {}, clock_.now(), journal_);
      ASSERT_TRUE(received);
      ASSERT_EQ(received->size(), count() == 1 ? 1U : 0U);
    }
    ASSERT_LE(left - count(), 2 * (base::kStepMax + 100));
  }
  EXPECT_GE(steps, 3U);
  EXPECT_EQ(count(), 1U);
}

INSTANTIATE_TEST_SUITE_P(BothKinds, QueuesSteps, testing::Values(kOrders, kFifo),
                         [](const auto& kind) { return kind.param == kFifo ? "Fifo" : "Standard"; });

}  // namespace
}  // namespace athanor::queue
