#include "queue/receivers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/limits.h"
#include "queue/test_journal.h"

namespace athanor::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kOrders = "arn:aws:sqs:us-east-1:123456789012:orders";

class ReceiversTest : public testing::Test {
 protected:
  ReceiversTest() { create(kOrders); }

  void create(const std::string& arn) { ASSERT_TRUE(queues_.create(arn, {}, {}, journal_, random_)); }
  void send(const std::string& body, seconds delay = seconds{0}) {
    ASSERT_TRUE(queues_.send(kOrders, {.body = body, .delay = delay}, clock_.now(), journal_, random_));
  }
  // Writes "name:count", or "name:refused", into answers_ when it is answered.
  std::optional<ReceiverId> wait(const std::string& name, seconds how_long, ReceiveParameters parameters = {}) {
    return receivers_.wait(queues_, kOrders, parameters, clock_.now() + how_long, [this, name](auto result) {
      answers_.push_back(name + ":" + (result ? std::to_string(result->size()) : "refused"));
    });
  }
  void serve() { receivers_.serve(queues_, clock_.now(), journal_); }
  // Like the engine: serves, and moves to the next moment at which there is something to do, up to `until`.
  void run_until(base::Time until) {
    for (int rounds = 0; rounds < 1'000; ++rounds) {
      serve();
      std::optional<base::Time> next = queues_.next_change(clock_.now());
      if (const auto deadline = receivers_.next_deadline(); deadline && (!next || *deadline < *next)) next = deadline;
      if (!next || *next > until) break;
      if (*next > clock_.now()) clock_.set(*next);
    }
    clock_.set(until);
  }

  base::ManualClock clock_;
  base::Random random_{7};
  Queues queues_;
  TestJournal journal_{queues_, clock_};
  Receivers receivers_;
  std::vector<std::string> answers_;
};

TEST_F(ReceiversTest, AnswersInOrderWhenMessagesCome) {
  wait("first", seconds{20}, {.count_max = 2});
  wait("second", seconds{20});
  serve();
  EXPECT_THAT(answers_, IsEmpty());
  for (const char* body : {"a", "b", "c"}) send(body);
  serve();
  EXPECT_THAT(answers_, ElementsAre("first:2", "second:1"));
  EXPECT_EQ(receivers_.next_deadline(), std::nullopt);
  EXPECT_EQ(queues_.next_change(clock_.now()), std::nullopt);
}

