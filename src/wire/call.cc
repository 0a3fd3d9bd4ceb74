#include "wire/call.h"

#include <fmt/format.h>

#include <array>

#include "api/lambda.h"
#include "base/alphanumeric.h"
#include "base/text.h"

namespace athanor::wire {
namespace {

template <class Op>
constexpr RestOperation rest() {
  return {Op::info.service, Op::info.name, Op::info.method, Op::info.uri};
}

constexpr std::array kRestOperations{
    rest<api::CreateFunction>(),
    rest<api::GetFunction>(),
    rest<api::GetFunctionConfiguration>(),
    rest<api::UpdateFunctionCode>(),
    rest<api::UpdateFunctionConfiguration>(),
    rest<api::DeleteFunction>(),
    rest<api::ListFunctions>(),
    rest<api::Invoke>(),
    rest<api::PutFunctionEventInvokeConfig>(),
    rest<api::GetFunctionEventInvokeConfig>(),
    rest<api::UpdateFunctionEventInvokeConfig>(),
    rest<api::DeleteFunctionEventInvokeConfig>(),
    rest<api::PutFunctionConcurrency>(),
    rest<api::GetFunctionConcurrency>(),
    rest<api::DeleteFunctionConcurrency>(),
    rest<api::AddPermission>(),
    rest<api::RemovePermissionFromFunction>(),
    rest<api::GetPolicy>(),
};

// The service that an X-Amz-Target prefix stands for.
std::string_view service_of_target(std::string_view prefix) {
  if (prefix == "AWSEvents") return "events";
  if (prefix == "AmazonSQS") return "sqs";
  if (prefix == "Athanor") return "athanor";
  return {};
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

bool has_action(std::string_view form) {
  return form.starts_with("Action=") || form.find("&Action=") != std::string_view::npos;
}

// 1 MiB of messages, each byte in Base64 and percent-encoded: four bytes of the form. No more is read, since the sender
// is not authenticated yet.
constexpr std::size_t kFormBytesMax = 8 * 1'048'576;

// "/2015-03-31/...": only Lambda's paths begin with a version date, and Lambda has many of them.
bool is_dated(std::string_view path) {
  constexpr std::string_view kShape = "/0000-00-00/";
  if (path.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = base::is_digit_ascii(path[i]);
    if (kShape[i] == '0' ? !digit : path[i] != kShape[i]) return false;
  }
  return true;
}

Error not_served(const http::Request& request) {
  return wire::not_served(fmt::format("{} {}", request.method, request.raw_path()));
}

bool is_called_form(const http::Request& request) {
  return base::equals_ignore_case_ascii(request.header("content-type").substr(0, kForm.size()), kForm);
}

// A presigned POST has everything in its URL; clients call even an empty body a form.
std::string_view form_of(const http::Request& request) {
  return is_called_form(request) && !request.body.empty() ? std::string_view{request.body} : request.raw_query();
}

// "AWSEvents.PutEvents" in X-Amz-Target.
Result<void> recognise_target(const http::Request& request, Recognised& recognised) {
  const std::string_view target = request.header("x-amz-target");
  const auto dot = target.find('.');
  recognised.protocol = Protocol::AwsJson;
  recognised.json_version = request.header("content-type").find("json-1.0") != std::string_view::npos ? "1.0" : "1.1";
  const std::string_view service = service_of_target(target.substr(0, dot));
  if (service.empty() || dot == std::string_view::npos || dot + 1 == target.size()) return wire::not_served(target);
  recognised.service = service;
  recognised.operation = target.substr(dot + 1);
  if (request.method != "POST") return not_served(request);
  return {};
}

Result<void> recognise_path(const http::Request& request, Recognised& recognised) {
  recognised.protocol = Protocol::RestJson;
  recognised.service = "lambda";
  for (const RestOperation& operation : kRestOperations) {
    if (operation.method != request.method || !match_uri(operation.uri, request.raw_path())) continue;
    recognised.service = operation.service;
    recognised.operation = operation.name;
    return {};
  }
  return not_served(request);
}

Result<void> recognise_form(const http::Request& request, Recognised& recognised) {
  recognised.protocol = Protocol::Query;
  recognised.service = "sqs";
  if (request.method != "POST" && request.method != "GET") return not_served(request);
  const std::string_view form = form_of(request);
  if (form.size() > kFormBytesMax)
    return Error{ErrorCode::RequestTooLarge, fmt::format("A form has at most {} bytes.", kFormBytesMax), {}};
  auto parameters = http::parse_form(form);
  if (!parameters)
    return Error{ErrorCode::MalformedRequest, "The form cannot be read, or has more than 1000 parameters.", {}};
  const std::string* action = http::find_parameter(*parameters, "Action");
  if (action == nullptr || action->empty()) return not_served(request);
  const std::string* version = http::find_parameter(*parameters, "Version");
  if (version != nullptr && *version != "2012-11-05") {
    return Error{
        ErrorCode::UnknownOperation, fmt::format("Could not find operation {} for version {}", *action, *version), {}};
  }
  recognised.operation = *action;
  // Older clients post to the queue itself.
  if (request.raw_path().size() > 1 && http::find_parameter(*parameters, "QueueUrl") == nullptr) {
    parameters->emplace_back("QueueUrl", std::string{request.raw_path()});
  }
  recognised.parameters = *std::move(parameters);
  return {};
}

// Some clients also name their form's action in a header ("AmazonSQSv20121105.CreateQueue").
bool is_form_with_target(const http::Request& request, std::string_view target) {
  return service_of_target(target.substr(0, target.find('.'))).empty() && is_called_form(request) &&
         has_action(std::string_view{request.body}.substr(0, kFormBytesMax));
}

}  // namespace

std::span<const RestOperation> rest_operations() { return kRestOperations; }

std::optional<http::Parameters> match_uri(std::string_view uri_template, std::string_view raw_path) {
  http::Parameters labels;
  const auto want = base::split(uri_template, '/');
  auto have = base::split(raw_path, '/');
  if (!have.empty() && have.back().empty() && !want.back().empty()) have.pop_back();  // a trailing slash
  if (!want.empty() && want.back().empty() && !have.empty() && !have.back().empty()) have.push_back({});
  if (want.size() != have.size()) return std::nullopt;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!want[i].starts_with('{')) {
      if (want[i] != have[i]) return std::nullopt;
      continue;
    }
    auto value = http::percent_decode(have[i]);
    if (!value || value->empty()) return std::nullopt;
    labels.emplace_back(std::string{want[i].substr(1, want[i].size() - 2)}, *std::move(value));
  }
  return labels;
}

Error not_served(std::string_view operation) {
  return {ErrorCode::UnknownOperation, fmt::format("Operation {} is not served.", operation), {}};
}

Result<void> recognise(const http::Request& request, Recognised& recognised) {
  const std::string_view target = request.header("x-amz-target");
  if (!target.empty() && !is_form_with_target(request, target)) return recognise_target(request, recognised);
  // Before forms: what `curl -d` sends to a function is called a form but is not one.
  if (is_dated(request.raw_path())) return recognise_path(request, recognised);
  if (is_called_form(request) || has_action(form_of(request))) return recognise_form(request, recognised);
  return not_served(request);
}

}  // namespace athanor::wire
