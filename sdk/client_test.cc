#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "api/sqs.h"
#include "format/json.h"
#include "sdk/eventbridge_bus.h"
#include "sdk/lambda_runtime.h"

namespace athanor::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A network that answers from a list, and keeps what was sent.
struct TestNetwork {
  std::deque<Result<http::Response>> answers;
  std::vector<std::pair<http::Endpoint, http::Request>> sent;
  http::Response bus{.status = 200, .headers = {}, .body = R"({"Name":"b"})"};  // the answer to DescribeEventBus
  int asked_for_bus = 0;
  std::vector<base::Duration> sleeps;
  base::ManualClock clock;
  base::Random random{7};

  Send send() {
    return [this](const http::Endpoint& endpoint, const http::Request& request) -> Result<http::Response> {
      if (request.header("X-Amz-Target") == "AWSEvents.DescribeEventBus") {
        ++asked_for_bus;
        return bus;
      }
      sent.emplace_back(endpoint, request);
      if (answers.empty()) return Error{ErrorCode::Unavailable, "nobody listens", {}};
      auto answer = answers.front();
      answers.pop_front();
      return answer;
    };
  }
  Surroundings surroundings() {
    return {.clock = clock, .random = random, .sleep = [this](base::Duration wait) {
              sleeps.push_back(wait);
              clock.advance(wait);
            }};
  }
  AwsClient client(AwsSettings settings, RetryLimits retries = {}) {
    return {std::move(settings), retries, surroundings(), send()};
  }
  void answer(std::uint16_t status, std::string body) {
    answers.push_back(http::Response{.status = status, .headers = {}, .body = std::move(body)});
  }
};

AwsSettings amazon() {
  return {
      .region = "eu-west-1", .endpoint_url = {}, .service_endpoints = {}, .credentials = {"AKID", "secret", "token"}};
}

