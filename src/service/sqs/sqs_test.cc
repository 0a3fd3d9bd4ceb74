// The SQS operations over real queues: what callers see, and in which words they are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "observe/counters.h"
#include "queue/test_journal.h"
#include "service/sqs/acknowledge.h"
#include "service/sqs/digests.h"
#include "service/sqs/message_checks.h"
#include "service/sqs/queue_address.h"
#include "service/sqs/queues.h"
#include "service/sqs/receive_message.h"
#include "service/sqs/send_message.h"

namespace athanor::service::sqs {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::Pair;

// The works that no operation of SQS may touch: a reference to nothing in particular.
template <class T>
T& untouched() {
  alignas(64) static char nothing[64];
  return reinterpret_cast<T&>(nothing);
}

class SqsTest : public testing::Test {
 protected:
  engine::Call call() { return {caller_, clock_.now(), random_, journal_, works_}; }

  template <class Request>
  auto decide(auto operation, const Request& request) {
    auto now = call();
    return operation(now, request);
  }

  std::string create(const std::string& name, std::map<std::string, std::string> attributes = {}) {
    if (name.ends_with(".fifo")) attributes["FifoQueue"] = "true";
    const auto created = decide(create_queue, api::CreateQueueRequest{name, attributes, {}});
    EXPECT_TRUE(created) << created.error().message;
    return created ? *created->queue_url : "";
  }

  Result<api::SendMessageResponse> send(api::SendMessageRequest request) {
    ATHANOR_TRY(prepared, prepare_send_message(std::move(request)));
    auto now = call();
    return send_message(now, std::move(prepared));
  }
  Result<api::SendMessageBatchResponse> send_batch(api::SendMessageBatchRequest request) {
    ATHANOR_TRY(prepared, prepare_send_message_batch(std::move(request)));
    auto now = call();
    return send_message_batch(now, std::move(prepared));
  }
  Result<api::ReceiveMessageResponse> receive(const api::ReceiveMessageRequest& request) {
    ATHANOR_TRY(prepared, prepare_receive_message(caller_, request));
    std::optional<Result<ReceivedMessages>> reply;
    auto now = call();
    receive_message(now, prepared, now.now, [&](Result<ReceivedMessages> result) { reply = std::move(result); });
    if (!reply) return Error{ErrorCode::Timeout, "still waiting", {}};
    if (!*reply) return reply->error();
    return finish_receive_message(prepared, **reply,
                                  [this](auto position, auto origin) { return read(position, origin); })
        .response;
  }
  Result<queue::MessageContent> read(log::LogPosition position, std::string_view origin) const {
    if (!origin.empty()) return queue::MessageContent{.body = std::string{origin}};
    for (const auto& record : journal_.records()) {
      if (record.position == position) return queue::content_of(*log::decode<queue::MessageSent>(record.payload));
    }
    return not_found("no such record");
  }
  template <class T>
  static Error error_of(const Result<T>& result) {
    return result ? Error{ErrorCode::Internal, "no error", {}} : result.error();
  }

