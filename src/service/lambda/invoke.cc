#include "service/lambda/invoke.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "api/arn.h"
#include "base/alphanumeric.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/json.h"
#include "function/invocations.h"
#include "function/version.h"
#include "service/lambda/functions.h"

namespace athanor::service::lambda {
namespace {

using format::JsonValue;

// OverLimit: as many are running as the function has reserved.
Error rate_exceeded(ErrorCode code = ErrorCode::Throttled, std::string detail = {}) {
  return {code, "Rate Exceeded.", std::move(detail)};
}

constexpr std::size_t kClientContextBytes = 3'583;  // of Base64. Source: Lambda API Reference, Invoke

std::string_view payload_of(const api::InvocationRequest& request) {
  return request.payload && !request.payload->bytes.empty() ? std::string_view{request.payload->bytes} : "{}";
}

// The object decoded from the request's Base64, on one line, as a header requires; empty without one.
Result<std::string> client_context_of(const api::InvocationRequest& request) {
  if (!request.client_context) return std::string{};
  if (request.client_context->size() > kClientContextBytes) {  // the wording is ours
    return Error{ErrorCode::InvalidRequestContent,
                 fmt::format("Client context must be at most {} bytes of Base64.", kClientContextBytes),
                 {}};
  }
  const auto context = format::parse_json(base::from_base64(*request.client_context).value_or(""));
  if (!context || !context->is_object()) {
    return Error{ErrorCode::InvalidRequestContent, "Client context must be a valid Base64-encoded JSON object.", {}};
  }
  return format::print_json(*context);
}

// Without a Root it names no trace, and the function gets a header of its own. Source of the form: X-Ray Developer
// Guide, "tracing header".
std::string trace_header_of(const engine::Caller& caller) {
  return caller.trace_header.contains("Root=") ? caller.trace_header : std::string{};
}

api::InvocationResponse response_of(const function::Outcome& outcome, bool with_log) {
  api::InvocationResponse response{.status_code = 200,
                                   .function_error = {},
                                   .log_result = {},
                                   .payload = api::Blob{outcome.payload},
                                   .executed_version = std::string{function::kLatest}};
  if (!outcome.is_success()) response.function_error = "Unhandled";
  if (with_log) response.log_result = base::to_base64(outcome.log_tail);
  return response;
}

api::FunctionEventInvokeConfig described(const function::Function& f) {
  const function::InvokeConfig& c = *f.invoke_config;
  api::FunctionEventInvokeConfig shown{
      .last_modified = c.modified,
      .function_arn = function::latest_arn(f.put.arn),
      .maximum_retry_attempts = c.retries_max,
      .maximum_event_age_in_seconds = {},
      .destination_config = api::DestinationConfig{api::OnSuccess{}, api::OnFailure{}}};
  if (c.event_age_max) shown.maximum_event_age_in_seconds = c.event_age_max->count();
  if (!c.on_success.empty()) shown.destination_config->on_success->destination = c.on_success;
  if (!c.on_failure.empty()) shown.destination_config->on_failure->destination = c.on_failure;
  return shown;
}

// A function must exist; whether a queue or a bus does shows when something is sent to it. Source: Lambda API
// Reference, OnFailure; of the wording: AWS's responses, as reported by its clients.
Result<void> check_destination(const engine::Call& call, const function::Function& f,
                               const std::optional<std::string>& arn, std::span<const std::string_view> services) {
  if (!arn || arn->empty() || takes_failed_events(*arn, services)) return {};
  const auto parsed = api::parse_arn(*arn);
  const auto found = find_function(call, *arn);
  if (!parsed || parsed->service != "lambda" || !found)
    return bad_parameter(fmt::format("The destination ARN {} is invalid.", *arn));
  if (*found != &f) return {};
  return bad_parameter("You can't specify the function as a destination for itself.");
}

Result<void> check_destinations(const engine::Call& call, const function::Function& f,
                                const std::optional<api::DestinationConfig>& config) {
  // Source: service model, DestinationConfig ("S3 buckets are supported only for on-failure destinations").
  static constexpr std::array<std::string_view, 3> kOnSuccess = {"sqs", "sns", "events"};
  static constexpr std::array<std::string_view, 4> kOnFailure = {"sqs", "sns", "events", "s3"};
  if (config && config->on_success)
    ATHANOR_CHECK(check_destination(call, f, config->on_success->destination, kOnSuccess));
  if (config && config->on_failure)
    ATHANOR_CHECK(check_destination(call, f, config->on_failure->destination, kOnFailure));
  return {};
}

// Source of the wording: AWS's responses, as reported by its clients.
template <class Request>
Result<void> check_says_something(const Request& request) {
  if (request.maximum_retry_attempts || request.maximum_event_age_in_seconds || request.destination_config) return {};
  return bad_parameter("You must specify at least one of error handling or destination setting.");
}

template <class Request>
void take_over(function::InvokeConfig& config, const Request& request, base::Time now) {
  if (request.maximum_retry_attempts) config.retries_max = *request.maximum_retry_attempts;
  if (request.maximum_event_age_in_seconds)
    config.event_age_max = std::chrono::seconds{*request.maximum_event_age_in_seconds};
  if (request.destination_config) {
    const auto& d = *request.destination_config;
    if (d.on_success) config.on_success = d.on_success->destination.value_or("");
    if (d.on_failure) config.on_failure = d.on_failure->destination.value_or("");
  }
  config.modified = now;
}

// Before its first statement a policy has no revision: a caller that names one has read another.
Result<void> check_policy_revision(const function::Function& f, const std::optional<std::string>& revision) {
  if (!revision || *revision == f.policy_revision_id) return {};
  return Error{ErrorCode::RevisionMismatch,
               "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the "
               "latest Revision Id",
               {}};
}

// "*", an account, an ARN of an identity, or a service ("events.amazonaws.com", "alexa-appkit.amazon.com"). Source of
// the wording: AWS's responses, as reported by its clients.
Result<JsonValue> principal_of(const std::string& given) {
  if (given == "*") return JsonValue::of(given);
  if (base::is_account_id(given))
    return JsonValue::object({{"AWS", JsonValue::of(fmt::format("arn:aws:iam::{}:root", given))}});
  if (given.starts_with("arn:")) return JsonValue::object({{"AWS", JsonValue::of(given)}});
  if (given.find(".amazonaws.com") != std::string::npos || given.ends_with(".amazon.com"))
    return JsonValue::object({{"Service", JsonValue::of(given)}});
  return bad_parameter("The provided principal was invalid. Please check the principal and try again.");
}

Error no_invoke_config(const function::Function& f) {
  return not_found(fmt::format("The function {} doesn't have an EventInvokeConfig", function::latest_arn(f.put.arn)));
}

}  // namespace

Result<void> prepare_invoke(const api::InvocationRequest& request) {
  const std::string_view payload = payload_of(request);
  const bool async = request.invocation_type.value_or("RequestResponse") == "Event";
  if (async && payload.size() > limits::kAsyncInvokePayloadBytes) {
    return Error{ErrorCode::RequestTooLarge,
                 fmt::format("{} byte payload is too large for the Event invocation type (limit {} bytes)",
                             payload.size(), limits::kAsyncInvokePayloadBytes),
                 {}};
  }
  if (payload.size() > limits::kInvokePayloadBytes) {
    return Error{ErrorCode::RequestTooLarge,
                 fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation",
                             limits::kInvokePayloadBytes),
                 {}};
  }
  if (!format::is_valid_json(payload)) {
    return Error{
        ErrorCode::InvalidRequestContent, "Could not parse request body into json: the payload is not valid JSON.", {}};
  }
  ATHANOR_CHECK(client_context_of(request));
  return {};
}