EventMessage message(std::string type, std::string detail = "{}") {
  return {.source = "alchemiser.strategy",
          .detail_type = std::move(type),
          .detail = std::move(detail),
          .resources = {"correlation:c"},
          .time = Timestamp{base::Time{std::chrono::seconds{1'760'385'600}}}};
}

std::string entries(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += std::string(i ? "," : "") + R"({"EventId":"id-)" + std::to_string(i) + R"("})";
  return R"({"FailedEntryCount":0,"Entries":[)" + out + "]}";
}

TEST(AwsClient, TellsAwsNameForAnError) {
  TestNetwork network;
  network.answer(400, R"({"__type":"ResourceNotFoundException","message":"Event bus x does not exist."})");
  AwsClient client = network.client(amazon());
  const auto response = client.call<api::GetQueueUrl>({.queue_name = "q", .queue_owner_aws_account_id = std::nullopt});
  ASSERT_FALSE(response.has_value());
  EXPECT_THAT(response.error().message, HasSubstr("ResourceNotFoundException: Event bus x does not exist."));
  EXPECT_EQ(network.sent.size(), 1u);
}

TEST(AwsClient, TellsWhoseAnswerItCannotRead) {
  const struct {
    const char* body;
    const char* message;
  } rows[] = {{"<html>", "http://127.0.0.1:4567: This is not a response of ListQueues: it is not a JSON object."},
              {"", "http://127.0.0.1:4567: This is not a response of ListQueues: it is empty."}};
  AwsSettings local = amazon();
  local.endpoint_url = "http://127.0.0.1:4567";
  for (const auto& row : rows) {
    TestNetwork network;
    network.answer(200, row.body);
    const auto response = network.client(local).call<api::ListQueues>({});
    ASSERT_FALSE(response.has_value()) << row.message;
    EXPECT_EQ(response.error().message, row.message);
  }
}

TEST(AwsClient, RetriesWhatMayPassAndNothingElse) {
  const struct {
    std::uint16_t status;
    const char* body;
    std::size_t requests;
    const char* message;
  } rows[] = {
      {400, R"({"__type":"ValidationException","message":"no"})", 1, "ValidationException: no"},
      {403, R"({"__type":"AccessDeniedException","message":"no"})", 1, "AccessDeniedException: no"},
      {400, R"({"__type":"ThrottlingException","message":"slow down"})", 4, "ThrottlingException: slow down"},
      {500, R"({"__type":"InternalFailure","message":"oh"})", 4, "InternalFailure: oh"},
      {502, "<html>a proxy</html>", 4, "502"},
      {503, "", 4, "503"},
      {429, "", 4, "429"},
      {408, "", 4, "408"},
      {200, "", 1, "it is empty"},
      {200, "<html>somebody else</html>", 1, "it is not a JSON object"},
  };
  for (const auto& row : rows) {
    TestNetwork network;
    for (int i = 0; i < 10; ++i) network.answer(row.status, row.body);
    AwsClient client = network.client(amazon(), {.retries_max = 3});
    const auto response = client.call<api::ListQueues>({});
    ASSERT_FALSE(response.has_value()) << row.status << " " << row.body;
    EXPECT_THAT(response.error().message, HasSubstr(row.message));
    EXPECT_EQ(network.sent.size(), row.requests) << row.status << " " << row.body;
  }
  TestNetwork silent;
  AwsClient client = silent.client(amazon(), {.retries_max = 185, .age_max = std::chrono::seconds{60}});
  const auto response = client.call<api::ListQueues>({});
  ASSERT_FALSE(response.has_value());
  EXPECT_THAT(response.error().message, HasSubstr("nobody listens"));
  EXPECT_GT(silent.sent.size(), 15u);
  base::Duration waited{0};
  for (const auto wait : silent.sleeps) waited += wait;
  EXPECT_LE(waited, std::chrono::seconds{60});
  EXPECT_GT(waited, std::chrono::seconds{50});
}

TEST(AwsClient, GoesToAmazonUnlessToldOtherwise) {
  TestNetwork network;
  network.answer(200, "{}");
  network.answer(200, "{}");
  ASSERT_TRUE(network.client(amazon()).call<api::ListQueues>({}).has_value());
  AwsSettings local = amazon();
  local.endpoint_url = "http://127.0.0.1:4567";
  ASSERT_TRUE(network.client(local).call<api::ListQueues>({}).has_value());
  EXPECT_EQ(network.sent[0].first.url(), "https://sqs.eu-west-1.amazonaws.com");
  EXPECT_EQ(network.sent[0].second.header("Host"), "sqs.eu-west-1.amazonaws.com");
  EXPECT_EQ(network.sent[1].first.url(), "http://127.0.0.1:4567");
  EXPECT_EQ(network.sent[1].second.header("Host"), "127.0.0.1:4567");
  for (const auto& [endpoint, request] : network.sent) {
    EXPECT_EQ(request.header("X-Amz-Target"), "AmazonSQS.ListQueues");
    EXPECT_EQ(request.header("X-Amz-Security-Token"), "token");
    EXPECT_THAT(std::string(request.header("Authorization")),
                testing::StartsWith("AWS4-HMAC-SHA256 Credential=AKID/20231114/eu-west-1/sqs/aws4_request"));
  }
}

TEST(EventBridgeBus, SendsNoTextThatIsNotUtf8AndTheOthers) {
  TestNetwork network;
  network.answer(200, entries(1));
  AwsClient client = network.client(amazon());
  EXPECT_EQ(client.call<api::ListQueues>({.queue_name_prefix = "\xff"}).error().message,
            "queueNamePrefix is not UTF-8.");
  EventBridgeBus bus{{.event_bus_name = "b"}, client};
  std::vector<EventMessage> messages{message("A"), message("B", "{\"a\":\"\xe9\"}"), message("C")};
  messages[0].resources = {"\xff"};
  const auto results = bus.publish_all(messages);
  EXPECT_EQ(results[0].error().message, "A string in resources is not UTF-8.");
  EXPECT_EQ(results[1].error().message, "detail is not UTF-8.");
  EXPECT_TRUE(results[2].has_value());
  EXPECT_EQ(network.sent.size(), 1u);
}

TEST(EventBridgeBus, PublishesAsTheSeedDescribes) {
  TestNetwork network;
  network.answer(200, entries(1));
  AwsClient client = network.client(amazon());
  EventBridgeBus bus{{.event_bus_name = "alchemiser-trading-events-dev"}, client};
  const auto receipt = bus.publish_message(message("SignalGenerated", R"({"a":"b"})"));
  ASSERT_TRUE(receipt.has_value()) << receipt.error().message;
  EXPECT_EQ(receipt->event_id, "id-0");
  const http::Request& request = network.sent.at(0).second;
  EXPECT_EQ(request.header("X-Amz-Target"), "AWSEvents.PutEvents");
  const auto entry = format::parse_json(request.body)->find("Entries")->items.at(0);
  EXPECT_EQ(entry.find("Source")->text, "alchemiser.strategy");
  EXPECT_EQ(entry.find("DetailType")->text, "SignalGenerated");
  EXPECT_EQ(entry.find("Detail")->text, R"({"a":"b"})");
  EXPECT_EQ(entry.find("EventBusName")->text, "alchemiser-trading-events-dev");
  EXPECT_EQ(entry.find("Resources")->items.at(0).text, "correlation:c");
  EXPECT_EQ(entry.find("Time")->text, "1760385600");
}

// A 200 that refuses an entry is not a success.
TEST(EventBridgeBus, AnswersForEachEntry) {
  TestNetwork network;
  network.answer(
      200,
      R"({"FailedEntryCount":2,"Entries":[{"EventId":"a"},{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."},)"
      R"({"ErrorCode":"ThrottlingException","ErrorMessage":"slow"}]})");
  network.answer(200, R"({"FailedEntryCount":0,"Entries":[{"EventId":"c"}]})");
  AwsClient client = network.client(amazon());
  EventBridgeBus bus{{}, client};
  const std::vector<EventMessage> messages{message("A"), message("B"), message("C")};
  const auto results = bus.publish_all(messages);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].value().event_id, "a");
  ASSERT_FALSE(results[1].has_value());
  EXPECT_THAT(results[1].error().message, HasSubstr("MalformedDetail: Detail is malformed."));
  EXPECT_EQ(results[2].value().event_id, "c");  // sent again, alone
  ASSERT_EQ(network.sent.size(), 2u);
  EXPECT_THAT(network.sent[1].second.body, HasSubstr("\"C\""));
  EXPECT_THAT(network.sent[1].second.body, testing::Not(HasSubstr("\"A\"")));
}

