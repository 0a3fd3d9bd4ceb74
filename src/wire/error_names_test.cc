#include "wire/error_names.h"

#include <gtest/gtest.h>

#include "api/events.h"
#include "api/lambda.h"
#include "wire/protocol.h"

namespace athanor::wire {
namespace {

http::Response answer(Protocol protocol, std::string service, ErrorCode code, std::string message,
                      std::string json_version = "1.1") {
  return encode_error({.protocol = protocol,
                       .service = std::move(service),
                       .operation = "X",
                       .json_version = std::move(json_version),
                       .parameters = {}},
                      {code, std::move(message), "for the operator only"}, "id-1");
}

TEST(ErrorNames, StandInXmlForQuery) {
  const auto missing = answer(Protocol::Query, "sqs", ErrorCode::NotFound, "The specified queue does not exist.");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(missing.header("Content-Type"), "text/xml");
  EXPECT_EQ(missing.header("x-amzn-RequestId"), "id-1");
  EXPECT_EQ(missing.body,
            "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error>"
            "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
            "<Message>The specified queue does not exist for this wsdl version.</Message><Detail/></Error>"
            "<RequestId>id-1</RequestId></ErrorResponse>");
  EXPECT_EQ(answer(Protocol::Query, "sqs", ErrorCode::Unavailable, "a<b & \"c\"").body,
            "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error>"
            "<Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>a&lt;b &amp; &quot;c&quot;</Message>"
            "<Detail/></Error><RequestId>id-1</RequestId></ErrorResponse>");
}

TEST(ErrorNames, StandInAHeaderTooForSqsInJson) {
  const struct {
    ErrorCode code;
    std::uint16_t status;
    const char* type;
    const char* query_error;
  } rows[] = {
      {ErrorCode::NotFound, 400, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender"},
      {ErrorCode::AlreadyExists, 400, "QueueNameExists", "QueueAlreadyExists;Sender"},
      {ErrorCode::InvalidInput, 400, "InvalidParameterValueException", "InvalidParameterValue;Sender"},
      {ErrorCode::MissingParameter, 400, "MissingRequiredParameterException", "MissingParameter;Sender"},
      {ErrorCode::EmptyBatch, 400, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest;Sender"},
      {ErrorCode::PurgeInProgress, 403, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress;Sender"},
      {ErrorCode::ReceiptHandleInvalid, 400, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid;Sender"},
      {ErrorCode::Unavailable, 503, "InternalFailure", "ServiceUnavailable;Receiver"},
  };
  for (const auto& row : rows) {
    const auto response = answer(Protocol::AwsJson, "sqs", row.code, "Text.", "1.0");
    EXPECT_EQ(response.status, row.status) << row.type;
    EXPECT_EQ(response.header("Content-Type"), "application/x-amz-json-1.0");
    EXPECT_EQ(response.header("x-amzn-query-error"), row.query_error);
    EXPECT_EQ(response.body, std::string{R"({"__type":"com.amazonaws.sqs#)"} + row.type + R"(","message":"Text."})");
  }
}

TEST(ErrorNames, EveryReasonHasItsStatusAndNameForEventBridge) {
  const struct {
    ErrorCode code;
    std::uint16_t status;
    const char* type;
  } rows[] = {
      {ErrorCode::NotFound, 400, "ResourceNotFoundException"},
      {ErrorCode::AlreadyExists, 400, "ResourceAlreadyExistsException"},
      {ErrorCode::InvalidInput, 400, "ValidationException"},
      {ErrorCode::MalformedRequest, 400, "SerializationException"},
      {ErrorCode::InvalidEventPattern, 400, "InvalidEventPatternException"},
      {ErrorCode::IllegalStatus, 400, "IllegalStatusException"},
      {ErrorCode::LimitExceeded, 400, "LimitExceededException"},
      {ErrorCode::Throttled, 400, "ThrottlingException"},
      {ErrorCode::UnknownOperation, 400, "UnknownOperationException"},
      {ErrorCode::Corrupt, 500, "InternalFailure"},
      {ErrorCode::Lost, 500, "InternalFailure"},
      {ErrorCode::Internal, 500, "InternalFailure"},
  };
  for (const auto& row : rows) {
    const auto response = answer(Protocol::AwsJson, "events", row.code, "Event bus \"x\"\n does not exist.");
    EXPECT_EQ(response.status, row.status) << row.type;
    EXPECT_EQ(response.header("Content-Type"), "application/x-amz-json-1.1");
    EXPECT_EQ(response.header("x-amzn-query-error"), "");
    EXPECT_EQ(response.body,
              std::string{R"({"__type":")"} + row.type + R"(","message":"Event bus \"x\"\n does not exist."})");
  }
  EXPECT_EQ(answer(Protocol::AwsJson, "", ErrorCode::UnknownOperation, "").body,
            R"({"__type":"UnknownOperationException"})");
}

// Lambda's model calls the text Message in some shapes and message in others; typed clients read only that member.
TEST(ErrorNames, EveryReasonHasItsStatusNameAndBodyForLambda) {
  const struct {
    ErrorCode code;
    std::uint16_t status;
    const char* type;
    const char* body;
  } rows[] = {
      {ErrorCode::NotFound, 404, "ResourceNotFoundException", R"({"Type":"User","Message":"Text."})"},
      {ErrorCode::AlreadyExists, 409, "ResourceConflictException", R"({"Type":"User","message":"Text."})"},
      {ErrorCode::InvalidParameterValue, 400, "InvalidParameterValueException", R"({"Type":"User","message":"Text."})"},
      {ErrorCode::InvalidInput, 400, "ValidationException", R"({"Type":"User","message":"Text."})"},
      {ErrorCode::InvalidRequestContent, 400, "InvalidRequestContentException", R"({"Type":"User","message":"Text."})"},
      {ErrorCode::RequestTooLarge, 413, "RequestTooLargeException", R"({"Type":"User","message":"Text."})"},
      {ErrorCode::Throttled, 429, "TooManyRequestsException",
       R"({"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Text."})"},
      {ErrorCode::OverLimit, 429, "TooManyRequestsException",
       R"({"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Text."})"},
      {ErrorCode::Unavailable, 500, "ServiceException", R"({"Type":"Service","Message":"Text."})"},
  };
  for (const auto& row : rows) {
    const auto response = answer(Protocol::RestJson, "lambda", row.code, "Text.");
    EXPECT_EQ(response.status, row.status) << row.type;
    EXPECT_EQ(response.header("x-amzn-ErrorType"), row.type);
    EXPECT_EQ(response.header("Content-Type"), "application/json");
    EXPECT_EQ(response.body, row.body) << row.type;
  }
}

TEST(ErrorNames, ComeBackToClientsAsReasons) {
  EXPECT_EQ(error_code("lambda", ""), ErrorCode::Internal) << "no name is no reason";
  EXPECT_EQ(error_code("events", "SomethingNew"), ErrorCode::Internal);
  EXPECT_EQ(error_code("sqs", "AWS.SimpleQueueService.NonExistentQueue"), ErrorCode::NotFound);

  const auto read = [](const http::Response& response, const api::OperationInfo& operation) {
    api::NoResponse none;
    return decode_response(operation, response, api::shape_of<api::NoResponse>(), &none).error();
  };
  EXPECT_EQ(read(answer(Protocol::AwsJson, "events", ErrorCode::NotFound, "Gone."), api::EnableRule::info),
            (Error{ErrorCode::NotFound, "ResourceNotFoundException: Gone.", {}}));
  EXPECT_EQ(
      read(answer(Protocol::RestJson, "lambda", ErrorCode::NotFound, "Gone."), api::DeleteFunctionConcurrency::info),
      (Error{ErrorCode::NotFound, "ResourceNotFoundException: Gone.", {}}));
  EXPECT_EQ(read({502, {}, "Bad Gateway"}, api::EnableRule::info),
            (Error{ErrorCode::Internal, "HTTP 502: Bad Gateway", {}}));
  EXPECT_EQ(read({413, {{"Content-Type", "text/html"}}, "<html>Too Large</html>"}, api::EnableRule::info),
            (Error{ErrorCode::Internal, "HTTP 413: Content Too Large", {}}));
  EXPECT_EQ(read({503, {}, ""}, api::EnableRule::info), (Error{ErrorCode::Internal, "HTTP 503", {}}));
  EXPECT_EQ(
      read({400, {{"x-amzn-ErrorType", "ValidationException:http://internal.amazon.com/"}}, R"({"message":"No."})"},
           api::DeleteFunctionConcurrency::info),
      (Error{ErrorCode::InvalidInput, "ValidationException: No.", {}}));
}

}  // namespace
}  // namespace athanor::wire
