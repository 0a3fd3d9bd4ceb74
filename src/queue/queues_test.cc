// Long, since it is one state machine: every operation against every state of a message, in the order of its life.
#include "queue/queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/test_saved.h"
#include "queue/limits.h"
#include "queue/test_journal.h"

namespace athanor::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kPrefix = "arn:aws:sqs:us-east-1:123456789012:";
const std::string kOrders = kPrefix + "orders";
const std::string kFailed = kPrefix + "failed";
const std::string kFifo = kPrefix + "orders.fifo";
const std::string kFailedFifo = kPrefix + "failed.fifo";

class QueuesTest : public testing::Test {
 protected:
  void create(const std::string& arn, AttributeTexts attributes = {}) {
    if (arn.ends_with(".fifo")) attributes["FifoQueue"] = "true";
    const auto created = queues_.create(arn, attributes, {}, journal_, random_);
    ASSERT_TRUE(created) << created.error().message;
  }
  void set(const std::string& arn, const AttributeTexts& changes) {
    const auto changed = queues_.set_attributes(arn, changes, journal_);
    ASSERT_TRUE(changed) << changed.error().message;
  }
  static std::string redrive_to(const std::string& arn, int count) {
    return R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":)" + std::to_string(count) + "}";
  }
  Result<SentMessage> send(const std::string& arn, OutgoingMessage message) {
    return queues_.send(arn, std::move(message), clock_.now(), journal_, random_);
  }
  Result<SentMessage> send_to_group(const std::string& group, const std::string& body, const std::string& id = {}) {
    return send(
        kFifo,
        {.body = body, .group_id = group, .deduplication_id = id.empty() ? body : id, .body_hash = "hash of " + body});
  }
  std::vector<ReceivedMessage> receive(const std::string& arn, ReceiveParameters parameters = {.count_max = 10}) {
    auto received = queues_.receive(arn, parameters, clock_.now(), journal_);
    EXPECT_TRUE(received) << received.error().message;
    return received ? std::move(*received) : std::vector<ReceivedMessage>{};
  }
  std::string body_of(const ReceivedMessage& message) const {
    for (const auto& record : journal_.records()) {
      if (record.position == message.position) return log::decode<MessageSent>(record.payload)->body;
    }
    return "?";
  }
  std::vector<std::string> bodies(const std::vector<ReceivedMessage>& messages) const {
    std::vector<std::string> all;
    for (const auto& message : messages) all.push_back(body_of(message));
    return all;
  }
  Result<void> delete_message(const std::string& arn, const std::string& handle) {
    return queues_.delete_message(arn, handle, clock_.now(), journal_);
  }
  Result<void> change(const std::string& arn, const std::string& handle, seconds timeout) {
    return queues_.change_visibility(arn, handle, timeout, clock_.now(), journal_);
  }
  MessageCounts counts(const std::string& arn) { return queues_.counts(arn, clock_.now()); }

  base::ManualClock clock_;
  base::Random random_{7};
  Queues queues_;
  TestJournal journal_{queues_, clock_};
};

// --- Queues

TEST_F(QueuesTest, RefusesNamesInAwsWords) {
  const std::string standard = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
  const std::string fifo =
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo "
      "suffix and be 1 to 80 in length.";
  const AttributeTexts fifo_given{{"FifoQueue", "true"}};
  const struct {
    std::string name;
    AttributeTexts attributes;
    std::string message;
  } cases[] = {
      {"", {}, standard},
      {"a b", {}, standard},
      {"a.b", {}, standard},
      {std::string(81, 'a'), {}, standard},
      {"a.fifo", {}, standard},
      {"a", fifo_given, fifo},
      {".fifo", fifo_given, standard},
      {std::string(76, 'a') + ".fifo", fifo_given, standard},
  };
  for (const auto& c : cases) {
    const auto created = queues_.create(kPrefix + c.name, c.attributes, {}, journal_, random_);
    ASSERT_FALSE(created) << c.name;
    EXPECT_EQ(created.error().code, ErrorCode::InvalidParameterValue);
    EXPECT_EQ(created.error().message, c.message) << c.name;
  }
  create(kPrefix + std::string(80, 'a'));
  create(kPrefix + std::string(75, 'a') + ".fifo");
  EXPECT_TRUE(queues_.create(kPrefix + "b.fifo", {{"FifoQueue", "True"}}, {}, journal_, random_));
}