void invoke(engine::Call& call, const api::InvocationRequest& request, const std::string& request_id,
            const RunInvocation& run, engine::Reply<api::InvocationResponse> reply) {
  const auto found = find_function(call, request.function_name, request.qualifier);
  if (!found) return reply(found.error());
  const function::Function& f = **found;
  const std::string type = request.invocation_type.value_or("RequestResponse");
  if (type == "DryRun") return reply(api::InvocationResponse{.status_code = 204});
  function::Invocations& invocations = call.works.invocations;
  if (type == "Event") {
    if (!call.disk_has_room) return reply(disk_is_full());
    if (invocations.is_full(f.put.arn)) return reply(rate_exceeded());
    call.journal.write(function::InvokeRequested{f.put.arn, request_id, std::string{payload_of(request)}});
    return reply(api::InvocationResponse{.status_code = 202});
  }
  if (!invocations.try_begin(f.put.arn)) {
    return reply(rate_exceeded(invocations.is_at_reservation(f) ? ErrorCode::OverLimit : ErrorCode::Throttled));
  }
  const bool with_log = request.log_type.value_or("None") == "Tail";
  function::Start start{
      .request_id = request_id,
      .function = f.spec(),
      .invoked_arn =
          is_qualified(request.function_name, request.qualifier) ? function::latest_arn(f.put.arn) : f.put.arn,
      .client_context = *client_context_of(request),
      .trace_header = trace_header_of(call.caller),
      .payload = [payload = std::string{payload_of(request)}]() -> Result<std::string> { return payload; }};
  run(std::move(start),
      [arn = f.put.arn, with_log, reply = std::move(reply)](engine::Call& later, const function::Outcome& outcome) {
        later.works.invocations.end(arn);
        if (outcome.kind == function::OutcomeKind::Refused)
          reply(rate_exceeded(ErrorCode::Throttled, outcome.payload));
        else
          reply(response_of(outcome, with_log));
      });
}

