#include "wire/json_codec.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/events.h"
#include "api/lambda.h"
#include "api/sqs.h"
#include "wire/call.h"
#include "wire/protocol.h"

namespace athanor::wire {
namespace {

template <class Op>
Result<typename Op::Request> read(std::string body) {
  http::Request request{.method = "POST", .target = "/", .headers = {}, .body = std::move(body)};
  request.headers.push_back({"X-Amz-Target", std::string{Op::info.target_prefix} + "." + std::string{Op::info.name}});
  request.headers.push_back({"Content-Type", "application/x-amz-json-" + std::string{Op::info.json_version}});
  Recognised recognised;
  ATHANOR_CHECK(recognise(request, recognised));
  typename Op::Request object{};
  ATHANOR_CHECK(decode_request(recognised, Op::info, request, api::shape_of<typename Op::Request>(), &object));
  return object;
}

// The body of the answer to a refused request.
template <class Op>
std::string refusal(std::string body) {
  const auto result = read<Op>(std::move(body));
  if (result) return "accepted";
  return encode_error({.service = std::string{Op::info.service}, .parameters = {}}, result.error(), "id-1").body;
}

std::string malformed(const std::string& message) {
  return R"({"__type":"SerializationException","message":")" + message + "\"}";
}

TEST(JsonCodec, RefusesWhatCannotBeRead) {
  using Put = api::PutRule;
  for (const char* body : {"[]", "null", "1", "\"{}\"", "{", "{\"Name\":}", "{\"Name\":\"a\"}}", "{\"Name\":\"\xff\"}",
                           "{'Name':'a'}", "\xEF\xBB\xBF{}", "Action=PutRule"}) {
    EXPECT_EQ(refusal<Put>(body), malformed("The request body is not a JSON object.")) << body;
  }
  EXPECT_EQ(refusal<Put>(std::string(1'000'000, '[')), malformed("The request body is not a JSON object."));
  EXPECT_EQ(refusal<Put>("{\"Name\":\"a\",\"Other\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
            malformed("The request body is not a JSON object."));

  EXPECT_EQ(refusal<Put>(R"({"Name":1})"), malformed("Expected a string at 'name'."));
  EXPECT_EQ(refusal<Put>(R"({"Name":["a"]})"), malformed("Expected a string at 'name'."));
  EXPECT_EQ(refusal<Put>(R"({"Name":"a","Tags":{}})"), malformed("Expected a list at 'tags'."));
  EXPECT_EQ(refusal<Put>(R"({"Name":"a","Tags":["k"]})"), malformed("Expected an object at 'tags.1.member'."));
  EXPECT_EQ(refusal<api::ListRules>(R"({"Limit":"5"})"), malformed("Expected an integer at 'limit'."));
  EXPECT_EQ(refusal<api::ListRules>(R"({"Limit":1e999})"), malformed("Expected an integer at 'limit'."));
  EXPECT_EQ(refusal<api::ListRules>(R"({"Limit":9223372036854775808})"), malformed("Expected an integer at 'limit'."));
  EXPECT_EQ(refusal<api::DeleteRule>(R"({"Name":"a","Force":"true"})"), malformed("Expected a boolean at 'force'."));
  EXPECT_EQ(refusal<api::PutTargets>(R"({"Rule":"r","Targets":[{"Id":"1","Arn":"a","InputTransformer":
            {"InputTemplate":"t","InputPathsMap":{"k":1}}}]})"),
            malformed("Expected a string at 'targets.1.member.inputTransformer.inputPathsMap.k.member'."));
  EXPECT_EQ(refusal<api::PutEvents>(R"({"Entries":[{},null,{"Source":"a"}]})"),
            malformed("Expected an object at 'entries.2.member'."))
      << "what answers an entry is found by its number";
  EXPECT_EQ(refusal<api::PutTargets>(R"({"Rule":"r","Targets":[{"Id":"1","Arn":"a","InputTransformer":
            {"InputTemplate":"t","InputPathsMap":{"k":null}}}]})"),
            malformed("Expected a string at 'targets.1.member.inputTransformer.inputPathsMap.k.member'."));
  EXPECT_EQ(refusal<api::PutTargets>(R"({"Rule":"r","Targets":[],"Targets":[]})"),
            malformed("The member 'targets' occurs twice."));
  EXPECT_EQ(refusal<api::PutTargets>(R"({"Rule":"r","Targets":[{"Id":"1","Arn":"a","InputTransformer":
            {"InputTemplate":"t","InputPathsMap":{"k":"$.a","\u006b":"$.b"}}}]})"),
            malformed("The member 'targets.1.member.inputTransformer.inputPathsMap.k.member' occurs twice."));
  EXPECT_EQ(refusal<api::SendMessage>(R"({"QueueUrl":"q","MessageBody":"b","MessageAttributes":
            {"k":{"DataType":"Binary","BinaryValue":"*"}}})"),
            R"({"__type":"com.amazonaws.sqs#SerializationException","message":)"
            R"("Expected a Base64 string at 'messageAttributes.k.member.binaryValue'."})");
}