TEST_F(QueuesTest, CreatingAgainIsFineUnlessAGivenAttributeDiffers) {
  create(kOrders, {{"DelaySeconds", "5"}, {"VisibilityTimeout", "60"}});
  create(kOrders, {{"DelaySeconds", "5"}});
  create(kOrders);
  EXPECT_EQ(journal_.records().size(), 1);
  const auto other =
      queues_.create(kOrders, {{"DelaySeconds", "6"}, {"VisibilityTimeout", "60"}}, {}, journal_, random_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(other.error().message,
            "A queue already exists with the same name and a different value for attribute DelaySeconds");
}

TEST_F(QueuesTest, EveryOperationOnAMissingQueueIsNotFound) {
  const Error expected{ErrorCode::NotFound, "The specified queue does not exist.", {}};
  EXPECT_EQ(queues_.set_attributes(kOrders, {}, journal_).error(), expected);
  EXPECT_EQ(queues_.set_tags(kOrders, {}, journal_).error(), expected);
  EXPECT_EQ(queues_.remove_tags(kOrders, {}, journal_).error(), expected);
  EXPECT_EQ(queues_.purge(kOrders, clock_.now(), journal_).error(), expected);
  EXPECT_EQ(queues_.remove(kOrders, journal_).error(), expected);
  EXPECT_EQ(send(kOrders, {.body = "a"}).error(), expected);
  EXPECT_EQ(queues_.receive(kOrders, {}, clock_.now(), journal_).error(), expected);
  EXPECT_EQ(delete_message(kOrders, "x").error(), expected);
  EXPECT_EQ(change(kOrders, "x", seconds{1}).error(), expected);
  EXPECT_EQ(queues_.accept(kOrders, {}, clock_.now()), HandoverOutcome::NoSuchQueue);
  EXPECT_THAT(journal_.records(), IsEmpty());
}

TEST_F(QueuesTest, ADeadLetterQueueMustExistInThePlaceOfItsSourceBeOfTheSameKindAndAllowIt) {
  create(kOrders);
  create(kFifo);
  const auto refused = [&](const std::string& target) {
    const auto result = queues_.set_attributes(kOrders, {{"RedrivePolicy", redrive_to(target, 3)}}, journal_);
    return result ? std::string{} : result.error().message;
  };
  EXPECT_THAT(refused(kFailed), testing::EndsWith("Reason: Dead letter target does not exist."));
  for (const std::string other :
       {"arn:aws:sqs:eu-west-1:123456789012:failed", "arn:aws:sqs:us-east-1:999999999999:failed"}) {
    create(other);
    EXPECT_THAT(refused(other), testing::EndsWith("Dead-letter target owner and region should be same as the source."));
  }
  EXPECT_THAT(refused(kFifo), testing::EndsWith("must be same type of queue as the source."));
  create(kFailed, {{"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}});
  EXPECT_THAT(refused(kFailed), testing::HasSubstr("does not permit this source queue"));
  set(kFailed, {{"RedriveAllowPolicy", R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + kOrders + "\"]}"}});
  EXPECT_EQ(refused(kFailed), "");
  EXPECT_THAT(queues_.dead_letter_sources(kFailed), ElementsAre(kOrders));
}

TEST_F(QueuesTest, ListsByPrefixAndGoesOnAfterTheLast) {
  for (const char* name : {"a1", "a2", "a3", "b1"}) create(kPrefix + name);
  EXPECT_THAT(queues_.list(kPrefix + "a", "", 2), ElementsAre(kPrefix + "a1", kPrefix + "a2"));
  EXPECT_THAT(queues_.list(kPrefix + "a", kPrefix + "a2", 2), ElementsAre(kPrefix + "a3"));
  EXPECT_THAT(queues_.list(kPrefix, "", 9).size(), 4);
  EXPECT_THAT(queues_.list("arn:aws:sqs:eu-west-1:", "", 9), IsEmpty());
}

TEST_F(QueuesTest, TagsAreAddedAndTakenAway) {
  create(kOrders);
  ASSERT_TRUE(queues_.set_tags(kOrders, {{"a", "1"}, {"b", "2"}}, journal_));
  ASSERT_TRUE(queues_.set_tags(kOrders, {{"b", "3"}}, journal_));
  ASSERT_TRUE(queues_.remove_tags(kOrders, {"a", "c"}, journal_));
  EXPECT_THAT(queues_.find(kOrders)->tags, ElementsAre(testing::Pair("b", "3")));
}

TEST_F(QueuesTest, PurgesOnceAMinute) {
  create(kOrders);
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  ASSERT_TRUE(send(kOrders, {.body = "b", .delay = seconds{10}}));
  receive(kOrders);
  ASSERT_TRUE(queues_.purge(kOrders, clock_.now(), journal_));
  EXPECT_EQ(counts(kOrders), MessageCounts{});
  clock_.advance(milliseconds{59'999});
  const auto again = queues_.purge(kOrders, clock_.now(), journal_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::PurgeInProgress);
  EXPECT_EQ(again.error().message, "Only one PurgeQueue operation on orders is allowed every 60 seconds.");
  clock_.advance(milliseconds{1});
  EXPECT_TRUE(queues_.purge(kOrders, clock_.now(), journal_));
}

// The last purge may seem to be days ahead.
TEST_F(QueuesTest, PurgesAfterTheClockWasSetBack) {
  create(kOrders);
  ASSERT_TRUE(queues_.purge(kOrders, clock_.now(), journal_));
  clock_.advance(-milliseconds{59'999});
  EXPECT_FALSE(queues_.purge(kOrders, clock_.now(), journal_));
  clock_.advance(-milliseconds{1});
  EXPECT_TRUE(queues_.purge(kOrders, clock_.now(), journal_));
}

TEST_F(QueuesTest, ADeletedQueueTakesItsMessagesAndHandlesAlong) {
  create(kOrders);
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  const auto handle = receive(kOrders)[0].receipt_handle;
  ASSERT_TRUE(queues_.remove(kOrders, journal_));
  create(kOrders);
  EXPECT_THAT(receive(kOrders), IsEmpty());
  EXPECT_EQ(delete_message(kOrders, handle).error().code, ErrorCode::ReceiptHandleInvalid);
}

// --- Sending

TEST_F(QueuesTest, RefusesMessagesThatDoNotFitTheQueue) {
  create(kOrders, {{"MaximumMessageSize", "1024"}});
  create(kFifo);
  const struct {
    std::string arn;
    OutgoingMessage message;
    ErrorCode code;
    std::string text;
  } cases[] = {
      {kOrders,
       {.body = std::string(1'025, 'x')},
       ErrorCode::InvalidParameterValue,
       "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."},
      {kOrders,
       {.body = std::string(1'000, 'x'), .attributes = {{"name", {"String", std::string(15, 'v')}}}},
       ErrorCode::InvalidParameterValue,
       "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."},
      {kOrders,
       {.body = "a", .deduplication_id = "d"},
       ErrorCode::InvalidParameterValue,
       "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not "
       "valid for this queue type"},
      {kFifo,
       {.body = "a", .delay = seconds{1}, .group_id = "g", .deduplication_id = "d"},
       ErrorCode::InvalidParameterValue,
       "Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for "
       "this queue type"},
      {kFifo,
       {.body = "a", .deduplication_id = "d"},
       ErrorCode::MissingParameter,
       "The request must contain the parameter MessageGroupId."},
      {kFifo,
       {.body = "a", .group_id = "g", .body_hash = "h"},
       ErrorCode::InvalidParameterValue,
       "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"},
  };
  for (const auto& c : cases) {
    const auto sent = send(c.arn, c.message);
    ASSERT_FALSE(sent) << c.text;
    EXPECT_EQ(sent.error().code, c.code);
    EXPECT_EQ(sent.error().message, c.text);
  }
  EXPECT_TRUE(send(kOrders, {.body = std::string(1'024, 'x')}));
}

TEST_F(QueuesTest, AStandardQueueGivesNoSequenceAndKeepsTheGroup) {
  create(kOrders);
  const auto sent = send(kOrders, {.body = "a", .group_id = "g"});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->sequence, std::nullopt);
  const auto received = receive(kOrders);
  ASSERT_EQ(received.size(), 1);
  EXPECT_EQ(received[0].id, sent->id);
  EXPECT_EQ(received[0].group_id, "g");
  EXPECT_EQ(received[0].sequence, std::nullopt);
  EXPECT_EQ(received[0].sent, clock_.now());
}

TEST_F(QueuesTest, ADelayedMessageComesWhenItsTimeHas) {
  create(kOrders, {{"DelaySeconds", "5"}});
  ASSERT_TRUE(send(kOrders, {.body = "queue's delay"}));
  ASSERT_TRUE(send(kOrders, {.body = "own delay", .delay = seconds{3}}));
  ASSERT_TRUE(send(kOrders, {.body = "none", .delay = seconds{0}}));
  EXPECT_EQ(counts(kOrders), (MessageCounts{.visible = 1, .in_flight = 0, .delayed = 2}));
  EXPECT_THAT(bodies(receive(kOrders)), ElementsAre("none"));
  clock_.advance(milliseconds{2'999});
  EXPECT_THAT(receive(kOrders), IsEmpty());
  clock_.advance(milliseconds{1});
  EXPECT_THAT(bodies(receive(kOrders)), ElementsAre("own delay"));
  clock_.advance(seconds{2});
  EXPECT_THAT(bodies(receive(kOrders)), ElementsAre("queue's delay"));
}

// --- Receiving

TEST_F(QueuesTest, AReceivedMessageIsHiddenForItsVisibilityTimeout) {
  create(kOrders, {{"VisibilityTimeout", "10"}});
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  const auto first = receive(kOrders);
  ASSERT_EQ(first.size(), 1);
  EXPECT_EQ(first[0].receive_count, 1);
  EXPECT_EQ(first[0].first_received, clock_.now());
  EXPECT_EQ(counts(kOrders), (MessageCounts{.visible = 0, .in_flight = 1, .delayed = 0}));
  clock_.advance(milliseconds{9'999});
  EXPECT_THAT(receive(kOrders), IsEmpty());
  clock_.advance(milliseconds{1});
  EXPECT_EQ(counts(kOrders), (MessageCounts{.visible = 1, .in_flight = 0, .delayed = 0}));
  const auto second = receive(kOrders, {.count_max = 1, .visibility_timeout = seconds{0}});
  ASSERT_EQ(second.size(), 1);
  EXPECT_EQ(second[0].receive_count, 2);
  EXPECT_EQ(second[0].first_received, first[0].first_received);
  EXPECT_NE(second[0].receipt_handle, first[0].receipt_handle);
  EXPECT_EQ(receive(kOrders).size(), 1);  // a timeout of 0 does not hide it
}

TEST_F(QueuesTest, GivesNoMoreThanAskedForInTheOrderOfSending) {
  create(kOrders);
  for (const char* body : {"a", "b", "c"}) ASSERT_TRUE(send(kOrders, {.body = body}));
  EXPECT_THAT(bodies(receive(kOrders, {.count_max = 2})), ElementsAre("a", "b"));
  EXPECT_THAT(bodies(receive(kOrders, {.count_max = 2})), ElementsAre("c"));
}

TEST_F(QueuesTest, AStandardQueueWithTooManyInFlightRefusesAFifoQueueGivesNothing) {
  create(kOrders);
  create(kFifo);
  for (std::size_t i = 0; i < kInFlightMax + 1; ++i) {
    journal_.write(MessageSent{.queue_arn = kOrders, .message_id = {0, i}});
  }
  for (std::size_t i = 0; i < kInFlightMax + 1; ++i) {
    const auto text = std::to_string(i);
    journal_.write(MessageSent{.queue_arn = kFifo, .message_id = {1, i}, .group_id = text, .deduplication_id = text});
  }
  ASSERT_EQ(receive(kOrders, {.count_max = 5}).size(), 5);
  while (counts(kOrders).in_flight < kInFlightMax - 5) receive(kOrders);
  EXPECT_EQ(receive(kOrders).size(), 5);  // up to the limit, not past it
  const auto refused = queues_.receive(kOrders, {}, clock_.now(), journal_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::OverLimit);

  while (!receive(kFifo).empty()) {
  }
  EXPECT_EQ(counts(kFifo), (MessageCounts{.visible = 1, .in_flight = kInFlightMax, .delayed = 0}));
}

TEST_F(QueuesTest, AMessageIsGoneAfterTheRetentionPeriodHoweverItStands) {
  create(kOrders, {{"MessageRetentionPeriod", "60"}});
  ASSERT_TRUE(send(kOrders, {.body = "visible"}));
  ASSERT_TRUE(send(kOrders, {.body = "delayed", .delay = seconds{90}}));
  ASSERT_TRUE(send(kOrders, {.body = "in flight"}));
  EXPECT_THAT(bodies(receive(kOrders, {.count_max = 1, .visibility_timeout = seconds{100}})), ElementsAre("visible"));
  clock_.advance(seconds{1});
  ASSERT_TRUE(send(kOrders, {.body = "later"}));
  EXPECT_EQ(queues_.next_expiry(), clock_.now() + seconds{59});
  clock_.advance(milliseconds{58'999});
  queues_.expire(clock_.now(), journal_);
  EXPECT_EQ(counts(kOrders), (MessageCounts{.visible = 2, .in_flight = 1, .delayed = 1}));
  clock_.advance(milliseconds{1});
  EXPECT_THAT(bodies(receive(kOrders)), ElementsAre("later"));
  EXPECT_EQ(counts(kOrders), (MessageCounts{.visible = 0, .in_flight = 1, .delayed = 0}));
}

TEST_F(QueuesTest, WhatWasHandedOverIsGoneAfterTheRetentionPeriodThoughNobodyReceives) {
  create(kOrders, {{"MessageRetentionPeriod", "60"}});
  ASSERT_EQ(queues_.accept(kOrders, {.message_id = {0, 1}}, clock_.now()), HandoverOutcome::Accepted);
  clock_.advance(seconds{60});
  queues_.expire(clock_.now(), journal_);
  EXPECT_EQ(counts(kOrders).visible, 0);
}

TEST_F(QueuesTest, MessagesOfEachQueueAreGoneAfterItsOwnRetentionPeriod) {
  const auto start = clock_.now();
  create(kFailed, {{"MessageRetentionPeriod", "180"}});
  create(kOrders, {{"MessageRetentionPeriod", "60"}});
  for (const auto& queue : {kFailed, kOrders}) ASSERT_TRUE(send(queue, {.body = "deleted, and its queue made again"}));
  ASSERT_TRUE(queues_.remove(kOrders, journal_));
  EXPECT_EQ(queues_.next_expiry(), start + seconds{180});
  create(kOrders, {{"MessageRetentionPeriod", "60"}});
  EXPECT_EQ(queues_.next_expiry(), start + seconds{180});
  clock_.advance(seconds{30});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(send(kOrders, {.body = "a"}));
    clock_.advance(seconds{30});
  }
  queues_.expire(clock_.now(), journal_);  // the first of the two
  EXPECT_EQ(counts(kOrders).visible, 1);
  EXPECT_EQ(counts(kFailed).visible, 1);
  EXPECT_EQ(queues_.next_expiry(), start + seconds{120});
  clock_.advance(seconds{90});
  queues_.expire(clock_.now(), journal_);
  EXPECT_EQ(counts(kOrders).visible, 0);
  EXPECT_EQ(counts(kFailed).visible, 0);
  EXPECT_EQ(queues_.next_expiry(), std::nullopt);
}

// --- Deleting and changing visibility

TEST_F(QueuesTest, ADeletedMessageNeverComesBack) {
  create(kOrders, {{"VisibilityTimeout", "1"}});
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  const auto first = receive(kOrders);
  clock_.advance(seconds{1});
  const auto second = receive(kOrders);
  // The older handle deletes as well: its delete is acknowledged.
  EXPECT_TRUE(delete_message(kOrders, first[0].receipt_handle));
  EXPECT_TRUE(delete_message(kOrders, first[0].receipt_handle));
  EXPECT_TRUE(delete_message(kOrders, second[0].receipt_handle));
  clock_.advance(minutes{1});
  EXPECT_THAT(receive(kOrders), IsEmpty());
  EXPECT_EQ(counts(kOrders), MessageCounts{});
}

TEST_F(QueuesTest, DiscardsWhatIsStillThereWhoeverHasReceivedItSince) {
  for (const std::string& arn : {kOrders, kFifo}) {
    SCOPED_TRACE(arn);
    create(arn, {{"VisibilityTimeout", "1"}});
    for (const char* body : {"a", "b", "c", "d"}) {
      if (arn == kFifo)
        ASSERT_TRUE(send_to_group("g", body));
      else
        ASSERT_TRUE(send(arn, {.body = body}));
    }
    std::vector<std::string> lost;
    for (const auto& message : receive(arn, {.count_max = 3})) lost.push_back(message.receipt_handle);
    EXPECT_TRUE(delete_message(arn, lost[0]));
    clock_.advance(seconds{1});
    EXPECT_THAT(bodies(receive(arn, {.count_max = 1})), ElementsAre("b"));
    // "b" is another receiver's now, and "c" is visible again, or waits behind it.
    EXPECT_EQ(queues_.discard(arn, lost, journal_), 2U);
    EXPECT_EQ(queues_.discard(arn, lost, journal_), 0U);
    EXPECT_THAT(bodies(receive(arn)), ElementsAre("d"));
    EXPECT_EQ(counts(arn), (MessageCounts{.in_flight = 1}));
    const std::size_t written = journal_.records().size();
    EXPECT_EQ(queues_.discard(kFailed, lost, journal_), 0U);
    EXPECT_EQ(queues_.discard(arn, {"garbage"}, journal_), 0U);
    EXPECT_EQ(journal_.records().size(), written);
  }
}

TEST_F(QueuesTest, RefusesHandlesThatAreNone) {
  create(kOrders);
  create(kFailed);
  ASSERT_TRUE(send(kFailed, {.body = "a"}));
  const auto elsewhere = receive(kFailed)[0].receipt_handle;
  for (const auto& handle : {std::string{"garbage"}, std::string{}, elsewhere}) {
    const auto deleted = delete_message(kOrders, handle);
    ASSERT_FALSE(deleted);
    EXPECT_EQ(deleted.error().code, ErrorCode::ReceiptHandleInvalid);
    EXPECT_EQ(deleted.error().message, "The input receipt handle \"" + handle + "\" is not a valid receipt handle.");
    EXPECT_EQ(change(kOrders, handle, seconds{1}).error().code, ErrorCode::ReceiptHandleInvalid);
  }
}

// The log was restored to a moment before the message came, and another message has its place in the queue.
TEST_F(QueuesTest, TakesNoHandleForThatOfAnotherMessage) {
  for (const auto& arn : {kOrders, kFifo}) {
    create(arn);
    Queues restored;
    TestJournal journal{restored, clock_};
    for (const auto& record : journal_.records()) TestJournal::replay(record, restored);
    ASSERT_TRUE(arn == kFifo ? send_to_group("a", "lost") : send(arn, {.body = "lost"}));
    const auto handle = receive(arn)[0].receipt_handle;

    OutgoingMessage message{.body = "kept"};
    if (arn == kFifo) message.group_id = message.deduplication_id = "a";
    ASSERT_TRUE(restored.send(arn, message, clock_.now(), journal, random_));
    ASSERT_EQ(restored.receive(arn, {}, clock_.now(), journal)->size(), 1U);
    EXPECT_TRUE(restored.delete_message(arn, handle, clock_.now(), journal));
    EXPECT_EQ(restored.discard(arn, {handle}, journal), 0U);
    EXPECT_EQ(restored.change_visibility(arn, handle, seconds{1}, clock_.now(), journal).error().code,
              ErrorCode::InvalidParameterValue);
    EXPECT_EQ(restored.counts(arn, clock_.now()), (MessageCounts{.in_flight = 1}));
  }
}

TEST_F(QueuesTest, ChangesVisibilityOfWhatIsInFlightOnly) {
  create(kOrders, {{"VisibilityTimeout", "10"}});
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  const auto first = receive(kOrders)[0].receipt_handle;

  EXPECT_EQ(change(kOrders, first, seconds{43'201}).error().message,
            "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.");
  EXPECT_EQ(change(kOrders, first, seconds{-1}).error().code, ErrorCode::InvalidParameterValue);

  clock_.advance(std::chrono::milliseconds{999});
  ASSERT_TRUE(change(kOrders, first, seconds{43'200}));
  clock_.advance(std::chrono::milliseconds{1});
  EXPECT_FALSE(change(kOrders, first, seconds{43'200}));
  ASSERT_TRUE(change(kOrders, first, seconds{60}));
  clock_.advance(seconds{58});
  EXPECT_THAT(receive(kOrders), IsEmpty());
  EXPECT_EQ(
      change(kOrders, first, seconds{43'142}).error().message,
      "Value 43142 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is "
      "beyond the limit [43200 seconds]");
  ASSERT_TRUE(change(kOrders, first, seconds{0}));
  EXPECT_EQ(change(kOrders, first, seconds{1}).error().code, ErrorCode::MessageNotInflight);

  clock_.advance(seconds{1});
  const auto second = receive(kOrders)[0].receipt_handle;
  EXPECT_EQ(change(kOrders, first, seconds{1}).error().code, ErrorCode::MessageNotInflight);
  EXPECT_TRUE(change(kOrders, second, seconds{43'200})) << "the limit is of each receive";
  ASSERT_TRUE(delete_message(kOrders, second));
  EXPECT_THAT(change(kOrders, second, seconds{1}).error().message,
              testing::EndsWith("Reason: Message does not exist or is not available for visibility timeout change."));
}

// --- FIFO

TEST_F(QueuesTest, AFifoGroupIsInOrderAndBlockedWhileOneIsInFlight) {
  create(kFifo, {{"VisibilityTimeout", "10"}});
  for (const char* body : {"a1", "b1", "a2", "a3"}) ASSERT_TRUE(send_to_group(std::string(1, body[0]), body));
  const auto first = receive(kFifo, {.count_max = 1});
  EXPECT_THAT(bodies(first), ElementsAre("a1"));
  EXPECT_EQ(first[0].sequence, Sequence{1});
  EXPECT_EQ(first[0].group_id, "a");
  EXPECT_EQ(first[0].deduplication_id, "a1");
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("b1"));
  EXPECT_THAT(receive(kFifo), IsEmpty());
  ASSERT_TRUE(delete_message(kFifo, first[0].receipt_handle));
  EXPECT_THAT(bodies(receive(kFifo, {.count_max = 2})), ElementsAre("a2", "a3"));
  clock_.advance(seconds{10});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("b1", "a2", "a3"));
}

TEST_F(QueuesTest, AFifoGroupWaitsForEachOfItsMessagesInFlight) {
  create(kFifo);
  for (const char* body : {"a1", "a2", "a3"}) ASSERT_TRUE(send_to_group("a", body));
  const auto two = receive(kFifo, {.count_max = 2});
  ASSERT_EQ(two.size(), 2);
  ASSERT_TRUE(delete_message(kFifo, two[1].receipt_handle));
  EXPECT_THAT(receive(kFifo), IsEmpty());
  ASSERT_TRUE(change(kFifo, two[0].receipt_handle, seconds{0}));
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("a1", "a3"));
}

TEST_F(QueuesTest, AFifoHandleExpires) {
  create(kFifo, {{"VisibilityTimeout", "10"}});
  ASSERT_TRUE(send_to_group("a", "a1"));
  const auto handle = receive(kFifo)[0].receipt_handle;
  clock_.advance(seconds{10});
  const std::string expected =
      "Value " + handle + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";
  EXPECT_EQ(delete_message(kFifo, handle).error().message, expected);
  const auto newer = receive(kFifo)[0].receipt_handle;
  EXPECT_EQ(delete_message(kFifo, handle).error().message, expected);
  EXPECT_EQ(change(kFifo, handle, seconds{1}).error().message, expected);
  EXPECT_TRUE(delete_message(kFifo, newer));
  EXPECT_TRUE(delete_message(kFifo, newer));
}

TEST_F(QueuesTest, AFifoDuplicateWithinFiveMinutesAnswersWithTheFirst) {
  create(kFifo);
  const auto first = send_to_group("a", "body", "id");
  const auto handle = receive(kFifo)[0].receipt_handle;
  ASSERT_TRUE(delete_message(kFifo, handle));  // deleting does not end deduplication
  clock_.advance(minutes{5} - milliseconds{1});
  const auto records = journal_.records().size();
  const auto duplicate = send_to_group("b", "another body", "id");
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->id, first->id);
  EXPECT_EQ(duplicate->sequence, first->sequence);
  EXPECT_EQ(journal_.records().size(), records);
  clock_.advance(milliseconds{1});
  const auto later = send_to_group("a", "body", "id");
  EXPECT_NE(later->id, first->id);
  EXPECT_EQ(later->sequence, Sequence{2});
}

// Records clear it, so that a restart restores the window as it was.
TEST_F(QueuesTest, AFifoQueueThatNobodySendsToKeepsNoDeduplicationWindow) {
  create(kFifo);
  for (std::size_t i = 0; i < base::kStepMax + 1; ++i) ASSERT_TRUE(send_to_group("a", std::to_string(i)));
  ASSERT_TRUE(queues_.purge(kFifo, clock_.now(), journal_));
  const auto empty_at = clock_.now() + 2 * kDeduplicationWindow;
  EXPECT_EQ(queues_.next_expiry(), empty_at);
  clock_.set(empty_at);
  queues_.expire(clock_.now(), journal_);
  EXPECT_EQ(queues_.next_expiry(), empty_at) << "one is left";
  Queues replayed{/*step_max=*/3};
  for (const auto& record : journal_.records()) TestJournal::replay(record, replayed);
  EXPECT_EQ(log::saved(replayed), log::saved(queues_));
  queues_.expire(clock_.now(), journal_);
  EXPECT_EQ(queues_.next_expiry(), std::nullopt);
  EXPECT_EQ(queues_.find(kFifo)->deduplication.overdue(), std::nullopt);
}

// Another version may forget more or less at once: the record says how much it removed.
TEST_F(QueuesTest, ForgetsAsMuchOfADeduplicationWindowAsTheRecordSays) {
  create(kFifo);
  for (std::size_t i = 0; i < 5; ++i) ASSERT_TRUE(send_to_group("a", std::to_string(i)));
  clock_.advance(2 * kDeduplicationWindow);
  const auto remembered = [&] {
    std::size_t count = 0;
    queues_.find(kFifo)->deduplication.for_each([&](const auto&, const auto&) { ++count; });
    return count;
  };
  journal_.write(MessagesExpired{.queue_arn = kFifo, .forgotten_max = 2});
  EXPECT_EQ(remembered(), 3U);
  journal_.write(MessagesExpired{.queue_arn = kFifo});
  EXPECT_EQ(remembered(), 0U);
}

TEST_F(QueuesTest, DeduplicatesByContentOrWithinTheGroupWhenToldTo) {
  create(kFifo, {{"ContentBasedDeduplication", "true"}, {"DeduplicationScope", "messageGroup"}});
  const auto first = send(kFifo, {.body = "x", .group_id = "a", .body_hash = "hash"});
  EXPECT_EQ(send(kFifo, {.body = "x", .group_id = "a", .body_hash = "hash"})->id, first->id);
  EXPECT_NE(send(kFifo, {.body = "x", .group_id = "b", .body_hash = "hash"})->id, first->id);
  const auto without_hash = send(kFifo, {.body = "y", .group_id = "a"});
  EXPECT_EQ(send(kFifo, {.body = "y", .group_id = "a"})->id, without_hash->id);
  EXPECT_NE(send(kFifo, {.body = "x", .group_id = "a", .deduplication_id = "own", .body_hash = "hash"})->id, first->id);
  const auto of_a = send(kFifo, {.body = "x", .group_id = "a", .deduplication_id = "bc"});
  EXPECT_NE(send(kFifo, {.body = "x", .group_id = "ab", .deduplication_id = "c"})->id, of_a->id);
}

TEST_F(QueuesTest, AFifoQueueDelaysInOrder) {
  create(kFifo, {{"DelaySeconds", "10"}});
  ASSERT_TRUE(send_to_group("a", "a1"));
  clock_.advance(seconds{5});
  ASSERT_TRUE(send_to_group("a", "a2"));
  ASSERT_TRUE(send_to_group("b", "b1"));
  ASSERT_TRUE(send(kFifo, {.body = "b2", .delay = seconds{0}, .group_id = "b", .deduplication_id = "b2"}));
  EXPECT_TRUE(receive(kFifo).empty());
  EXPECT_EQ(counts(kFifo).delayed, 4) << "the delay is the queue's alone";
  clock_.advance(seconds{5});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("a1"));
  clock_.advance(seconds{5});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("b1", "b2")) << "another waits behind what is in flight";
}

// The delay of what was sent before the clock was set back ends later than the delay of what was sent after it.
TEST_F(QueuesTest, AFifoGroupWaitsForADelayedMessageInItsMiddle) {
  create(kFifo, {{"DelaySeconds", "10"}});
  const auto start = clock_.now();
  ASSERT_TRUE(send_to_group("a", "a1"));
  clock_.set(start + seconds{60});
  ASSERT_TRUE(send_to_group("a", "a2"));
  clock_.set(start);
  ASSERT_TRUE(send_to_group("a", "a3"));
  clock_.set(start + seconds{10});
  EXPECT_THAT(bodies(receive(kFifo, {.count_max = 10, .visibility_timeout = seconds{0}})), ElementsAre("a1"));
  clock_.set(start + seconds{70});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("a1", "a2", "a3"));
}

// --- Dead letters and hand-over

TEST_F(QueuesTest, AnotherDelayOfAFifoQueueIsThatOfItsMessagesToo) {
  create(kOrders, {{"DelaySeconds", "600"}});
  create(kFifo, {{"DelaySeconds", "600"}});
  ASSERT_TRUE(send(kOrders, {.body = "standard"}));
  ASSERT_TRUE(send_to_group("g", "a"));
  ASSERT_TRUE(send_to_group("g", "b"));
  set(kOrders, {{"DelaySeconds", "0"}});
  set(kFifo, {{"DelaySeconds", "0"}});
  EXPECT_EQ(counts(kOrders).delayed, 1);
  EXPECT_EQ(counts(kFifo).delayed, 0);
  ASSERT_THAT(bodies(receive(kFifo, {.count_max = 1, .visibility_timeout = seconds{20}})), ElementsAre("a"));

  set(kFifo, {{"DelaySeconds", "60"}});
  EXPECT_EQ(counts(kFifo), (MessageCounts{.visible = 0, .in_flight = 1, .delayed = 1}));
  clock_.advance(seconds{20});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("a")) << "it has been received";
  clock_.advance(seconds{40});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("a", "b"));
}

TEST_F(QueuesTest, MovesToTheDeadLetterQueueAtTheReceiveAfterTheLastAllowed) {
  create(kFailed, {{"DelaySeconds", "900"}});
  create(kOrders, {{"VisibilityTimeout", "1"}, {"RedrivePolicy", redrive_to(kFailed, 2)}});
  const auto sent_at = clock_.now();
  const auto sent = send(kOrders, {.body = "poison", .group_id = "g"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(receive(kOrders).size(), 1);
    clock_.advance(seconds{1});
  }
  EXPECT_EQ(counts(kOrders).visible, 1);  // still here: no receive has been tried yet
  ASSERT_TRUE(send(kOrders, {.body = "good"}));
  EXPECT_THAT(bodies(receive(kOrders)), ElementsAre("good"));
  EXPECT_EQ(counts(kOrders), (MessageCounts{.visible = 0, .in_flight = 1, .delayed = 0}));

  const auto dead = receive(kFailed);
  ASSERT_EQ(dead.size(), 1);
  EXPECT_EQ(dead[0].id, sent->id);
  EXPECT_EQ(dead[0].sent, sent_at);
  EXPECT_EQ(dead[0].receive_count, 3);  // counted over all queues
  EXPECT_EQ(dead[0].dead_letter_source_arn, kOrders);
  EXPECT_EQ(dead[0].group_id, "g");
  EXPECT_EQ(body_of(dead[0]), "poison");

  // The retention period still counts from the first send.
  set(kFailed, {{"MessageRetentionPeriod", "60"}});
  EXPECT_EQ(queues_.next_expiry(), sent_at + seconds{60});
}

TEST_F(QueuesTest, ADeadLetterQueueCountsItsOwnReceives) {
  const std::string lost = kPrefix + "lost";
  create(lost);
  create(kFailed, {{"VisibilityTimeout", "0"}, {"RedrivePolicy", redrive_to(lost, 2)}});
  create(kOrders, {{"VisibilityTimeout", "0"}, {"RedrivePolicy", redrive_to(kFailed, 3)}});
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(receive(kOrders).size(), 1);
  EXPECT_THAT(receive(kOrders), IsEmpty());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(receive(kFailed).size(), 1);
  EXPECT_THAT(receive(kFailed), IsEmpty());
  const auto last = receive(lost);
  ASSERT_EQ(last.size(), 1);
  EXPECT_EQ(last[0].receive_count, 6);
  EXPECT_EQ(last[0].dead_letter_source_arn, kFailed);
}

TEST_F(QueuesTest, AFifoGroupGoesOnBehindItsDeadLetter) {
  create(kFailedFifo);
  create(kFifo, {{"VisibilityTimeout", "1"}, {"RedrivePolicy", redrive_to(kFailedFifo, 1)}});
  for (const char* body : {"a1", "a2"}) ASSERT_TRUE(send_to_group("a", body));
  EXPECT_THAT(bodies(receive(kFifo, {.count_max = 1})), ElementsAre("a1"));
  clock_.advance(seconds{1});
  EXPECT_THAT(bodies(receive(kFifo)), ElementsAre("a2"));
  const auto dead = receive(kFailedFifo);
  ASSERT_EQ(dead.size(), 1);
  EXPECT_EQ(dead[0].group_id, "a");
  // Amazon SQS Developer Guide, "Learn how to configure a dead-letter queue redrive".
  EXPECT_EQ(dead[0].deduplication_id, dead[0].id.text());
  EXPECT_EQ(dead[0].sequence, Sequence{1});
}

// Amazon SQS Developer Guide, "Setting up dead-letter queue retention".
TEST_F(QueuesTest, AFifoDeadLettersRetentionPeriodBeginsWhenItIsMoved) {
  create(kFailedFifo, {{"MessageRetentionPeriod", "60"}});
  create(kFifo, {{"VisibilityTimeout", "1"}, {"RedrivePolicy", redrive_to(kFailedFifo, 1)}});
  ASSERT_TRUE(send_to_group("a", "poison"));
  EXPECT_EQ(receive(kFifo).size(), 1);
  clock_.advance(seconds{100});
  const auto moved_at = clock_.now();
  EXPECT_THAT(receive(kFifo), IsEmpty());
  EXPECT_EQ(queues_.next_expiry(), moved_at + seconds{60});
  const auto dead = receive(kFailedFifo);
  ASSERT_EQ(dead.size(), 1);
  EXPECT_EQ(dead[0].sent, moved_at);
}

TEST_F(QueuesTest, WithoutItsDeadLetterQueueGoesOnGivingTheMessageOut) {
  create(kFailed);
  create(kOrders, {{"VisibilityTimeout", "0"}, {"RedrivePolicy", redrive_to(kFailed, 1)}});
  ASSERT_TRUE(queues_.remove(kFailed, journal_));
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(receive(kOrders).size(), 1);
}

TEST_F(QueuesTest, AQueueThatIsItsOwnDeadLetterQueueKeepsItsOrder) {
  create(kFifo, {{"VisibilityTimeout", "0"}});
  set(kFifo, {{"RedrivePolicy", redrive_to(kFifo, 1)}});
  for (const char* body : {"a1", "a2"}) ASSERT_TRUE(send_to_group("a", body));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(bodies(receive(kFifo, {.count_max = 1})), ElementsAre("a1"));
}

TEST_F(QueuesTest, MovesManyDeadLettersInSeveralReceives) {
  create(kFailed);
  create(kOrders, {{"VisibilityTimeout", "0"}});
  for (std::size_t i = 0; i < base::kStepMax + 5; ++i) {
    journal_.write(MessageSent{.queue_arn = kOrders, .message_id = {0, i}});
    journal_.write(MessagesReceived{.queue_arn = kOrders, .sequences = {Sequence{i + 1}}});
    journal_.write(VisibilityChanged{.queue_arn = kOrders, .sequence = Sequence{i + 1}});
  }
  set(kOrders, {{"RedrivePolicy", redrive_to(kFailed, 1)}});
  EXPECT_THAT(receive(kOrders), IsEmpty());
  EXPECT_EQ(counts(kFailed).visible, base::kStepMax);
  EXPECT_THAT(receive(kOrders), IsEmpty());
  EXPECT_EQ(counts(kFailed).visible, base::kStepMax + 5);
}

TEST_F(QueuesTest, AcceptsWhatIsHandedOverOrSaysWhyNot) {
  create(kOrders, {{"MaximumMessageSize", "1024"}, {"DelaySeconds", "5"}});
  create(kFifo);
  const auto origin = std::make_shared<const std::string>("rule 7");
  Handover handover{.position = log::LogPosition{42}, .origin = origin, .message_id = {1, 2}, .body_bytes = 1'024};
  EXPECT_EQ(queues_.accept(kFifo, handover, clock_.now()), HandoverOutcome::GroupIdMissing);
  handover.group_id = "g";
  EXPECT_EQ(queues_.accept(kFifo, handover, clock_.now()), HandoverOutcome::DeduplicationIdMissing);
  handover.deduplication_id = "d";
  EXPECT_EQ(queues_.accept(kFifo, handover, clock_.now()), HandoverOutcome::Accepted);
  EXPECT_EQ(queues_.accept(kFifo, handover, clock_.now()), HandoverOutcome::Duplicate);
  EXPECT_EQ(queues_.accept(kOrders, handover, clock_.now()), HandoverOutcome::Accepted);
  handover.body_bytes = 1'025;
  EXPECT_EQ(queues_.accept(kOrders, handover, clock_.now()), HandoverOutcome::TooLarge);
  handover.is_dead_letter = true;
  EXPECT_EQ(queues_.accept(kOrders, handover, clock_.now()), HandoverOutcome::Accepted);

  EXPECT_THAT(receive(kOrders), IsEmpty());
  clock_.advance(seconds{5});
  const auto received = receive(kOrders);
  ASSERT_EQ(received.size(), 2);
  EXPECT_EQ(received[0].position, log::LogPosition{42});
  EXPECT_EQ(received[0].origin, origin);
  EXPECT_EQ(received[0].id, (MessageId{1, 2}));
  EXPECT_EQ(queues_.oldest_position_needed(), log::LogPosition{42});
}

// --- Snapshot

TEST_F(QueuesTest, ASnapshotWritesASharedOriginOnce) {
  create(kOrders);
  const auto origin = std::make_shared<const std::string>(std::string(10'000, 'o'));
  for (std::uint64_t i = 0; i < 100; ++i) {
    queues_.accept(kOrders, {.position = log::LogPosition{i}, .origin = origin, .message_id = {0, i}}, clock_.now());
  }
  const std::string bytes = log::saved(queues_);
  EXPECT_LT(bytes.size(), 20'000);
  Queues loaded;
  ASSERT_TRUE(loaded.load(bytes));
  EXPECT_EQ(log::saved(loaded), bytes);
  EXPECT_EQ(loaded.oldest_position_needed(), log::LogPosition{0});
}

// Its timeout may end before the time it was sent, if the clock was set back in between.
TEST_F(QueuesTest, ASnapshotKeepsInFlightWhatIs) {
  create(kOrders);
  const auto sent = clock_.now();
  ASSERT_TRUE(send(kOrders, {.body = "a"}));
  clock_.set(sent - minutes{5});
  EXPECT_EQ(receive(kOrders).size(), 1);
  const std::string snapshot = log::saved(queues_);
  queues_ = Queues{};
  ASSERT_TRUE(queues_.load(snapshot));
  EXPECT_EQ(counts(kOrders).in_flight, 1);
  EXPECT_THAT(receive(kOrders), IsEmpty());
}

// Nor does a start hide it until the clock, set back meanwhile, says again what it said then.
TEST_F(QueuesTest, ASnapshotKeepsVisibleWhatWaitsForNoTime) {
  create(kFailed);
  create(kOrders, {{"RedrivePolicy", redrive_to(kFailed, 1)}});
  ASSERT_TRUE(send(kOrders, {.body = "fails"}));
  ASSERT_EQ(receive(kOrders, {.visibility_timeout = seconds{0}}).size(), 1U);
  clock_.advance(seconds{1});
  ASSERT_TRUE(receive(kOrders).empty());
  ASSERT_TRUE(send(kOrders, {.body = "given back"}));
  ASSERT_TRUE(change(kOrders, receive(kOrders).at(0).receipt_handle, seconds{0}));
  clock_.advance(-seconds{1'000});
  Queues loaded;
  ASSERT_TRUE(loaded.load(log::saved(queues_)));
  for (const std::string& arn : {kOrders, kFailed}) {
    EXPECT_EQ(counts(arn).visible, 1U) << arn;
    EXPECT_EQ(loaded.counts(arn, clock_.now()), counts(arn)) << arn;
  }
}

TEST_F(QueuesTest, RefusesASnapshotThatIsCutOff) {
  create(kFailed);
  create(kOrders, {{"VisibilityTimeout", "0"}, {"RedrivePolicy", redrive_to(kFailed, 1)}});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(kOrders, {.body = "a", .group_id = "g"}));
  receive(kOrders);
  receive(kOrders);
  const std::string bytes = log::saved(queues_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Queues loaded;
    const auto result = loaded.load(std::string_view{bytes}.substr(0, size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code, ErrorCode::Corrupt);
  }
  Queues loaded;
  EXPECT_EQ(loaded.load(bytes + "x").error().code, ErrorCode::Corrupt);
}

TEST_F(QueuesTest, NoMessageNeedsTheLogWhenThereIsNone) { EXPECT_EQ(queues_.oldest_position_needed(), std::nullopt); }

}  // namespace
}  // namespace athanor::queue