Result<void> check_invoke_config(const api::PutFunctionEventInvokeConfigRequest& request) {
  return check_says_something(request);
}

Result<api::FunctionEventInvokeConfig> put_function_event_invoke_config(
    engine::Call& call, const api::PutFunctionEventInvokeConfigRequest& request) {
  ATHANOR_CHECK(check_invoke_config(request));
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  ATHANOR_CHECK(check_destinations(call, *f, request.destination_config));
  function::InvokeConfig config;
  take_over(config, request, call.now);
  call.journal.write(function::InvokeConfigPut{f->put.arn, config});
  return described(*f);
}

Result<api::FunctionEventInvokeConfig> update_function_event_invoke_config(
    engine::Call& call, const api::UpdateFunctionEventInvokeConfigRequest& request) {
  ATHANOR_CHECK(check_says_something(request));
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  if (!f->invoke_config) return no_invoke_config(*f);
  ATHANOR_CHECK(check_destinations(call, *f, request.destination_config));
  function::InvokeConfig config = *f->invoke_config;
  take_over(config, request, call.now);
  call.journal.write(function::InvokeConfigPut{f->put.arn, config});
  return described(*f);
}

Result<api::FunctionEventInvokeConfig> get_function_event_invoke_config(
    engine::Call& call, const api::GetFunctionEventInvokeConfigRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  if (!f->invoke_config) return no_invoke_config(*f);
  return described(*f);
}

Result<api::NoResponse> delete_function_event_invoke_config(
    engine::Call& call, const api::DeleteFunctionEventInvokeConfigRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  if (!f->invoke_config) return no_invoke_config(*f);
  call.journal.write(function::InvokeConfigPut{f->put.arn, std::nullopt});
  return api::NoResponse{};
}

Result<api::Concurrency> put_function_concurrency(engine::Call& call,
                                                  const api::PutFunctionConcurrencyRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name));
  call.journal.write(function::ConcurrencyPut{f->put.arn, request.reserved_concurrent_executions});
  return api::Concurrency{request.reserved_concurrent_executions};
}