TEST(JsonCodec, TakesOnlySoManyElements) {
  const auto entries = [](std::size_t count) {
    std::string body = R"({"Entries":[{})";
    for (std::size_t i = 1; i < count; ++i) body += ",{}";
    return body + "]}";
  };
  EXPECT_THAT(refusal<api::PutEvents>(entries(kRequestElementsMax)), testing::HasSubstr("ValidationException"));
  const std::string too_many = malformed("Lists and maps have more than 20000 elements.");
  EXPECT_EQ(refusal<api::PutEvents>(entries(kRequestElementsMax + 1)), too_many);
  std::string attributes = R"({"QueueUrl":"q","Attributes":{"0":"")";
  for (std::size_t i = 1; i <= kRequestElementsMax; ++i) attributes += ",\"" + std::to_string(i) + "\":\"\"";
  EXPECT_THAT(refusal<api::SetQueueAttributes>(attributes + "}}"), testing::HasSubstr("more than 20000 elements"));
}

TEST(JsonCodec, TakesAsManyResourcesAsPutEventsDoes) {
  const auto resources = [](std::size_t count) {
    std::string body = R"({"Entries":[{"Resources":["a")";
    for (std::size_t i = 1; i < count; ++i) body += ",\"a\"";
    return body + "]}]}";
  };
  EXPECT_EQ(refusal<api::PutEvents>(resources(kSmallElementsMax)), "accepted");
  EXPECT_EQ(refusal<api::PutEvents>(resources(kSmallElementsMax + 1)),
            malformed("Lists and maps have more than 1048576 elements."));
}

TEST(JsonCodec, NamesWhatIsMissing) {
  const auto invalid = [](const std::string& paths) {
    return R"({"__type":"ValidationException","message":")" + paths + "\"}";
  };
  EXPECT_EQ(refusal<api::PutRule>(""), invalid("1 validation error detected: Value null at 'name' failed to satisfy "
                                               "constraint: Member must not be null"));
  EXPECT_EQ(refusal<api::PutRule>("{}"), refusal<api::PutRule>(""));
  EXPECT_EQ(refusal<api::PutRule>(" \r\n"), refusal<api::PutRule>(""));
  EXPECT_EQ(refusal<api::PutRule>(R"({"Name":null})"), refusal<api::PutRule>(""));
  EXPECT_EQ(refusal<api::PutRule>(R"({"name":"a"})"), refusal<api::PutRule>("")) << "names have a case";
  EXPECT_EQ(refusal<api::PutTargets>(R"({"Rule":"r","Targets":[{"Id":"1","Arn":"a"},{"Arn":"a"},{}]})"),
            invalid("3 validation errors detected: "
                    "Value null at 'targets.2.member.id' failed to satisfy constraint: Member must not be null; "
                    "Value null at 'targets.3.member.id' failed to satisfy constraint: Member must not be null; "
                    "Value null at 'targets.3.member.arn' failed to satisfy constraint: Member must not be null"));
  EXPECT_EQ(refusal<api::SendMessage>("{}"), R"({"__type":"com.amazonaws.sqs#MissingRequiredParameterException",)"
                                             R"("message":"The request must contain the parameter QueueUrl."})");
}

TEST(JsonCodec, SkipsWhatItDoesNotKnow) {
  const auto rule = read<api::PutRule>(
      R"( {"Extra":{"deep":[1,{"a":null}]},"Name":"a","Description":null,"Name2":1,"\u0053tate":"DISABLED","Tags":[]} )");
  ASSERT_TRUE(rule) << rule.error().message;
  EXPECT_EQ(*rule, (api::PutRuleRequest{.name = "a", .state = "DISABLED", .tags = std::vector<api::Tag>{}}))
      << "null is absence, and an escaped name is that name";
  const auto text = read<api::PutRule>(R"({"Name":"a","Description":"\u00e9\ud83d\ude00\n\"\\\/\ufffd"})");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->description, "é😀\n\"\\/\uFFFD");
}

// It has no UTF-8 form, and to pass on other text would be a lie. Our choice, except for queue messages.
TEST(JsonCodec, RefusesHalfOfASurrogatePair) {
  const std::string message = R"(","message":"Invalid characters found: half of a surrogate pair alone."})";
  for (const char* half : {R"(a\ud800)", R"(\udc00)", R"(\ud800A)", R"(\udc00\ud800)", R"(\"\uDBFF\n)"}) {
    EXPECT_EQ(refusal<api::SendMessage>(fmt::format(R"({{"QueueUrl":"q","MessageBody":"{}"}})", half)),
              R"({"__type":"com.amazonaws.sqs#InvalidMessageContents)" + message);
    EXPECT_EQ(refusal<api::TagQueue>(fmt::format(R"({{"QueueUrl":"q","Tags":{{"{}":"v"}}}})", half)),
              R"({"__type":"com.amazonaws.sqs#InvalidMessageContents)" + message);
    EXPECT_EQ(refusal<api::PutEvents>(fmt::format(R"({{"Entries":[{{"Detail":"{{\"a\":\"{}\"}}"}}]}})", half)),
              R"({"__type":"SerializationException)" + message);
  }
  const auto escaped = read<api::PutEvents>(R"({"Entries":[{"Detail":"{\"a\":\"\\ud800\"}"}]})");
  ASSERT_TRUE(escaped);
  EXPECT_EQ(escaped->entries[0].detail, R"({"a":"\ud800"})") << "what is JSON in a string stays as it was written";
  EXPECT_TRUE(read<api::PutRule>(R"({"Name":"a","Other":"\ud800"})")) << "what is skipped is not read";
}

