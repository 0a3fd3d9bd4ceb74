#include "cli/dead_letter.h"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

constexpr const char* kEvent = R"({"source":"shop","detail-type":"Sold","detail":{"n":1}})";

TEST(DeadLetter, OfARuleSaysWhyInItsAttributes) {
  api::Message message{.body = kEvent};
  message.message_attributes.emplace();
  const auto add = [&](const char* name, const char* value) {
    (*message.message_attributes)[name] = {.string_value = value, .data_type = "String"};
  };
  add("RULE_ARN", "arn:aws:events:us-east-1:123456789012:rule/shop/sold");
  add("TARGET_ARN", "arn:aws:sqs:us-east-1:123456789012:missing");
  add("ERROR_CODE", "NO_RESOURCE");
  add("RETRY_ATTEMPTS", "0");
  const DeadLetter letter = read_dead_letter(message);
  EXPECT_EQ(letter.rule.rule_name, "sold");
  EXPECT_EQ(letter.error_code, "NO_RESOURCE");
  EXPECT_EQ(letter.function_arn, "");
  ASSERT_TRUE(letter.event.has_value());
  EXPECT_EQ(letter.event->event_bus_name, letter.rule.bus_arn);
}

TEST(DeadLetter, OfARulesFunctionSaysWhatTheFunctionSaid) {
  for (const auto& [given, shown] :
       {std::pair{R"({"errorType":"E","errorMessage":"no price for X"})", "no price for X"},
        std::pair{R"(["no object"])", R"(["no object"])"}, std::pair{"{plain", "{plain"}}) {
    api::Message message{.body = kEvent};
    message.message_attributes = {{"ERROR_CODE", {.string_value = "E", .data_type = "String"}},
                                  {"ERROR_MESSAGE", {.string_value = given, .data_type = "String"}}};
    EXPECT_EQ(read_dead_letter(message).error_message, shown);
  }
}

TEST(DeadLetter, OfAFunctionsDestinationSaysWhyInItsBody) {
  const struct {
    const char* condition;
    const char* response;
    const char* code;
    const char* message;
  } rows[] = {
      {"RetriesExhausted", R"({"errorType":"InvalidInput","errorMessage":"1.4, not 1"})", "InvalidInput", "1.4, not 1"},
      {"EventAgeExceeded", "null", "EventAgeExceeded", ""}};
  for (const auto& row : rows) {
    const std::string body =
        R"({"version":"1.0","requestContext":{"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:plan:$LATEST",)"
        R"("condition":")" +
        std::string(row.condition) + R"(","approximateInvokeCount":3},"requestPayload":)" + kEvent +
        R"(,"responsePayload":)" + row.response + "}";
    const DeadLetter letter = read_dead_letter({.body = body});
    EXPECT_EQ(letter.function_arn, "arn:aws:lambda:us-east-1:123456789012:function:plan");
    EXPECT_EQ(letter.target_arn, letter.function_arn);
    EXPECT_EQ(letter.function_payload, kEvent);
    EXPECT_EQ(letter.error_code, row.code);
    EXPECT_EQ(letter.error_message, row.message);
    EXPECT_EQ(letter.retry_attempts, "2");
    ASSERT_TRUE(letter.event.has_value());
    EXPECT_EQ(letter.event->detail_type, "Sold");
  }
}

TEST(DeadLetter, OfAQueueSaysWhichQueueSentIt) {
  const std::string queue = "arn:aws:sqs:us-east-1:123456789012:work";
  const DeadLetter letter = read_dead_letter({.body = kEvent, .attributes = {{{"DeadLetterQueueSourceArn", queue}}}});
  EXPECT_TRUE(letter.is_of_queue);
  EXPECT_EQ(letter.target_arn, queue);
  EXPECT_EQ(letter.error_code, "received too often");
  EXPECT_FALSE(read_dead_letter({.body = kEvent}).is_of_queue);
}

TEST(DeadLetter, SaysByWhichReplayItCame) {
  const std::string event = R"({"source":"shop","detail-type":"Sold","detail":{"replay-name":"x"},"replay-name":"r1"})";
  const std::string function =
      R"({"requestContext":{"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f"},"requestPayload":)";
  EXPECT_EQ(read_dead_letter({.body = event}).replay_name, "r1");
  EXPECT_EQ(read_dead_letter({.body = function + event + "}"}).replay_name, "r1");
  EXPECT_EQ(read_dead_letter({.body = kEvent}).replay_name, "");
}

TEST(DeadLetter, SaysWhichEventItWas) {
  const std::string event = R"({"source":"shop","detail-type":"Sold","detail":{"id":"7"})";
  EXPECT_EQ(read_dead_letter({.body = event + R"(,"id":"e1"})"}).event_id, "e1");
  EXPECT_EQ(read_dead_letter({.body = event + "}"}).event_id, "");
}

// What is sent again is byte for byte what was sent: a hash of its text still matches.
TEST(DeadLetter, KeepsTheDetailByteForByte) {
  const std::string detail = R"({"a": 1.10, "a": 2, "e":"\u00e9\ud800"})";
  const std::string event = R"({"source":"shop","detail-type":"Sold","detail":)" + detail + "}";
  EXPECT_EQ(read_dead_letter({.body = event}).event->detail, detail);
  const std::string record =
      R"({"requestContext":{"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"},"requestPayload":)" +
      event + "}";
  const DeadLetter letter = read_dead_letter({.body = record});
  EXPECT_EQ(letter.function_payload, event);
  EXPECT_EQ(letter.event->detail, detail);
}

TEST(DeadLetter, OfNobodyIsAMessage) {
  for (const char* body : {"no JSON", "{}", "[]", "7", R"({"requestContext":1,"requestPayload":2})"}) {
    const DeadLetter letter = read_dead_letter({.body = body});
    EXPECT_EQ(letter.function_arn, "") << body;
    EXPECT_FALSE(letter.event.has_value()) << body;
  }
}

}  // namespace
}  // namespace athanor::cli