  base::ManualClock clock_;
  base::Random random_{7};
  queue::Queues queues_;
  queue::TestJournal journal_{queues_, clock_};
  queue::Receivers receivers_;
  observe::Counters counters_;
  engine::Caller caller_{.endpoint = "http://127.0.0.1:4566", .access_key_id = ""};
  engine::Works works_{.rules = untouched<bus::RuleBook>(),
                       .deliveries = untouched<delivery::Dispatcher>(),
                       .queues = queues_,
                       .receivers = receivers_,
                       .functions = untouched<function::Functions>(),
                       .invocations = untouched<function::Invocations>(),
                       .archives = untouched<archive::Archives>(),
                       .replays = untouched<archive::Replays>(),
                       .stacks = untouched<stack::Stacks>(),
                       .counters = counters_};
};

// --- Queues

TEST_F(SqsTest, AQueueUrlMayNameAnyHostAndPath) {
  const std::string expected = "arn:aws:sqs:us-east-1:123456789012:orders";
  for (const char* url :
       {"http://127.0.0.1:4566/123456789012/orders", "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
        "http://proxy/path/before/123456789012/orders/", "/123456789012/orders", "http://h/123456789012/orders?x=/y",
        "orders"}) {
    EXPECT_EQ(arn_of_url(caller_, url), expected) << url;
  }
  for (const char* url : {"", "http://127.0.0.1:4566/orders", "arn:aws:sqs:us-east-1:123456789012:orders",
                          "http://127.0.0.1:4566//", "http://", "/"}) {
    EXPECT_EQ(error_of(arn_of_url(caller_, url)).code, ErrorCode::NotFound) << url;
  }
  EXPECT_EQ(url_of_arn(caller_, expected), "http://127.0.0.1:4566/123456789012/orders");
}

TEST_F(SqsTest, CreatesFindsAndDeletesAQueue) {
  const auto url = create("orders", {{"DelaySeconds", "1"}});
  EXPECT_EQ(url, "http://127.0.0.1:4566/123456789012/orders");
  EXPECT_EQ(decide(get_queue_url, api::GetQueueUrlRequest{"orders", {}})->queue_url, url);
  EXPECT_EQ(error_of(decide(get_queue_url, api::GetQueueUrlRequest{"orders", "999999999999"})).code,
            ErrorCode::NotFound);
  EXPECT_EQ(error_of(decide(create_queue, api::CreateQueueRequest{"orders", {{{"DelaySeconds", "2"}}}, {}})).message,
            "A queue already exists with the same name and a different value for attribute DelaySeconds");
  ASSERT_TRUE(decide(purge_queue, api::PurgeQueueRequest{url}));
  EXPECT_EQ(error_of(decide(purge_queue, api::PurgeQueueRequest{url})).message,
            "Only one PurgeQueue operation on orders is allowed every 60 seconds.");
  ASSERT_TRUE(decide(delete_queue, api::DeleteQueueRequest{url}));
  const auto gone = error_of(decide(get_queue_url, api::GetQueueUrlRequest{"orders", {}}));
  EXPECT_EQ(gone, (Error{ErrorCode::NotFound, "The specified queue does not exist.", {}}));
}

TEST_F(SqsTest, ListsQueuesInPagesOnlyWhenAskedTo) {
  EXPECT_EQ(decide(list_queues, api::ListQueuesRequest{})->queue_urls, std::nullopt);
  for (const char* name : {"a1", "a2", "a3", "b1"}) create(name);
  const std::string base = "http://127.0.0.1:4566/123456789012/";
  auto page = *decide(list_queues, api::ListQueuesRequest{"a", {}, 2});
  EXPECT_THAT(*page.queue_urls, ElementsAre(base + "a1", base + "a2"));
  ASSERT_TRUE(page.next_token);
  page = *decide(list_queues, api::ListQueuesRequest{"a", page.next_token, 2});
  EXPECT_THAT(*page.queue_urls, ElementsAre(base + "a3"));
  EXPECT_EQ(page.next_token, std::nullopt);
  EXPECT_EQ(decide(list_queues, api::ListQueuesRequest{})->queue_urls->size(), 4);
  EXPECT_EQ(error_of(decide(list_queues, api::ListQueuesRequest{{}, {}, 0})).code, ErrorCode::InvalidParameterValue);
  EXPECT_EQ(error_of(decide(list_queues, api::ListQueuesRequest{{}, "?", 1})).code, ErrorCode::InvalidParameterValue);
  caller_.region = "eu-west-1";
  EXPECT_EQ(decide(list_queues, api::ListQueuesRequest{})->queue_urls, std::nullopt);
}

TEST_F(SqsTest, ShowsAttributesThatAreAskedFor) {
  const auto url = create("orders");
  clock_.advance(seconds{10});
  ASSERT_TRUE(decide(set_queue_attributes, api::SetQueueAttributesRequest{url, {{"VisibilityTimeout", "45"}}}));
  ASSERT_TRUE(send({.queue_url = url, .message_body = "a"}));
  ASSERT_TRUE(send({.queue_url = url, .message_body = "b"}));
  ASSERT_TRUE(send({.queue_url = url, .message_body = "c", .delay_seconds = 5}));
  ASSERT_TRUE(receive({.queue_url = url}));
  const auto attributes = [&](std::vector<std::string> names) {
    return decide(get_queue_attributes, api::GetQueueAttributesRequest{url, std::move(names)});
  };
  EXPECT_EQ(decide(get_queue_attributes, api::GetQueueAttributesRequest{url, {}})->attributes, std::nullopt);
  EXPECT_EQ(attributes({})->attributes, std::nullopt);
  EXPECT_EQ(attributes({"RedrivePolicy"})->attributes, std::nullopt);
  EXPECT_THAT(
      *attributes({"QueueArn", "VisibilityTimeout"})->attributes,
      ElementsAre(Pair("QueueArn", "arn:aws:sqs:us-east-1:123456789012:orders"), Pair("VisibilityTimeout", "45")));
  EXPECT_EQ(error_of(attributes({"Colour"})),
            (Error{ErrorCode::InvalidAttributeName, "Unknown Attribute Colour.", {}}));
  EXPECT_THAT(*attributes({"All"})->attributes,
              ElementsAre(Pair("ApproximateNumberOfMessages", "1"), Pair("ApproximateNumberOfMessagesDelayed", "1"),
                          Pair("ApproximateNumberOfMessagesNotVisible", "1"), Pair("CreatedTimestamp", "1700000000"),
                          Pair("DelaySeconds", "0"), Pair("LastModifiedTimestamp", "1700000010"),
                          Pair("MaximumMessageSize", "1048576"), Pair("MessageRetentionPeriod", "345600"),
                          Pair("QueueArn", "arn:aws:sqs:us-east-1:123456789012:orders"),
                          Pair("ReceiveMessageWaitTimeSeconds", "0"), Pair("SqsManagedSseEnabled", "true"),
                          Pair("VisibilityTimeout", "45")));
}

TEST_F(SqsTest, ListsTheTagsThatWereNotTakenOff) {
  const auto url = create("orders");
  ASSERT_TRUE(decide(tag_queue, api::TagQueueRequest{url, {{"team", "a"}, {"stage", "dev"}}}));
  ASSERT_TRUE(decide(untag_queue, api::UntagQueueRequest{url, {"stage"}}));
  EXPECT_THAT(*decide(list_queue_tags, api::ListQueueTagsRequest{url})->tags, ElementsAre(Pair("team", "a")));
}

TEST_F(SqsTest, ListsTheSourcesOfADeadLetterQueuePageByPage) {
  const auto url = create("orders");
  const std::string policy =
      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:orders","maxReceiveCount":1})";
  const auto first = create("s1", {{"RedrivePolicy", policy}});
  const auto second = create("s2", {{"RedrivePolicy", policy}});
  const auto page = decide(list_dead_letter_source_queues, api::ListDeadLetterSourceQueuesRequest{url, {}, 1});
  EXPECT_THAT(page->queue_urls, ElementsAre(first));
  const auto rest =
      decide(list_dead_letter_source_queues, api::ListDeadLetterSourceQueuesRequest{url, page->next_token, 1});
  EXPECT_THAT(rest->queue_urls, ElementsAre(second));
  EXPECT_EQ(rest->next_token, std::nullopt);
}

// --- Messages

TEST_F(SqsTest, RefusesMalformedMessages) {
  using Values = std::map<std::string, api::MessageAttributeValue>;
  const auto url = create("orders");
  const auto text = [](std::string value, std::string type = "String") {
    return api::MessageAttributeValue{std::move(value), {}, std::move(type)};
  };
  Values eleven;
  for (int i = 0; i < 11; ++i) eleven.emplace("a" + std::to_string(i), text("v"));
  const struct {
    api::SendMessageRequest request;
    ErrorCode code;
    std::string message;  // a part of it
  } cases[] = {
      {{.message_body = ""}, ErrorCode::MissingParameter, "The request must contain the parameter MessageBody."},
      {{.message_body = std::string("a\0b", 3)}, ErrorCode::InvalidMessageContents, "Invalid characters found."},
      {{.message_body = "\x1B"}, ErrorCode::InvalidMessageContents, "Invalid characters found."},
      {{.message_body = "\xEF\xBF\xBF"}, ErrorCode::InvalidMessageContents, "Invalid characters found."},
      {{.message_body = "\xC0\x80"}, ErrorCode::InvalidMessageContents, "Invalid characters found."},
      {{.message_body = "a", .delay_seconds = 901},
       ErrorCode::InvalidParameterValue,
       "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."},
      {{.message_body = "a", .message_group_id = "a b"},
       ErrorCode::InvalidParameterValue,
       "Value a b for parameter MessageGroupId is invalid."},
      {{.message_body = "a", .message_attributes = eleven},
       ErrorCode::InvalidParameterValue,
       "Number of message attributes [11] exceeds the allowed maximum [10]."},
      {{.message_body = "a", .message_attributes = Values{{"a..b", text("v")}}},
       ErrorCode::InvalidParameterValue,
       "'a..b' is invalid"},
      {{.message_body = "a", .message_attributes = Values{{"AWS.x", text("v")}}},
       ErrorCode::InvalidParameterValue,
       "'AWS.x' is invalid"},
      {{.message_body = "a", .message_attributes = Values{{"n", text("v", "")}}},
       ErrorCode::InvalidParameterValue,
       "The message attribute 'n' must contain non-empty message attribute type."},
      {{.message_body = "a", .message_attributes = Values{{"n", text("v", "Strings")}}},
       ErrorCode::InvalidParameterValue,
       "The message attribute 'n' has an invalid message attribute type, the set of supported type prefixes is "
       "Binary, Number, and String."},
      {{.message_body = "a", .message_attributes = Values{{"n", text("")}}},
       ErrorCode::InvalidParameterValue,
       "The message attribute 'n' must contain non-empty message attribute value for message attribute type "
       "'String'."},
      {{.message_body = "a", .message_attributes = Values{{"n", text("1.e", "Number")}}},
       ErrorCode::InvalidParameterValue,
       "Can't cast the value of message (user) attribute 'n' to a number."},
      {{.message_body = "a", .message_attributes = Values{{"n", text("v", "Binary")}}},
       ErrorCode::InvalidParameterValue,
       "must contain non-empty message attribute value for message attribute type 'Binary'."},
      {{.message_body = "a", .message_system_attributes = {{{"Other", {"v", {}, "String"}}}}},
       ErrorCode::InvalidParameterValue,
       "Message system attribute name 'Other' is invalid."},
      {{.message_body = std::string(1'048'577, 'x')},
       ErrorCode::InvalidParameterValue,
       "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."},
  };
  for (auto c : cases) {
    c.request.queue_url = url;
    const auto error = error_of(send(c.request));
    EXPECT_EQ(error.code, c.code) << c.message;
    EXPECT_THAT(error.message, testing::HasSubstr(c.message));
  }
  for (const char* number : {"0", "-1.5", "+2", ".5", "1e9", "6.02E-23"}) {
    EXPECT_TRUE(
        send({.queue_url = url, .message_body = "a", .message_attributes = Values{{"n", text(number, "Number")}}}));
  }
  EXPECT_TRUE(send({.queue_url = url, .message_body = std::string(1'048'576, 'x')}));
}

TEST_F(SqsTest, DigestsAreThoseThatClientsCompute) {
  // Source: RFC 1321 for the body; for the attributes, computed by botocore's rule with Python's hashlib.
  EXPECT_EQ(md5_of_body("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_of_attributes({}), std::nullopt);
  EXPECT_EQ(md5_of_attributes({{"b", {"Binary", std::string("\0\1", 2)}}, {"a", {"Number.int", "7"}}}),
            "b47e0cb3ab623871c24cef039140a91a");
}

TEST_F(SqsTest, SendsAndReceivesWhatWasAskedFor) {
  const auto url = create("orders");
  const auto sent = send({.queue_url = url,
                          .message_body = "hello",
                          .message_attributes = {{{"a.x", {"1", {}, "Number"}},
                                                  {"a.y", {"text", {}, "String"}},
                                                  {"blob", {{}, api::Blob{"\1\2"}, "Binary.png"}}}},
                          .message_system_attributes = {{{"AWSTraceHeader", {"Root=1-2-3", {}, "String"}}}}});
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->md5_of_message_body, md5_of_body("hello"));
  EXPECT_EQ(sent->sequence_number, std::nullopt);
  ASSERT_TRUE(sent->md5_of_message_attributes);
  ASSERT_TRUE(sent->md5_of_message_system_attributes);

  const auto receive_with = [&](std::vector<std::string> system, std::vector<std::string> named) {
    const auto received = receive({.queue_url = url,
                                   .message_system_attribute_names = std::move(system),
                                   .message_attribute_names = std::move(named),
                                   .visibility_timeout = 0});
    EXPECT_TRUE(received && received->messages && received->messages->size() == 1);
    return (*received->messages)[0];
  };
  const auto bare = receive_with({}, {});
  EXPECT_EQ(bare.body, "hello");
  EXPECT_EQ(bare.md5_of_body, sent->md5_of_message_body);
  EXPECT_EQ(bare.message_id, sent->message_id);
  EXPECT_EQ(bare.attributes, std::nullopt);
  EXPECT_EQ(bare.message_attributes, std::nullopt);
  EXPECT_EQ(bare.md5_of_message_attributes, std::nullopt);

  const auto all = receive_with({"All"}, {"All"});
  EXPECT_THAT(*all.attributes, ElementsAre(Pair("AWSTraceHeader", "Root=1-2-3"),
                                           Pair("ApproximateFirstReceiveTimestamp", "1700000000000"),
                                           Pair("ApproximateReceiveCount", "2"), Pair("SenderId", "123456789012"),
                                           Pair("SentTimestamp", "1700000000000")));
  EXPECT_EQ(all.md5_of_message_attributes, sent->md5_of_message_attributes);
  EXPECT_EQ(all.message_attributes->at("blob").binary_value->bytes, "\1\2");
  EXPECT_EQ(all.message_attributes->at("a.x").string_value, "1");

  const auto some = receive_with({"ApproximateReceiveCount"}, {"a.*"});
  EXPECT_THAT(*some.attributes, ElementsAre(Pair("ApproximateReceiveCount", "3")));
  EXPECT_EQ(some.message_attributes->size(), 2);
  EXPECT_EQ(some.md5_of_message_attributes, md5_of_attributes({{"a.x", {"Number", "1"}}, {"a.y", {"String", "text"}}}));

  EXPECT_EQ(receive_with({}, {"blob", "none"}).message_attributes->size(), 1);
  EXPECT_EQ(receive_with({}, {".*"}).message_attributes->size(), 3);
}

TEST_F(SqsTest, RefusesReceivesInAwsWords) {
  const auto url = create("orders");
  const struct {
    api::ReceiveMessageRequest request;
    std::string message;
  } cases[] = {
      {{.max_number_of_messages = 11},
       "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."},
      {{.max_number_of_messages = 0},
       "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."},
      {{.wait_time_seconds = 21},
       "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."},
      {{.visibility_timeout = 43'201},
       "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."},
      {{.attribute_names = {{"Colour"}}}, "Unknown Attribute Colour."},
  };
  for (auto c : cases) {
    c.request.queue_url = url;
    EXPECT_EQ(error_of(receive(c.request)).message, c.message);
  }
  EXPECT_EQ(error_of(receive({.queue_url = url + "s"})).code, ErrorCode::NotFound);
  const auto empty = receive({.queue_url = url});
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->messages, std::nullopt);
}

TEST_F(SqsTest, ALongPollIsAnsweredWhenAMessageComes) {
  const auto url = create("orders", {{"ReceiveMessageWaitTimeSeconds", "20"}});
  const auto prepared = prepare_receive_message(caller_, {.queue_url = url});
  std::optional<Result<ReceivedMessages>> reply;
  auto now = call();
  const auto id = receive_message(now, *prepared, now.now, [&](auto result) { reply = std::move(result); });
  ASSERT_TRUE(id);
  EXPECT_FALSE(reply);
  EXPECT_EQ(receivers_.next_deadline(), clock_.now() + seconds{20});
  ASSERT_TRUE(send({.queue_url = url, .message_body = "a"}));
  receivers_.serve(queues_, clock_.now(), journal_);
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->size(), 1);
  // WaitTimeSeconds of 0 overrides the queue's.
  EXPECT_TRUE(receive({.queue_url = url, .wait_time_seconds = 0}));
}

// What finish_receive_message does with messages when some cannot be read.
class UnreadMessagesTest : public SqsTest {
 protected:
  // Sends a message for each body, to the group named by its first letter, and receives all of them.
  void receive_all(const std::string& queue, std::vector<std::string> bodies) {
    url_ = create(queue, {{"VisibilityTimeout", "60"}});
    const bool fifo = queue.ends_with(".fifo");
    for (const std::string& body : bodies) {
      api::SendMessageRequest request{.queue_url = url_, .message_body = body};
      if (fifo) {
        request.message_group_id = body.substr(0, 1);
        request.message_deduplication_id = body;
      }
      ASSERT_TRUE(send(std::move(request)));
    }
    prepared_ = *prepare_receive_message(caller_, {.queue_url = url_, .max_number_of_messages = 10});
    auto now = call();
    receive_message(now, prepared_, now.now, [&](auto result) { received_ = std::move(*result); });
    ASSERT_EQ(received_.size(), bodies.size());
  }
  FinishedReceive finish(const std::map<std::string, ErrorCode>& unread) const {
    return finish_receive_message(prepared_, received_, [&](auto position, auto origin) {
      auto content = read(position, origin);
      if (const auto found = unread.find(content->body); found != unread.end())
        content = Error{found->second, "unreadable", {}};
      return content;
    });
  }
  static std::vector<std::string> bodies(const FinishedReceive& finished) {
    std::vector<std::string> bodies;
    for (const auto& message : finished.response->messages.value_or(std::vector<api::Message>{}))
      bodies.push_back(*message.body);
    return bodies;
  }
  std::optional<std::string> discard(const FinishedReceive& finished) {
    auto now = call();
    return discard_lost(now, prepared_, finished.lost);
  }