TEST_F(ReceiversTest, AnswersEmptyAtTheDeadlineNotBefore) {
  wait("a", seconds{5});
  wait("b", seconds{3});
  EXPECT_EQ(receivers_.next_deadline(), clock_.now() + seconds{3});
  clock_.advance(milliseconds{2'999});
  serve();
  EXPECT_THAT(answers_, IsEmpty());
  clock_.advance(milliseconds{1});
  serve();
  EXPECT_THAT(answers_, ElementsAre("b:0"));
  EXPECT_EQ(receivers_.next_deadline(), clock_.now() + seconds{2});
}

TEST_F(ReceiversTest, AClockThatIsSetBackKeepsNobody) {
  wait("a", seconds{20});
  clock_.advance(-std::chrono::minutes{30});
  serve();
  EXPECT_THAT(answers_, ElementsAre("a:0"));
}

TEST_F(ReceiversTest, AMessageThatComesWithTheDeadlineIsGiven) {
  wait("a", seconds{5});
  clock_.advance(seconds{5});
  send("x");
  serve();
  EXPECT_THAT(answers_, ElementsAre("a:1"));
}

TEST_F(ReceiversTest, TellsTheEngineWhenADelayOrATimeoutEnds) {
  send("x", seconds{7});
  wait("a", seconds{20}, {.count_max = 1, .visibility_timeout = seconds{4}});
  wait("b", seconds{20});
  const auto start = clock_.now();
  run_until(start + milliseconds{6'999});
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(queues_.next_change(clock_.now()), start + seconds{7});
  run_until(start + seconds{7});
  EXPECT_THAT(answers_, ElementsAre("a:1"));
  run_until(start + milliseconds{10'999});
  EXPECT_EQ(answers_.size(), 1);
  run_until(start + seconds{11});
  EXPECT_THAT(answers_, ElementsAre("a:1", "b:1"));
}

TEST_F(ReceiversTest, OneWhoHasGoneGetsNothing) {
  const auto id = wait("gone", seconds{20});
  wait("there", seconds{20});
  ASSERT_TRUE(id);
  EXPECT_TRUE(receivers_.cancel(queues_, *id));
  EXPECT_FALSE(receivers_.cancel(queues_, *id));
  send("x");
  serve();
  EXPECT_THAT(answers_, ElementsAre("there:1"));
}

TEST_F(ReceiversTest, ADeletedQueueRefusesThoseWhoWaited) {
  wait("a", seconds{20});
  wait("b", seconds{20});
  serve();
  ASSERT_TRUE(queues_.remove(kOrders, journal_));
  EXPECT_EQ(queues_.next_change(clock_.now()), clock_.now());
  serve();
  EXPECT_THAT(answers_, ElementsAre("a:refused", "b:refused"));
  EXPECT_EQ(queues_.next_change(clock_.now()), std::nullopt);
}

TEST_F(ReceiversTest, AQueueMadeAnewServesThoseWhoWaitedForTheOld) {
  wait("a", seconds{20});
  ASSERT_TRUE(queues_.remove(kOrders, journal_));
  create(kOrders);
  serve();
  send("x");
  serve();
  EXPECT_THAT(answers_, ElementsAre("a:1"));
}

TEST_F(ReceiversTest, AFifoGroupThatIsFreedIsGiven) {
  const std::string fifo = kOrders + ".fifo";
  ASSERT_TRUE(queues_.create(fifo, {{"FifoQueue", "true"}}, {}, journal_, random_));
  for (const char* body : {"a1", "a2"}) {
    ASSERT_TRUE(
        queues_.send(fifo, {.body = body, .group_id = "a", .deduplication_id = body}, clock_.now(), journal_, random_));
  }
  const auto first = queues_.receive(fifo, {}, clock_.now(), journal_);
  std::size_t given = 0;
  receivers_.wait(queues_, fifo, {}, clock_.now() + seconds{20}, [&](auto result) { given = result->size(); });
  serve();
  EXPECT_EQ(given, 0);
  ASSERT_TRUE(queues_.delete_message(fifo, (*first)[0].receipt_handle, clock_.now(), journal_));
  serve();
  EXPECT_EQ(given, 1);
}

TEST_F(ReceiversTest, AMessageThatIsGivenBackIsGiven) {
  send("x");
  const auto first = queues_.receive(kOrders, {}, clock_.now(), journal_);
  wait("a", seconds{20});
  serve();
  ASSERT_TRUE(queues_.change_visibility(kOrders, (*first)[0].receipt_handle, seconds{0}, clock_.now(), journal_));
  serve();
  EXPECT_THAT(answers_, ElementsAre("a:1"));
}

TEST_F(ReceiversTest, AShorterDelayOfAFifoQueueWakesWhoWaits) {
  const std::string fifo = kOrders + ".fifo";
  ASSERT_TRUE(queues_.create(fifo, {{"FifoQueue", "true"}, {"DelaySeconds", "600"}}, {}, journal_, random_));
  ASSERT_TRUE(
      queues_.send(fifo, {.body = "x", .group_id = "a", .deduplication_id = "x"}, clock_.now(), journal_, random_));
  std::size_t given = 0;
  receivers_.wait(queues_, fifo, {}, clock_.now() + seconds{20}, [&](auto result) { given = result->size(); });
  serve();
  ASSERT_TRUE(queues_.set_attributes(fifo, {{"DelaySeconds", "0"}}, journal_));
  EXPECT_EQ(queues_.next_change(clock_.now()), clock_.now());
  serve();
  EXPECT_EQ(given, 1);
}

// More dead letters than one step moves are ahead of the message to be received.
TEST_F(ReceiversTest, ManyDeadLettersKeepNobodyWaiting) {
  const std::string failed = kOrders + "-failed";
  create(failed);
  for (std::size_t i = 1; i <= base::kStepMax; ++i) {
    send("poison");
    journal_.write(MessagesReceived{.queue_arn = kOrders, .sequences = {Sequence{i}}});
    journal_.write(VisibilityChanged{.queue_arn = kOrders, .sequence = Sequence{i}});
  }
  ASSERT_TRUE(queues_.set_attributes(
      kOrders, {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + failed + R"(","maxReceiveCount":1})"}}, journal_));
  send("good");
  wait("a", seconds{20});
  run_until(clock_.now());
  EXPECT_EQ(queues_.counts(failed, clock_.now()).visible, base::kStepMax);
  EXPECT_THAT(answers_, ElementsAre("a:1"));
}

TEST_F(ReceiversTest, ADeadLetterWakesWhoWaitsForIt) {
  const std::string failed = kOrders + "-failed";
  create(failed);
  ASSERT_TRUE(queues_.set_attributes(
      kOrders, {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + failed + R"(","maxReceiveCount":1})"}}, journal_));
  send("poison");
  ASSERT_TRUE(queues_.receive(kOrders, {.count_max = 1, .visibility_timeout = seconds{2}}, clock_.now(), journal_));
  std::size_t dead = 0;
  receivers_.wait(queues_, failed, {}, clock_.now() + seconds{20}, [&](auto result) { dead = result->size(); });
  wait("a", seconds{20});
  run_until(clock_.now() + seconds{3});
  EXPECT_EQ(dead, 1);
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(ReceiversTest, AnAnswerMayWaitAgain) {
  std::size_t answers = 0;
  std::function<void(Result<std::vector<ReceivedMessage>>)> again = [&](auto) {
    if (++answers < 3) receivers_.wait(queues_, kOrders, {}, clock_.now() + seconds{1}, again);
  };
  receivers_.wait(queues_, kOrders, {}, clock_.now() + seconds{1}, again);
  run_until(clock_.now() + seconds{5});
  EXPECT_EQ(answers, 3);
}

TEST_F(ReceiversTest, OnceItIsClosedNobodyWaitsAndNobodyIsGivenAnything) {
  wait("a", seconds{20});
  wait("b", seconds{5});
  send("x");
  receivers_.close(queues_);
  EXPECT_THAT(answers_, ElementsAre("b:0", "a:0"));
  EXPECT_EQ(wait("late", seconds{20}), std::nullopt);
  run_until(clock_.now() + seconds{20});
  EXPECT_EQ(answers_.size(), 2);
  const auto left = queues_.receive(kOrders, {}, clock_.now(), journal_);
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 1);
  EXPECT_EQ(left->front().receive_count, 1);
}

TEST_F(ReceiversTest, HasALimit) {
  for (std::size_t i = 0; i < kReceiversMax; ++i) ASSERT_TRUE(wait("a", seconds{1}));
  EXPECT_EQ(wait("one too many", seconds{1}), std::nullopt);
}

}  // namespace
}  // namespace athanor::queue
