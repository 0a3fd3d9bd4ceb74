#include "target/queue_target.h"

#include <gtest/gtest.h>

#include "queue/test_journal.h"

namespace athanor::target {
namespace {

using delivery::Verdict;

const std::string kPrefix = "arn:aws:sqs:us-east-1:123456789012:";

class QueueTargetTest : public testing::Test {
 protected:
  void create(const std::string& name, const queue::AttributeTexts& attributes = {}) {
    ASSERT_TRUE(queues_.create(kPrefix + name, attributes, {}, journal_, random_));
  }
  // What a test specifies of a delivery; the rest is the same for all.
  struct Given {
    std::uint64_t body_bytes = 2;
    std::string group = {};
    std::uint64_t seed = 1;
  };
  delivery::AttemptResult attempt(const std::string& name, const Given& given, const std::string& path = {}) {
    const bus::Target target{.id = "t", .arn = kPrefix + name, .message_group_id = path.empty() ? given.group : path};
    return kind_.attempt(delivery_of(target, given), clock_.now());
  }
  bool send(const std::string& name, const Given& given) {
    const bus::Target target{.id = "t", .arn = "arn:aws:lambda:us-east-1:123456789012:function:f"};
    return kind_.send(kPrefix + name, delivery_of(target, given), clock_.now());
  }
  std::uint64_t visible(const std::string& name) { return queues_.counts(kPrefix + name, clock_.now()).visible; }

  base::ManualClock clock_;
  base::Random random_{7};
  queue::Queues queues_;
  queue::TestJournal journal_{queues_, clock_};
  QueueTarget kind_{queues_};

 private:
  delivery::Delivery delivery_of(const bus::Target& target, const Given& given) const {
    return {.position = log::LogPosition{80},
            .ingested = clock_.now(),
            .target = target,
            .replay_name = {},
            .origin = origin_,
            .body_bytes = given.body_bytes,
            .message_group_id = given.group,
            .deduplication_id = "body",
            .seed = given.seed};
  }
  std::shared_ptr<const std::string> origin_;
};

TEST_F(QueueTargetTest, TakesQueuesAlone) {
  EXPECT_TRUE(kind_.takes(kPrefix + "q"));
  EXPECT_FALSE(kind_.takes("arn:aws:lambda:us-east-1:123456789012:function:f"));
}

TEST_F(QueueTargetTest, SaysInAwsWordWhyAQueueCannotTakeAnEvent) {
  create("small", {{"MaximumMessageSize", "1024"}});
  create("ids.fifo", {{"FifoQueue", "true"}});
  const struct {
    const char* queue;
    Given given;
    const char* code;
    const char* message;
  } rows[] = {
      {"none", {}, "NO_RESOURCE", "The queue arn:aws:sqs:us-east-1:123456789012:none does not exist."},
      {"small",
       {.body_bytes = 1'025},
       "INVALID_PARAMETER",
       "The event is larger than messages of arn:aws:sqs:us-east-1:123456789012:small may be."},
      {"ids.fifo", {}, "INVALID_PARAMETER", "The target needs SqsParameters with a MessageGroupId: its queue is FIFO."},
      {"ids.fifo",
       {.group = "a b"},
       "INVALID_PARAMETER",
       "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."},
      {"small",
       {.group = std::string(129, 'g')},
       "INVALID_PARAMETER",
       "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."},
  };
  for (const auto& row : rows) {
    const auto result = attempt(row.queue, row.given);
    EXPECT_EQ(result.verdict, Verdict::Impossible) << row.message;
    EXPECT_EQ(result.error_code, row.code) << row.message;
    EXPECT_EQ(result.error_message, row.message);
  }
  // When the event has nothing at the path, for a standard queue too.
  for (const char* queue : {"small", "ids.fifo"}) {
    const auto result = attempt(queue, {}, "$.detail.group");
    EXPECT_EQ(result.verdict, Verdict::Impossible) << queue;
    EXPECT_EQ(result.error_code, "INVALID_PARAMETER") << queue;
  }
  EXPECT_EQ(visible("small"), 0U);
  EXPECT_EQ(visible("ids.fifo"), 0U);
}

TEST_F(QueueTargetTest, HandsTheEventToItsQueue) {
  create("q");
  EXPECT_EQ(attempt("q", {}).verdict, Verdict::Delivered);
  EXPECT_EQ(visible("q"), 1U);
  const auto received = queues_.receive(kPrefix + "q", {.count_max = 10}, clock_.now(), journal_);
  ASSERT_TRUE(received);
  EXPECT_EQ((*received)[0].position, log::LogPosition{80}) << "its body is read from the event's record";
}

// Each target of each event has its own seed: sent again, it is the same message; for another target, another one.
TEST_F(QueueTargetTest, ToAFifoQueueTheSameDeliveryTwiceIsOneMessage) {
  create("ids.fifo", {{"FifoQueue", "true"}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(attempt("ids.fifo", {.group = "g", .seed = 1}).verdict, Verdict::Delivered);
    EXPECT_EQ(visible("ids.fifo"), 1U);
  }
  EXPECT_EQ(attempt("ids.fifo", {.group = "g", .seed = 2}).verdict, Verdict::Delivered);
  EXPECT_EQ(visible("ids.fifo"), 2U);
}

TEST_F(QueueTargetTest, ADeadLetterMayBeLargerThanMessagesAre) {
  create("dlq", {{"MaximumMessageSize", "1024"}});
  EXPECT_FALSE(send("none", {}));
  EXPECT_TRUE(send("dlq", {.body_bytes = 5'000}));
  EXPECT_EQ(visible("dlq"), 1U);
}

TEST_F(QueueTargetTest, ADeadLetterHasAnotherIdThanTheMessageOfItsEvent) {
  create("q");
  EXPECT_EQ(attempt("q", {}).verdict, Verdict::Delivered);
  EXPECT_TRUE(send("q", {}));
  const auto received = queues_.receive(kPrefix + "q", {.count_max = 10}, clock_.now(), journal_);
  ASSERT_EQ(received->size(), 2U);
  EXPECT_NE((*received)[0].id, (*received)[1].id);
}

// A dead letter is a separate message: the group of its event's message may not be valid for any queue.
TEST_F(QueueTargetTest, ADeadLetterIsInNoGroup) {
  create("dlq");
  EXPECT_TRUE(send("dlq", {.group = std::string(129, 'g')}));
  const auto received = queues_.receive(kPrefix + "dlq", {.count_max = 10}, clock_.now(), journal_);
  ASSERT_TRUE(received);
  EXPECT_EQ((*received)[0].group_id, "");
}

}  // namespace
}  // namespace athanor::target