  std::string url_;
  PreparedReceive prepared_;
  ReceivedMessages received_;
};

TEST_F(UnreadMessagesTest, AreLeftOutAndKeptUnlessTheyAreLost) {
  using enum ErrorCode;
  receive_all("orders", {"a", "b", "c"});
  const struct {
    std::map<std::string, ErrorCode> unread;
    std::vector<std::string> given;
    std::vector<std::size_t> lost;
    std::optional<ErrorCode> error;
  } cases[] = {
      {{{"a", Corrupt}}, {"b", "c"}, {}, {}},
      {{{"a", Unavailable}, {"b", Corrupt}}, {"c"}, {}, {}},
      {{{"a", Corrupt}, {"b", Unavailable}, {"c", Corrupt}}, {}, {}, Corrupt},
      {{{"a", Lost}, {"c", Lost}}, {"b"}, {0, 2}, {}},
      {{{"a", Lost}, {"b", Unavailable}, {"c", Corrupt}}, {}, {0}, Unavailable},
      {{{"a", Lost}, {"b", Lost}, {"c", Lost}}, {}, {0, 1, 2}, {}},
  };
  for (const auto& c : cases) {
    const auto finished = finish(c.unread);
    EXPECT_EQ(finished.response.has_value(), !c.error);
    if (c.error)
      EXPECT_EQ(error_of(finished.response).code, *c.error);
    else
      EXPECT_EQ(bodies(finished), c.given);
    EXPECT_EQ(finished.is_empty(), !c.error && c.given.empty());
    std::vector<std::string> handles;
    for (const std::size_t i : c.lost) handles.push_back(received_[i].receipt_handle);
    EXPECT_EQ(finished.lost, handles);
  }
}

TEST_F(UnreadMessagesTest, KeepBackThoseBehindThemInTheirGroupUnlessTheyAreLost) {
  receive_all("orders.fifo", {"a1", "a2", "b1"});
  EXPECT_THAT(bodies(finish({{"a1", ErrorCode::Unavailable}})), ElementsAre("b1"));
  EXPECT_THAT(bodies(finish({{"a1", ErrorCode::Corrupt}})), ElementsAre("b1")) << "a backup may bring it back";
  EXPECT_THAT(bodies(finish({{"a1", ErrorCode::Lost}})), ElementsAre("a2", "b1")) << "it never comes";
}

TEST_F(UnreadMessagesTest, AreDiscardedCountedAndToldOnceWhenTheyAreLost) {
  receive_all("orders", {"a", "b", "c"});
  const auto some = finish({{"a", ErrorCode::Lost}, {"b", ErrorCode::Lost}});
  const auto told = discard(some);
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, testing::StartsWith("Messages in arn:aws:sqs:us-east-1:123456789012:orders are lost, 2 so far: "));
  EXPECT_EQ(discard(some), std::nullopt) << "they are gone already";
  EXPECT_EQ(discard(finish({{"c", ErrorCode::Lost}})), std::nullopt) << "said once";
  EXPECT_EQ(counters_.text(),
            "# TYPE athanor_messages_lost_total counter\n"
            "athanor_messages_lost_total{queue=\"arn:aws:sqs:us-east-1:123456789012:orders\"} 3\n");
  clock_.advance(seconds{60});
  EXPECT_EQ(receive({.queue_url = url_})->messages, std::nullopt);
}

