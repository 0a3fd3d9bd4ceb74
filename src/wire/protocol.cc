#include "wire/protocol.h"

#include <fmt/format.h>

#include "api/validate.h"
#include "format/json.h"
#include "wire/error_names.h"
#include "wire/json_codec.h"
#include "wire/query.h"
#include "wire/rest_json.h"

namespace athanor::wire {
namespace {

// SQS has no validation errors of the general form for missing members.
Error missing_for_sqs(const std::string& path) {
  std::string name = path;
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
  return {ErrorCode::MissingParameter, fmt::format("The request must contain the parameter {}.", name), {}};
}

std::string error_message_of(const http::Response& response, std::string& name) {
  name = response.header("x-amzn-errortype");
  const auto body = format::parse_json(response.body);
  std::string message;
  if (body) {
    if (auto type = body->text_at("__type")) name = *std::move(type);
    for (const char* key : {"message", "Message", "errorMessage"}) {
      if (auto text = body->text_at(key)) message = *std::move(text);
    }
  } else if (response.header("content-type").starts_with("text/html")) {  // a proxy's page
    message = http::reason_phrase(response.status);
  } else {
    message = response.body.substr(0, 500);
  }
  name = name.substr(0, name.find(':'));
  if (const auto hash = name.find('#'); hash != std::string::npos) name = name.substr(hash + 1);
  if (name.empty()) name = fmt::format("HTTP {}", response.status);
  return message;
}

}  // namespace

Result<void> decode_request(const Recognised& recognised, const api::OperationInfo& operation,
                            const http::Request& request, const api::Shape& shape, void* object) {
  std::vector<std::string> missing;
  switch (recognised.protocol) {
    case Protocol::AwsJson:
      ATHANOR_CHECK(decode_json(request.body, shape, object, missing, kRequestElementsMax));
      break;
    case Protocol::Query:
      ATHANOR_CHECK(decode_query(recognised.parameters, shape, object, missing));
      break;
    case Protocol::RestJson:
      ATHANOR_CHECK(decode_rest_request(operation, request, shape, object, missing));
      break;
  }
  if (operation.service == "sqs" && !missing.empty()) return missing_for_sqs(missing.front());
  return api::validate(shape, object, missing);
}

http::Response encode_response(const Recognised& recognised, const api::OperationInfo& operation,
                               const api::Shape& shape, const void* object, std::string_view request_id) {
  http::Response response;
  switch (recognised.protocol) {
    case Protocol::AwsJson:
      if (operation.has_output) response.body = encode_json(shape, object);
      response.headers.push_back({"Content-Type", "application/x-amz-json-" + recognised.json_version});
      break;
    case Protocol::Query:
      response.body = encode_query_response(operation.name, operation.has_output, shape, object, request_id);
      response.headers.push_back({"Content-Type", "text/xml"});
      break;
    case Protocol::RestJson:
      response = encode_rest_response(operation, shape, object);
      break;
  }
  response.headers.push_back({"x-amzn-RequestId", std::string{request_id}});
  return response;
}

http::Response encode_error(const Recognised& recognised, const Error& error, std::string_view request_id) {
  const ErrorName name = error_name(recognised.service, error.code);
  // SQS words one error differently in its two protocols.
  std::string_view message = error.message;
  if (recognised.service == "sqs" && error.code == ErrorCode::NotFound && recognised.protocol == Protocol::Query) {
    message = "The specified queue does not exist for this wsdl version.";
  }
  http::Response response{name.status, {}, {}};
  response.headers.push_back({"x-amzn-RequestId", std::string{request_id}});
  const std::string_view fault = name.is_sender ? "Sender" : "Receiver";
  switch (recognised.protocol) {
    case Protocol::Query:
      response.body = encode_query_error(name.query_code, message, name.is_sender, request_id);
      response.headers.push_back({"Content-Type", "text/xml"});
      return response;
    case Protocol::RestJson: {
      const std::string reason = name.reason.empty() ? "" : fmt::format(R"("Reason":"{}",)", name.reason);
      response.headers.push_back({"x-amzn-ErrorType", std::string{name.name}});
      response.headers.push_back({"Content-Type", "application/json"});
      response.body =
          fmt::format(R"({{{}"Type":"{}","{}":)", reason, name.is_sender ? "User" : "Service", name.text_member);
      format::append_json_string(response.body, message);
      response.body += '}';
      return response;
    }
    case Protocol::AwsJson:
      response.headers.push_back({"Content-Type", "application/x-amz-json-" + recognised.json_version});
      if (recognised.service == "sqs") {
        // Clients that used to speak query find the old code here.
        response.headers.push_back({"x-amzn-query-error", fmt::format("{};{}", name.query_code, fault)});
      }
      response.body =
          fmt::format(R"({{"__type":"{}{}")", recognised.service == "sqs" ? "com.amazonaws.sqs#" : "", name.name);
      if (!message.empty()) {
        response.body += R"(,"message":)";
        format::append_json_string(response.body, message);
      }
      response.body += '}';
      return response;
  }
  return response;
}

http::Request encode_request(const api::OperationInfo& operation, const api::Shape& shape, const void* object) {
  if (operation.target_prefix.empty()) return encode_rest_request(operation, shape, object);
  http::Request request{.method = "POST", .target = "/", .headers = {}, .body = encode_json(shape, object)};
  request.headers.push_back({"Content-Type", fmt::format("application/x-amz-json-{}", operation.json_version)});
  request.headers.push_back({"X-Amz-Target", fmt::format("{}.{}", operation.target_prefix, operation.name)});
  return request;
}

Result<void> decode_response(const api::OperationInfo& operation, const http::Response& response,
                             const api::Shape& shape, void* object) {
  if (response.status >= 300) {
    std::string name;
    const std::string message = error_message_of(response, name);
    return Error{
        error_code(operation.service, name), message.empty() ? name : fmt::format("{}: {}", name, message), {}};
  }
  std::vector<std::string> missing;
  Result<void> decoded;
  if (operation.target_prefix.empty())
    decoded = decode_rest_response(response, shape, object, missing);
  else if (response.body.empty() && !shape.fields.empty())
    decoded = invalid_input("it is empty.");
  else
    decoded = decode_json(response.body, shape, object, missing);
  if (decoded) return {};
  // Not from our server: from another one on that port, or a proxy.
  const std::string why =
      decoded.error().code == ErrorCode::MalformedRequest ? "it is not a JSON object." : decoded.error().message;
  return Error{ErrorCode::Internal, fmt::format("This is not a response of {}: {}", operation.name, why), {}};
}

}  // namespace athanor::wire
