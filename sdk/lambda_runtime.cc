#include "sdk/lambda_runtime.h"

#include "base/text.h"
#include "format/json.h"

namespace athanor::sdk {
namespace {

// Source: Lambda developer guide, "Using the Lambda runtime API", version 2018-06-01.
constexpr std::string_view kRoot = "/2018-06-01/runtime/";

std::string name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::MalformedRequest:
      return "InvalidInput";
    case ErrorCode::UnsupportedOperation:
      return "UnknownEventType";
    case ErrorCode::Throttled:
      return "Throttled";
    case ErrorCode::Unavailable:
      return "Unavailable";
    case ErrorCode::Timeout:
      return "Timeout";
    default:
      return "HandlerError";
  }
}

std::string print_error(const Error& error) {
  return format::print_json(format::JsonValue::object({{"errorMessage", format::JsonValue::of(error.message)},
                                                       {"errorType", format::JsonValue::of(name_of(error.code))},
                                                       {"stackTrace", format::JsonValue::array()}}));
}

Result<http::Response> exchange(const LambdaRuntime& runtime, std::string method, const std::string& path,
                                std::string body = {}, http::Headers headers = {}) {
  ATHANOR_TRY(endpoint, http::parse_endpoint("http://" + runtime.runtime_api));
  http::Request request{.method = std::move(method),
                        .target = std::string(kRoot) + path,
                        .headers = std::move(headers),
                        .body = std::move(body)};
  ATHANOR_TRY(response, runtime.send(endpoint, request));
  if (response.status >= 300) {
    return Error{ErrorCode::Unavailable,
                 "The runtime API answered " + std::to_string(response.status) + " to " + path + ".",
                 {}};
  }
  return std::move(response);
}

Result<void> answer(const LambdaRuntime& runtime, const std::string& path, std::string body,
                    http::Headers headers = {}) {
  ATHANOR_CHECK(exchange(runtime, "POST", path, std::move(body), std::move(headers)));
  return {};
}

http::Headers error_headers(const Error& error) {
  return {{"Content-Type", "application/json"}, {"Lambda-Runtime-Function-Error-Type", name_of(error.code)}};
}

}  // namespace

Result<void> run_one_invocation(const LambdaRuntime& runtime, const EventHandlers& handlers) {
  ATHANOR_TRY(next, exchange(runtime, "GET", "invocation/next"));
  Context context;
  context.request_id = next.header("Lambda-Runtime-Aws-Request-Id");
  context.function_arn = next.header("Lambda-Runtime-Invoked-Function-Arn");
  context.trace_id = next.header("Lambda-Runtime-Trace-Id");
  context.deadline =
      base::Time{std::chrono::milliseconds{base::to_int(next.header("Lambda-Runtime-Deadline-Ms")).value_or(0)}};
  context.clock = &runtime.clock;
  context.log = runtime.log;
  if (context.request_id.empty()) return Error{ErrorCode::Unavailable, "The runtime API sent no request id.", {}};

  const std::string path = "invocation/" + context.request_id;
  if (const auto result = handlers.handle(next.body, context); !result) {
    runtime.log("ERROR " + result.error().message);
    return answer(runtime, path + "/error", print_error(result.error()), error_headers(result.error()));
  }
  return answer(runtime, path + "/response", "null");
}

Error run_invocations(const LambdaRuntime& runtime, const EventHandlers& handlers) {
  for (;;) {
    auto result = run_one_invocation(runtime, handlers);
    // A long poll that timed out has taken no invocation.
    if (!result && result.error().code != ErrorCode::Timeout) return std::move(result).error();
  }
}

Result<void> report_init_error(const LambdaRuntime& runtime, const Error& error) {
  return answer(runtime, "init/error", print_error(error), error_headers(error));
}

}  // namespace athanor::sdk