TEST_F(UnreadMessagesTest, ThatAreLostLetTheirGroupGoOn) {
  receive_all("orders.fifo", {"a1"});
  ASSERT_TRUE(
      send({.queue_url = url_, .message_body = "a2", .message_deduplication_id = "a2", .message_group_id = "a"}));
  EXPECT_EQ(receive({.queue_url = url_})->messages, std::nullopt);
  discard(finish({{"a1", ErrorCode::Lost}}));
  EXPECT_EQ((*receive({.queue_url = url_})->messages)[0].body, "a2");
}

TEST_F(UnreadMessagesTest, DoNotLengthenTheWaitWhenTheyAreLost) {
  receive_all("orders", {"a"});
  const base::Time began = clock_.now();
  clock_.advance(seconds{3});
  discard(finish({{"a", ErrorCode::Lost}}));
  const auto wait = [&](seconds wanted) {
    prepared_.wait = wanted;
    bool is_answered = false;
    auto now = call();
    receive_message(now, prepared_, began, [&](const auto&) { is_answered = true; });
    return !is_answered;
  };
  EXPECT_FALSE(wait(seconds{0}));
  EXPECT_FALSE(wait(seconds{3}));
  EXPECT_TRUE(wait(seconds{20}));
  EXPECT_EQ(receivers_.next_deadline(), began + seconds{20});
}