TEST(EventBridgeBus, StopsAfterTheRetriesItIsSetTo) {
  for (const std::int64_t retries : {0, 3, 5}) {
    TestNetwork network;
    AwsClient client = network.client(amazon());
    EventBridgeBus bus{{.max_retry_attempts = retries}, client};
    const auto receipt = bus.publish_message(message("A"));
    ASSERT_FALSE(receipt.has_value());
    EXPECT_EQ(receipt.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(network.sent.size(), static_cast<std::size_t>(retries) + 1);
    EXPECT_EQ(network.sleeps.size(), static_cast<std::size_t>(retries));
  }
}

TEST(EventBridgeBus, SendsInRequestsThatFit) {
  TestNetwork network;
  for (const int count : {10, 10, 5}) network.answer(200, entries(count));
  AwsClient client = network.client(amazon());
  EventBridgeBus bus{{}, client};
  const std::vector<EventMessage> many(25, message("A"));
  for (const auto& result : bus.publish_all(many)) EXPECT_TRUE(result.has_value());
  EXPECT_EQ(network.sent.size(), 3u);

  const auto large = [](std::size_t bytes) { return message("L", "{\"x\":\"" + std::string(bytes, 'x') + "\"}"); };
  network.sent.clear();
  for (const int count : {2, 1}) network.answer(200, entries(count));
  const std::vector<EventMessage> three{large(400'000), large(600'000), large(2'000'000), large(700'000)};
  const auto results = bus.publish_all(three);
  EXPECT_TRUE(results[0].has_value());
  EXPECT_TRUE(results[1].has_value());
  ASSERT_FALSE(results[2].has_value());
  EXPECT_EQ(results[2].error().code, ErrorCode::RequestTooLarge);
  EXPECT_TRUE(results[3].has_value());
  EXPECT_EQ(network.sent.size(), 2u);
}

// PutEvents would give receipts for a missing bus.
TEST(EventBridgeBus, PublishesNothingToABusThatIsNotThere) {
  TestNetwork network;
  AwsClient client = network.client(amazon());
  EventBridgeBus bus{{.event_bus_name = "nobus"}, client};
  network.bus = {.status = 400,
                 .headers = {},
                 .body = R"({"__type":"ResourceNotFoundException","message":"Event bus nobus does not exist."})"};
  const auto receipt = bus.publish_message(message("A"));
  ASSERT_FALSE(receipt.has_value());
  EXPECT_EQ(receipt.error().code, ErrorCode::NotFound);
  EXPECT_THAT(receipt.error().message, HasSubstr("Event bus nobus does not exist."));
  EXPECT_TRUE(network.sent.empty());

  network.bus = {
      .status = 400, .headers = {}, .body = R"({"__type":"AccessDeniedException","message":"not yours to ask"})"};
  for (int i = 0; i < 2; ++i) {
    network.answer(200, entries(1));
    EXPECT_TRUE(bus.publish_message(message("A")).has_value());
  }
  EXPECT_EQ(network.asked_for_bus, 2);
}

struct RuntimeTest : testing::Test {
  TestNetwork network;
  std::vector<std::string> log;
  LambdaRuntime runtime{.runtime_api = "127.0.0.1:9001",
                        .clock = network.clock,
                        .send = network.send(),
                        .log = [this](std::string_view line) { log.emplace_back(line); }};
  EventHandlers handlers;

  void next(std::string body) {
    network.answers.push_back(http::Response{.status = 200,
                                             .headers = {{"Lambda-Runtime-Aws-Request-Id", "r-1"},
                                                         {"Lambda-Runtime-Deadline-Ms", "1700000003000"},
                                                         {"Lambda-Runtime-Invoked-Function-Arn", "arn:x"},
                                                         {"Lambda-Runtime-Trace-Id", "Root=1"}},
                                             .body = std::move(body)});
    network.answer(202, "{}");
  }
};

constexpr Producer kShop{.module = "shop", .component = "", .source = "shop"};
struct Sold : Event<Sold> {
  static constexpr EventKind kKind{.type = "Sold", .id_prefix = "sold-", .producers = {kShop}};
  using Event::Event;
  static constexpr auto members() { return fields(); }
};

std::string sold_envelope() {
  return write_envelope({.id = "1", .detail_type = "Sold", .source = "market.shop"},
                        EventJson::write(Sold{Lineage::root("c", "d"), kShop, {}}));
}

TEST_F(RuntimeTest, HandsAnEventOverAndAnswers) {
  base::Duration remaining{0};
  std::string arn;
  handlers.on<Sold>([&](const Envelope<Sold>&, Context& context) -> Result<void> {
    remaining = context.remaining();
    arn = context.function_arn;
    return {};
  });
  next(sold_envelope());
  ASSERT_TRUE(run_one_invocation(runtime, handlers).has_value());
  EXPECT_EQ(remaining, base::Duration{3'000});
  EXPECT_EQ(arn, "arn:x");
  ASSERT_EQ(network.sent.size(), 2u);
  EXPECT_EQ(network.sent[0].second.method + " " + network.sent[0].second.target,
            "GET /2018-06-01/runtime/invocation/next");
  EXPECT_EQ(network.sent[1].second.method + " " + network.sent[1].second.target,
            "POST /2018-06-01/runtime/invocation/r-1/response");
}

TEST_F(RuntimeTest, TellsAFailedHandler) {
  handlers.on<Sold>(
      [](const Envelope<Sold>&, Context&) -> Result<void> { return Error{ErrorCode::Throttled, "later", {}}; });
  next(sold_envelope());
  ASSERT_TRUE(run_one_invocation(runtime, handlers).has_value());
  const http::Request& answer = network.sent.at(1).second;
  EXPECT_EQ(answer.target, "/2018-06-01/runtime/invocation/r-1/error");
  EXPECT_EQ(answer.header("Lambda-Runtime-Function-Error-Type"), "Throttled");
  EXPECT_EQ(answer.body, R"({"errorMessage":"later","errorType":"Throttled","stackTrace":[]})");
  EXPECT_THAT(log, ElementsAre("ERROR later"));
}

TEST_F(RuntimeTest, TellsAnUnknownType) {
  next(sold_envelope());
  ASSERT_TRUE(run_one_invocation(runtime, handlers).has_value());
  EXPECT_EQ(network.sent.at(1).second.header("Lambda-Runtime-Function-Error-Type"), "UnknownEventType");
}

TEST_F(RuntimeTest, EndsWhenTheApiIsGone) {
  next("{}");
  network.answers.push_back(Error{ErrorCode::Timeout, "silence", {}});
  const Error end = run_invocations(runtime, handlers);
  EXPECT_EQ(end.code, ErrorCode::Unavailable);
  EXPECT_EQ(network.sent.size(), 4u);  // next, error, next (silent), next (gone)
}

TEST_F(RuntimeTest, TellsThatItCannotStart) {
  network.answer(202, "{}");
  ASSERT_TRUE(report_init_error(runtime, invalid_input("ALCHEMISER_STATE_DIR is not set")).has_value());
  EXPECT_EQ(network.sent.at(0).second.target, "/2018-06-01/runtime/init/error");
  EXPECT_THAT(network.sent.at(0).second.body, HasSubstr("ALCHEMISER_STATE_DIR is not set"));
}

}  // namespace
}  // namespace athanor::sdk
