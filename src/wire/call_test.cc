#include "wire/call.h"

#include <gtest/gtest.h>

#include "api/lambda.h"
#include "api/sqs.h"
#include "wire/protocol.h"

namespace athanor::wire {
namespace {

const char* name_of(Protocol protocol) {
  return protocol == Protocol::AwsJson ? "awsJson" : protocol == Protocol::Query ? "query" : "rest-json";
}

// "awsJson 1.1 events PutEvents", or what was understood before the refusal, and its reason.
std::string seen(const http::Request& request) {
  Recognised recognised;
  const auto known = recognise(request, recognised);
  std::string text = name_of(recognised.protocol);
  if (recognised.protocol == Protocol::AwsJson) text += " " + recognised.json_version;
  text += " " + recognised.service + " " + recognised.operation;
  if (known) return text;
  return text + (known.error().code == ErrorCode::UnknownOperation   ? "unknown"
                 : known.error().code == ErrorCode::MalformedRequest ? "malformed"
                 : known.error().code == ErrorCode::RequestTooLarge  ? "too large"
                                                                     : "other");
}

http::Request json(std::string target, std::string content_type = "application/x-amz-json-1.1") {
  return {.method = "POST",
          .target = "/",
          .headers = {{"Host", "localhost:4566"}, {"X-Amz-Target", std::move(target)}, {"Content-Type", content_type}},
          .body = "{}"};
}

http::Request form(std::string body, std::string target = "/") {
  return {.method = "POST",
          .target = std::move(target),
          .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
          .body = std::move(body)};
}

http::Request rest(std::string method, std::string target, http::Headers headers = {}, std::string body = {}) {
  return {
      .method = std::move(method), .target = std::move(target), .headers = std::move(headers), .body = std::move(body)};
}

TEST(Recognise, SaysWhatItCouldNotPlace) {
  EXPECT_EQ(seen(json("DynamoDB_20120810.GetItem")), "awsJson 1.1  unknown");
  EXPECT_EQ(seen(json("AWSEvents")), "awsJson 1.1  unknown") << "no operation";
  EXPECT_EQ(seen(json(".PutEvents")), "awsJson 1.1  unknown");
  EXPECT_EQ(seen(json("awsevents.PutEvents")), "awsJson 1.1  unknown") << "prefixes have a case";
  EXPECT_EQ(seen(rest("GET", "/")), "awsJson 1.1  unknown");
  EXPECT_EQ(seen(rest("GET", "/bucket/key")), "awsJson 1.1  unknown");
  EXPECT_EQ(seen(form("")), "query sqs unknown");
  EXPECT_EQ(seen(form("QueueName=a")), "query sqs unknown");
  EXPECT_EQ(seen(form("Action=SendMessage&Version=2010-08-01")), "query sqs unknown") << "CloudWatch's";
  EXPECT_EQ(seen(form("Action=SendMessage&MessageBody=%zz")), "query sqs malformed");
  EXPECT_EQ(seen(form("Action=SendMessage&MessageBody=" + std::string(8 * 1'048'576, 'a'))), "query sqs too large");
  EXPECT_EQ(seen(rest("DELETE", "/2015-03-31/functions")), "rest-json lambda unknown");
  EXPECT_EQ(seen(rest("GET", "/2015-03-31/functions//configuration")), "rest-json lambda unknown") << "an empty label";
  EXPECT_EQ(seen(rest("GET", "/2015-03-31/functions/%zz")), "rest-json lambda unknown");
  EXPECT_EQ(seen(rest("GET", "/2015-03-31/event-source-mappings/")), "rest-json lambda unknown");
  EXPECT_EQ(seen(rest("GET", "/2021-10-31/functions/f/url")), "rest-json lambda unknown")
      << "another of Lambda's dates";
  EXPECT_EQ(seen(rest("GET", "/2018-10-31/layers")), "rest-json lambda unknown");
  EXPECT_EQ(seen(rest("PUT", "/2015-03-31/functions/f/concurrency")), "rest-json lambda unknown") << "its date is 2017";
}

// HEAD and TRACE change nothing (RFC 9110, 9.2.1), and no client requests an operation by the others.
TEST(Recognise, IsAskedByPostAndTheQueryProtocolByGetToo) {
  for (const char* method : {"GET", "HEAD", "TRACE", "PUT", "DELETE", "OPTIONS"}) {
    http::Request request = json("AmazonSQS.CreateQueue");
    request.method = method;
    EXPECT_EQ(seen(request), "awsJson 1.1 sqs CreateQueueunknown") << method;
    if (request.method == "GET") continue;
    EXPECT_EQ(seen(rest(method, "/?Action=CreateQueue&QueueName=q")), "query sqs unknown") << method;
    request = form("Action=CreateQueue&QueueName=q");
    request.method = method;
    EXPECT_EQ(seen(request), "query sqs unknown") << method;
  }
}

// As Perl's Amazon::SQS::Simple sends it.
TEST(Recognise, AFormWhoseActionAHeaderNamesTooIsAForm) {
  http::Request request = form("QueueName=q&Action=CreateQueue&Version=2012-11-05");
  request.headers.push_back({"X-Amz-Target", "AmazonSQSv20121105.CreateQueue"});
  EXPECT_EQ(seen(request), "query sqs CreateQueue");
  request.headers.back().value = "AmazonSQS.ListQueues";
  EXPECT_EQ(seen(request), "awsJson 1.1 sqs ListQueues") << "curl -d calls every body a form";
  request.headers.back().value = "DynamoDB_20120810.GetItem";
  request.body = "{}";
  EXPECT_EQ(seen(request), "awsJson 1.1  unknown");
}

// As boto3 presigns, and curl -d '' or Python's urllib send it.
TEST(Recognise, ReadsTheQueryOfAPostWhoseFormIsEmpty) {
  EXPECT_EQ(seen(form("", "/?Action=SendMessage&Version=2012-11-05&MessageBody=b")), "query sqs SendMessage");
  EXPECT_EQ(seen(rest("POST", "/?Action=SendMessage&MessageBody=b")), "query sqs SendMessage");
  EXPECT_EQ(seen(form("QueueName=a", "/?Action=CreateQueue")), "query sqs unknown") << "in one place or the other";
}

TEST(Recognise, KnowsBotocore) {
  EXPECT_EQ(seen(json("AWSEvents.PutEvents")), "awsJson 1.1 events PutEvents");
  EXPECT_EQ(seen(json("AWSEvents.NotYetThere")), "awsJson 1.1 events NotYetThere") << "the server knows its operations";
  EXPECT_EQ(seen(json("AmazonSQS.SendMessage", "application/x-amz-json-1.0")), "awsJson 1.0 sqs SendMessage");
  EXPECT_EQ(seen(json("Athanor.Status", "application/x-amz-json-1.0")), "awsJson 1.0 athanor Status");

  http::Request query_mode = json("AmazonSQS.ReceiveMessage", "application/x-amz-json-1.0");
  query_mode.headers.push_back({"x-amzn-query-mode", "true"});
  query_mode.headers.push_back({"User-Agent", "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux"});
  EXPECT_EQ(seen(query_mode), "awsJson 1.0 sqs ReceiveMessage");
  query_mode.target = "/123456789012/orders";
  EXPECT_EQ(seen(query_mode), "awsJson 1.0 sqs ReceiveMessage");

  EXPECT_EQ(seen(form("Action=SendMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%2F1%2Fq&MessageBody=Action%3DX")),
            "query sqs SendMessage");
  EXPECT_EQ(seen(form("MessageBody=a&Action=SendMessage")), "query sqs SendMessage") << "in any order";
  http::Request other_case = form("Action=ListQueues&Version=2012-11-05");
  other_case.headers = {{"content-type", "Application/X-WWW-Form-URLEncoded"}};
  EXPECT_EQ(seen(other_case), "query sqs ListQueues");
}

TEST(Recognise, KnowsTheSdkOfJavaScript) {
  const http::Request request{.method = "POST",
                              .target = "/",
                              .headers = {{"x-amzn-query-mode", "true"},
                                          {"content-type", "application/x-amz-json-1.0"},
                                          {"x-amz-target", "AmazonSQS.SendMessage"},
                                          {"x-amz-user-agent", "aws-sdk-js/3.1169.0"},
                                          {"amz-sdk-request", "attempt=1; max=3"}},
                              .body = R"({"QueueUrl":"http://localhost:4566/123456789012/orders","MessageBody":"b"})"};
  EXPECT_EQ(seen(request), "awsJson 1.0 sqs SendMessage");
}

// Older clients post to the queue's own path, and some send everything in the query.
TEST(Recognise, TakesTheQueueFromThePath) {
  const auto url = [](const http::Request& request) {
    Recognised recognised;
    EXPECT_TRUE(recognise(request, recognised));
    std::string found;
    for (const auto& [name, value] : recognised.parameters) {
      if (name == "QueueUrl") found += value + ";";
    }
    return found;
  };
  EXPECT_EQ(url(form("Action=SendMessage&MessageBody=b", "/123456789012/orders")), "/123456789012/orders;");
  EXPECT_EQ(url(form("Action=SendMessage&QueueUrl=u&MessageBody=b", "/123456789012/orders")), "u;");
  EXPECT_EQ(url(form("Action=ListQueues")), "");
  EXPECT_EQ(url(rest("GET", "/123456789012/orders?Action=ReceiveMessage&Version=2012-11-05")), "/123456789012/orders;");
  EXPECT_EQ(seen(rest("GET", "/?Action=ListQueues&Version=2012-11-05")), "query sqs ListQueues");
}

TEST(Recognise, KnowsThePathsOfLambda) {
  const struct {
    const char* method;
    const char* path;
    const char* operation;
  } rows[] = {
      {"POST", "/2015-03-31/functions", "CreateFunction"},
      {"POST", "/2015-03-31/functions/", "CreateFunction"},
      {"GET", "/2015-03-31/functions", "ListFunctions"},
      {"GET", "/2015-03-31/functions/", "ListFunctions"},
      {"GET", "/2015-03-31/functions/?MaxItems=50", "ListFunctions"},
      {"GET", "/2015-03-31/functions?Marker=a%2Fb", "ListFunctions"},
      {"GET", "/2015-03-31/functions/f", "GetFunction"},
      {"GET", "/2015-03-31/functions/f/", "GetFunction"},
      {"GET", "/2015-03-31/functions/f?Qualifier=%24LATEST", "GetFunction"},
      {"GET", "/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f", "GetFunction"},
      {"GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af", "GetFunction"},
      {"DELETE", "/2015-03-31/functions/f", "DeleteFunction"},
      {"GET", "/2015-03-31/functions/f/configuration", "GetFunctionConfiguration"},
      {"PUT", "/2015-03-31/functions/f/configuration", "UpdateFunctionConfiguration"},
      {"PUT", "/2015-03-31/functions/f/code", "UpdateFunctionCode"},
      {"POST", "/2015-03-31/functions/f/invocations", "Invoke"},
      {"POST", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af/invocations",
       "Invoke"},
      {"POST", "/2015-03-31/functions/f/policy", "AddPermission"},
      {"GET", "/2015-03-31/functions/f/policy", "GetPolicy"},
      {"DELETE", "/2015-03-31/functions/f/policy/statement-1", "RemovePermission"},
      {"PUT", "/2017-10-31/functions/f/concurrency", "PutFunctionConcurrency"},
      {"DELETE", "/2017-10-31/functions/f/concurrency", "DeleteFunctionConcurrency"},
      {"GET", "/2019-09-30/functions/f/concurrency", "GetFunctionConcurrency"},
      {"PUT", "/2019-09-25/functions/f/event-invoke-config", "PutFunctionEventInvokeConfig"},
      {"POST", "/2019-09-25/functions/f/event-invoke-config", "UpdateFunctionEventInvokeConfig"},
      {"GET", "/2019-09-25/functions/f/event-invoke-config", "GetFunctionEventInvokeConfig"},
      {"DELETE", "/2019-09-25/functions/f/event-invoke-config", "DeleteFunctionEventInvokeConfig"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(seen(rest(row.method, row.path)), std::string{"rest-json lambda "} + row.operation)
        << row.method << " " << row.path;
  }
}

// curl -d calls every body a form. Its contents are the function's concern.
TEST(Recognise, KnowsAnInvocationWhateverItsBodyIsCalled) {
  for (const char* body : {R"({"share":"100%"})", "Action=SendMessage&Version=2012-11-05", "", "\xff&&=%"}) {
    const http::Request request = rest("POST", "/2015-03-31/functions/f/invocations",
                                       {{"Content-Type", "application/x-www-form-urlencoded"}}, body);
    EXPECT_EQ(seen(request), "rest-json lambda Invoke") << body;
  }
  EXPECT_EQ(seen(rest("GET", "/2015-03-31/functions/f?Action=x")), "rest-json lambda GetFunction");
}

TEST(MatchUri, GivesTheLabelsDecoded) {
  const auto labels = [](std::string_view uri, std::string_view path) -> std::string {
    const auto match = match_uri(uri, path);
    if (!match) return "no match";
    std::string text;
    for (const auto& [name, value] : *match) text += name + "=" + value + ";";
    return text;
  };
  constexpr std::string_view kPolicy = "/2015-03-31/functions/{FunctionName}/policy/{StatementId}";
  EXPECT_EQ(labels(kPolicy, "/2015-03-31/functions/f/policy"), "no match");
  EXPECT_EQ(labels(kPolicy, "/2015-03-31/functions/f/policy/"), "no match");
  EXPECT_EQ(labels(kPolicy, "/2015-03-31/functions/f/policy/s/t"), "no match");
  EXPECT_EQ(labels(kPolicy, "/2015-03-31/functions/f/policy/%zz"), "no match");
  EXPECT_EQ(labels(kPolicy, "//2015-03-31/functions/f/policy/s"), "no match");
  EXPECT_EQ(labels(kPolicy, ""), "no match");
  EXPECT_EQ(labels(kPolicy, "/2015-03-31/functions/a%2Fb+c%25/policy/s%20t"), "FunctionName=a/b+c%;StatementId=s t;");
  EXPECT_EQ(labels("/a", "/a"), "");
  EXPECT_EQ(labels("/a", "/a/"), "");
  EXPECT_EQ(labels("/a/", "/a"), "");
  EXPECT_EQ(labels("/a", "/a//"), "no match");
}

std::string read_get_function(std::string target) {
  const http::Request request = rest("GET", std::move(target));
  Recognised recognised;
  if (!recognise(request, recognised)) return "unknown";
  api::GetFunctionRequest read;
  const auto decoded =
      decode_request(recognised, api::GetFunction::info, request, api::shape_of<api::GetFunctionRequest>(), &read);
  if (!decoded) return decoded.error().message;
  return read.function_name + " " + read.qualifier.value_or("none");
}

TEST(RestJson, ReadsPathQueryAndHeaders) {
  constexpr const char* kArn = "arn:aws:lambda:us-east-1:123456789012:function:f";
  EXPECT_EQ(read_get_function("/2015-03-31/functions/f"), "f none");
  EXPECT_EQ(read_get_function(std::string{"/2015-03-31/functions/"} + kArn), std::string{kArn} + " none");
  EXPECT_EQ(
      read_get_function(
          "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af?Qualifier=%24LATEST"),
      std::string{kArn} + " $LATEST");
  EXPECT_TRUE(
      read_get_function("/2015-03-31/functions/a%20b")
          .starts_with("1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: "
                       "Member must satisfy regular expression pattern: "));
  EXPECT_EQ(read_get_function("/2015-03-31/functions/f?Qualifier=%zz"), "The path or query cannot be read.");
  EXPECT_EQ(read_get_function("/2015-03-31/functions/f%FF"), "The path or query cannot be read.") << "not UTF-8";
  EXPECT_EQ(read_get_function("/2015-03-31/functions/f?Qualifier=%C3"), "The path or query cannot be read.");

  const http::Request invoke = rest("POST", "/2015-03-31/functions/f/invocations?Qualifier=1",
                                    {{"x-amz-invocation-type", "Event"}, {"X-Amz-Log-Type", "Tail"}}, "\x00\xff");
  Recognised recognised;
  ASSERT_TRUE(recognise(invoke, recognised));
  api::InvocationRequest read;
  ASSERT_TRUE(decode_request(recognised, api::Invoke::info, invoke, api::shape_of<api::InvocationRequest>(), &read));
  EXPECT_EQ(read, (api::InvocationRequest{.function_name = "f",
                                          .invocation_type = "Event",
                                          .log_type = "Tail",
                                          .payload = api::Blob{invoke.body},
                                          .qualifier = "1"}));
}

TEST(RestJson, AnswersWithStatusHeadersAndPayload) {
  const Recognised recognised{
      .protocol = Protocol::RestJson, .service = "lambda", .operation = "Invoke", .parameters = {}};
  const api::InvocationResponse response{.status_code = 202,
                                         .function_error = "Unhandled",
                                         .payload = api::Blob{"{\"a\":1}"},
                                         .executed_version = "$LATEST"};
  const auto answer =
      encode_response(recognised, api::Invoke::info, api::shape_of<api::InvocationResponse>(), &response, "id-1");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(answer.header("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(answer.header("x-amzn-RequestId"), "id-1");
  EXPECT_EQ(answer.body, "{\"a\":1}");
  const api::NoResponse none;
  const auto deleted = encode_response(recognised, api::DeleteFunctionConcurrency::info,
                                       api::shape_of<api::NoResponse>(), &none, "id-1");
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.body, "");
}

}  // namespace
}  // namespace athanor::wire