TEST_F(SqsTest, AFifoDuplicateIsAnsweredLikeTheFirstAndReceivedOnce) {
  const auto url = create("orders.fifo", {{"ContentBasedDeduplication", "true"}});
  EXPECT_EQ(error_of(send({.queue_url = url, .message_body = "a"})),
            (Error{ErrorCode::MissingParameter, "The request must contain the parameter MessageGroupId.", {}}));
  const auto first = send({.queue_url = url, .message_body = "a", .message_group_id = "g"});
  const auto again = send({.queue_url = url, .message_body = "a", .message_group_id = "g"});
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->message_id, again->message_id);
  EXPECT_EQ(first->sequence_number, "10000000000000000001");
  EXPECT_EQ(again->sequence_number, first->sequence_number);
  const auto received = receive({.queue_url = url, .attribute_names = {{"All"}}, .max_number_of_messages = 10});
  ASSERT_EQ(received->messages->size(), 1);
  const auto& attributes = *(*received->messages)[0].attributes;
  EXPECT_EQ(attributes.at("SequenceNumber"), "10000000000000000001");
  EXPECT_EQ(attributes.at("MessageGroupId"), "g");
  EXPECT_EQ(attributes.at("MessageDeduplicationId"),
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");  // SHA-256 of "a"
}