TEST(JsonCodec, ReadsEveryFormOfATimestamp) {
  const auto time = [](const std::string& value) -> std::optional<std::int64_t> {
    const auto request = read<api::PutEvents>(R"({"Entries":[{"Time":)" + value + "}]}");
    if (!request || !request->entries[0].time) return std::nullopt;
    return request->entries[0].time->time_since_epoch().count();
  };
  for (const char* value : {"\"\"",
                            "\"yesterday\"",
                            "\"1760385600\"",
                            "\"2025-02-29T00:00:00Z\"",
                            "\"2025-10-13T24:00:00Z\"",
                            "true",
                            "[]",
                            "{}",
                            "1e400",
                            "-1e400",
                            "1e-400",
                            "1e12",
                            "1e300",
                            "253402300800",
                            "253402300799.9996",
                            "-62135596800.5",
                            "\"0000-12-31T23:59:59Z\"",
                            "\"0001-01-01T00:00:00+00:01\"",
                            "\"9999-12-31T23:59:59-00:01\"",
                            "\"9999-12-31T23:59:60Z\""}) {
    EXPECT_EQ(time(value), std::nullopt) << value;
  }
  EXPECT_EQ(time("null"), std::nullopt);
  constexpr std::int64_t kTime = 1'760'385'600'000;  // 2025-10-13T20:00:00Z
  const std::pair<const char*, std::int64_t> rows[] = {
      {"1760385600", kTime},
      {"1760385600.0", kTime},
      {"1.7603856e9", kTime},
      {"1760385600.123", kTime + 123},
      {"1760385600.1234567", kTime + 123},
      {"0", 0},
      {"-0.5", -500},
      {"-62135596800", -62'135'596'800'000},
      {"253402300799.999", 253'402'300'799'999},
      {"\"2025-10-13T20:00:00Z\"", kTime},
      {"\"2025-10-13T20:00:00\"", kTime},
      {"\"2025-10-13T20:00:00.123Z\"", kTime + 123},
      {"\"2025-10-13T22:00:00+02:00\"", kTime},
      {"\"2025-10-13T15:30:00-0430\"", kTime},
      {"\"2025-10-13\"", kTime - 72'000'000},
      {"\"20251013T200000Z\"", kTime},
  };
  for (const auto& [value, millis] : rows) EXPECT_EQ(time(value), millis) << value;
}

TEST(JsonCodec, WritesTimestampsAsSeconds) {
  const auto json = [](std::int64_t millis) {
    const api::StartReplayResponse response{.replay_start_time = base::Time{base::Duration{millis}}};
    return encode_json(api::shape_of<api::StartReplayResponse>(), &response);
  };
  EXPECT_EQ(json(1'760'385'600'000), R"({"ReplayStartTime":1760385600})");
  EXPECT_EQ(json(1'760'385'600'007), R"({"ReplayStartTime":1760385600.007})");
  EXPECT_EQ(json(0), R"({"ReplayStartTime":0})");
  EXPECT_EQ(json(-1'500), R"({"ReplayStartTime":-1.500})");
}

TEST(JsonCodec, AnswersInOrderAndLeavesOutWhatIsAbsent) {
  const Recognised recognised{.service = "events", .operation = "PutEvents", .parameters = {}};
  const api::PutEventsResponse response{
      .failed_entry_count = 1,
      .entries = {{.event_id = "e-1"}, {.error_code = "MalformedDetail", .error_message = "Detail is \"malformed\"."}}};
  const auto answer =
      encode_response(recognised, api::PutEvents::info, api::shape_of<api::PutEventsResponse>(), &response, "id-1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(answer.header("x-amzn-RequestId"), "id-1");
  EXPECT_EQ(answer.body, R"({"FailedEntryCount":1,"Entries":[{"EventId":"e-1"},)"
                         R"({"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is \"malformed\"."}]})");
  const api::NoResponse none;
  EXPECT_EQ(encode_response(recognised, api::EnableRule::info, api::shape_of<api::NoResponse>(), &none, "id-1").body,
            "");
  const api::ReceiveMessageResponse empty;
  EXPECT_EQ(encode_json(api::shape_of<api::ReceiveMessageResponse>(), &empty), "{}");
}

}  // namespace
}  // namespace athanor::wire