Result<api::GetFunctionConcurrencyResponse> get_function_concurrency(
    engine::Call& call, const api::GetFunctionConcurrencyRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name));
  return api::GetFunctionConcurrencyResponse{f->reserved_concurrency};
}

Result<api::NoResponse> delete_function_concurrency(engine::Call& call,
                                                    const api::DeleteFunctionConcurrencyRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name));
  call.journal.write(function::ConcurrencyPut{f->put.arn, std::nullopt});
  return api::NoResponse{};
}

Result<api::AddPermissionResponse> add_permission(engine::Call& call, const api::AddPermissionRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  // The only version has no policy of its own.
  if (is_qualified(request.function_name, request.qualifier))
    return bad_parameter("We currently do not support adding policies for $LATEST.");
  ATHANOR_CHECK(check_policy_revision(*f, request.revision_id));
  if (f->permissions.contains(request.statement_id)) {
    return Error{ErrorCode::AlreadyExists,
                 fmt::format("The statement id ({}) provided already exists. Please provide a new statement id, or "
                             "remove the existing statement.",
                             request.statement_id),
                 {}};
  }
  ATHANOR_TRY(principal, principal_of(request.principal));
  JsonValue statement = JsonValue::object({{"Sid", JsonValue::of(request.statement_id)},
                                           {"Effect", JsonValue::of("Allow")},
                                           {"Principal", std::move(principal)},
                                           {"Action", JsonValue::of(request.action)},
                                           {"Resource", JsonValue::of(f->put.arn)}});
  JsonValue condition = JsonValue::object({});
  const auto require = [&](const char* how, const char* key, const std::optional<std::string>& value) {
    if (value) condition.set(how, JsonValue::object({{key, JsonValue::of(*value)}}));
  };
  require("StringEquals", "AWS:SourceAccount", request.source_account);
  require("ArnLike", "AWS:SourceArn", request.source_arn);
  if (!condition.members.empty()) statement.set("Condition", std::move(condition));
  auto statements = f->permissions;
  const std::string text = format::print_json(statement);
  statements[request.statement_id] = text;
  std::size_t bytes = 0;
  for (const auto& [id, other] : statements) bytes += other.size();
  if (bytes > limits::kFunctionPolicyBytes) {
    return Error{
        ErrorCode::PolicyTooLong,
        fmt::format("The final policy size ({}) is bigger than the limit ({}).", bytes, limits::kFunctionPolicyBytes),
        {}};
  }
  call.journal.write(function::PermissionsPut{f->put.arn, std::move(statements), base::random_uuid(call.random)});
  return api::AddPermissionResponse{text};
}

// Source of the wording: AWS's responses, as reported by its clients.
Result<api::NoResponse> remove_permission(engine::Call& call, const api::RemovePermissionFromFunctionRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  ATHANOR_CHECK(check_policy_revision(*f, request.revision_id));
  if (f->permissions.empty()) return not_found("No policy is associated with the given resource.");
  auto statements = f->permissions;
  if (statements.erase(request.statement_id) == 0)
    return not_found(fmt::format("Statement {} is not found in resource policy.", request.statement_id));
  call.journal.write(function::PermissionsPut{f->put.arn, std::move(statements), base::random_uuid(call.random)});
  return api::NoResponse{};
}

Result<api::GetPolicyResponse> get_policy(engine::Call& call, const api::GetPolicyRequest& request) {
  ATHANOR_TRY(f, find_function(call, request.function_name, request.qualifier));
  if (f->permissions.empty()) return not_found("The resource you requested does not exist.");
  std::string policy = R"({"Version":"2012-10-17","Id":"default","Statement":[)";
  bool first = true;
  for (const auto& [sid, statement] : f->permissions)
    policy.append(std::exchange(first, false) ? "" : ",").append(statement);
  return api::GetPolicyResponse{.policy = policy + "]}", .revision_id = f->policy_revision_id};
}

}  // namespace athanor::service::lambda