TEST_F(SqsTest, DeletesAndChangesVisibility) {
  const auto url = create("orders");
  ASSERT_TRUE(send({.queue_url = url, .message_body = "a"}));
  const auto received = receive({.queue_url = url});
  const std::string handle = *(*received->messages)[0].receipt_handle;
  EXPECT_EQ(error_of(decide(delete_message, api::DeleteMessageRequest{url, "garbage"})).code,
            ErrorCode::ReceiptHandleInvalid);
  EXPECT_TRUE(decide(change_message_visibility, api::ChangeMessageVisibilityRequest{url, handle, 60}));
  EXPECT_TRUE(decide(delete_message, api::DeleteMessageRequest{url, handle}));
  EXPECT_EQ(error_of(decide(change_message_visibility, api::ChangeMessageVisibilityRequest{url, handle, 60})).code,
            ErrorCode::InvalidParameterValue);
}

// --- Batches

TEST_F(SqsTest, RefusesBatchesAsAWhole) {
  const auto url = create("orders");
  const auto batch_of = [&](std::vector<std::string> ids) {
    api::SendMessageBatchRequest request{url, {}};
    for (auto& id : ids) request.entries.push_back({.id = id, .message_body = "a"});
    return request;
  };
  const struct {
    api::SendMessageBatchRequest request;
    ErrorCode code;
    std::string message;
  } cases[] = {
      {batch_of({}), ErrorCode::EmptyBatch,
       "There should be at least one SendMessageBatchRequestEntry in the request."},
      {batch_of(std::vector<std::string>(20, "a")), ErrorCode::TooManyEntriesInBatch,
       "Maximum number of entries per request are 10. You have sent 20."},
      {batch_of({"a", "a"}), ErrorCode::BatchEntryIdsNotDistinct, "Id a repeated."},
      {batch_of({"a b"}), ErrorCode::InvalidBatchEntryId,
       "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
       "letters long."},
      {batch_of({std::string(81, 'a')}), ErrorCode::InvalidBatchEntryId,
       "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
       "letters long."},
      {{url, {{.id = "a", .message_body = std::string(1'048'576, 'x')}, {.id = "b", .message_body = "y"}}},
       ErrorCode::BatchTooLong,
       "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."},
  };
  for (const auto& c : cases) {
    const auto error = error_of(send_batch(c.request));
    EXPECT_EQ(error.code, c.code);
    EXPECT_EQ(error.message, c.message);
  }
  EXPECT_EQ(error_of(send_batch({url + "s", {{.id = "a", .message_body = "b"}}})).code, ErrorCode::NotFound);
}

TEST_F(SqsTest, ABatchAnswersForEachEntry) {
  const auto url = create("orders.fifo");
  const auto sent =
      send_batch({url,
                  {{.id = "good", .message_body = "a", .message_deduplication_id = "1", .message_group_id = "g"},
                   {.id = "groupless", .message_body = "a", .message_deduplication_id = "2"},
                   {.id = "control", .message_body = "\1", .message_group_id = "g"}}});
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->successful->size(), 1);
  EXPECT_EQ(sent->successful->at(0).id, "good");
  EXPECT_TRUE(sent->successful->at(0).sequence_number);
  ASSERT_EQ(sent->failed->size(), 2);
  EXPECT_EQ(sent->failed->at(0),
            (api::BatchResultErrorEntry{"groupless", true, "InvalidParameterValue",
                                        "The request must contain the parameter MessageGroupId."}));
  EXPECT_EQ(sent->failed->at(1).code, "InvalidMessageContents");

  const auto received = receive({.queue_url = url});
  const std::string handle = *(*received->messages)[0].receipt_handle;
  const auto changed = decide(change_message_visibility_batch,
                              api::ChangeMessageVisibilityBatchRequest{url, {{"a", handle, 30}, {"b", "x", 30}}});
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->successful->size(), 1);
  EXPECT_EQ(changed->failed->at(0).code, "ReceiptHandleIsInvalid");
  const auto deleted =
      decide(delete_message_batch, api::DeleteMessageBatchRequest{url, {{"a", handle}, {"b", "x"}, {"c", handle}}});
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->successful->size(), 2);
  EXPECT_EQ(deleted->failed->at(0).id, "b");
  EXPECT_FALSE(decide(delete_message_batch, api::DeleteMessageBatchRequest{url, {{"a", handle}}})->failed);
  EXPECT_FALSE(decide(delete_message_batch, api::DeleteMessageBatchRequest{url, {{"b", "x"}}})->successful);
  EXPECT_EQ(error_of(decide(delete_message_batch, api::DeleteMessageBatchRequest{url, {}})).message,
            "There should be at least one DeleteMessageBatchRequestEntry in the request.");
}

}  // namespace
}  // namespace athanor::service::sqs
