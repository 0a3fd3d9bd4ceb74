// Lambda: invoking, with its concurrency, asynchronous settings and permissions. Source: the service model
// lambda-2015-03-31.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/lambda_constraints.h"
#include "api/lambda_functions.h"
#include "api/operation.h"
#include "api/shape.h"
#include "base/describe.h"

namespace athanor::api {

struct InvocationRequest {
  std::string function_name;
  std::optional<std::string> invocation_type;
  std::optional<std::string> log_type;
  std::optional<std::string> client_context;
  std::optional<Blob> payload;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{member("FunctionName", &InvocationRequest::function_name, kNamespacedFunctionName),
                   member("InvocationType", &InvocationRequest::invocation_type,
                          {.one_of = "Event, RequestResponse, DryRun",
                           .location = Location::Header,
                           .location_name = "X-Amz-Invocation-Type"}),
                   member("LogType", &InvocationRequest::log_type,
                          {.one_of = "None, Tail", .location = Location::Header, .location_name = "X-Amz-Log-Type"}),
                   member("ClientContext", &InvocationRequest::client_context,
                          {.location = Location::Header, .location_name = "X-Amz-Client-Context"}),
                   member("Payload", &InvocationRequest::payload, {.location = Location::Payload}),
                   member("Qualifier", &InvocationRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const InvocationRequest&, const InvocationRequest&) = default;
};

struct InvocationResponse {
  std::optional<std::int64_t> status_code;
  std::optional<std::string> function_error;
  std::optional<std::string> log_result;
  std::optional<Blob> payload;
  std::optional<std::string> executed_version;

  static constexpr auto members() {
    return Members{member("StatusCode", &InvocationResponse::status_code, {.location = Location::StatusCode}),
                   member("FunctionError", &InvocationResponse::function_error,
                          {.location = Location::Header, .location_name = "X-Amz-Function-Error"}),
                   member("LogResult", &InvocationResponse::log_result,
                          {.location = Location::Header, .location_name = "X-Amz-Log-Result"}),
                   member("Payload", &InvocationResponse::payload, {.location = Location::Payload}),
                   member("ExecutedVersion", &InvocationResponse::executed_version,
                          {.location = Location::Header, .location_name = "X-Amz-Executed-Version"})};
  }
  friend bool operator==(const InvocationResponse&, const InvocationResponse&) = default;
};

struct Invoke {
  using Request = InvocationRequest;
  using Response = InvocationResponse;
  static constexpr OperationInfo info =
      lambda_operation("Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations");
};

struct OnSuccess {
  std::optional<std::string> destination;

  static constexpr auto members() {
    return Members{member(
        "Destination", &OnSuccess::destination,
        {.length_max = 350,
         .pattern =
             R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))"})};
  }
  friend bool operator==(const OnSuccess&, const OnSuccess&) = default;
};

struct OnFailure {
  std::optional<std::string> destination;

  static constexpr auto members() {
    return Members{member(
        "Destination", &OnFailure::destination,
        {.length_max = 350,
         .pattern =
             R"($|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))"})};
  }
  friend bool operator==(const OnFailure&, const OnFailure&) = default;
};

struct DestinationConfig {
  std::optional<OnSuccess> on_success;
  std::optional<OnFailure> on_failure;

  static constexpr auto members() {
    return Members{member("OnSuccess", &DestinationConfig::on_success),
                   member("OnFailure", &DestinationConfig::on_failure)};
  }
  friend bool operator==(const DestinationConfig&, const DestinationConfig&) = default;
};

struct PutFunctionEventInvokeConfigRequest {
  std::string function_name;
  std::optional<std::string> qualifier;
  std::optional<std::int64_t> maximum_retry_attempts;
  std::optional<std::int64_t> maximum_event_age_in_seconds;
  std::optional<DestinationConfig> destination_config;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &PutFunctionEventInvokeConfigRequest::function_name, kNamespacedFunctionName),
        member("Qualifier", &PutFunctionEventInvokeConfigRequest::qualifier, kQualifier),
        member("MaximumRetryAttempts", &PutFunctionEventInvokeConfigRequest::maximum_retry_attempts,
               {.value_min = 0, .value_max = 2}),
        member("MaximumEventAgeInSeconds", &PutFunctionEventInvokeConfigRequest::maximum_event_age_in_seconds,
               {.value_min = 60, .value_max = 21600}),
        member("DestinationConfig", &PutFunctionEventInvokeConfigRequest::destination_config)};
  }
  friend bool operator==(const PutFunctionEventInvokeConfigRequest&,
                         const PutFunctionEventInvokeConfigRequest&) = default;
};

struct FunctionEventInvokeConfig {
  std::optional<base::Time> last_modified;
  std::optional<std::string> function_arn;
  std::optional<std::int64_t> maximum_retry_attempts;
  std::optional<std::int64_t> maximum_event_age_in_seconds;
  std::optional<DestinationConfig> destination_config;

  static constexpr auto members() {
    return Members{member("LastModified", &FunctionEventInvokeConfig::last_modified),
                   member("FunctionArn", &FunctionEventInvokeConfig::function_arn),
                   member("MaximumRetryAttempts", &FunctionEventInvokeConfig::maximum_retry_attempts),
                   member("MaximumEventAgeInSeconds", &FunctionEventInvokeConfig::maximum_event_age_in_seconds),
                   member("DestinationConfig", &FunctionEventInvokeConfig::destination_config)};
  }
  friend bool operator==(const FunctionEventInvokeConfig&, const FunctionEventInvokeConfig&) = default;
};

struct PutFunctionEventInvokeConfig {
  using Request = PutFunctionEventInvokeConfigRequest;
  using Response = FunctionEventInvokeConfig;
  static constexpr OperationInfo info = lambda_operation("PutFunctionEventInvokeConfig", "PUT",
                                                         "/2019-09-25/functions/{FunctionName}/event-invoke-config");
};

struct GetFunctionEventInvokeConfigRequest {
  std::string function_name;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{member("FunctionName", &GetFunctionEventInvokeConfigRequest::function_name, kNamespacedFunctionName),
                   member("Qualifier", &GetFunctionEventInvokeConfigRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const GetFunctionEventInvokeConfigRequest&,
                         const GetFunctionEventInvokeConfigRequest&) = default;
};

struct GetFunctionEventInvokeConfig {
  using Request = GetFunctionEventInvokeConfigRequest;
  using Response = FunctionEventInvokeConfig;
  static constexpr OperationInfo info = lambda_operation("GetFunctionEventInvokeConfig", "GET",
                                                         "/2019-09-25/functions/{FunctionName}/event-invoke-config");
};

struct UpdateFunctionEventInvokeConfigRequest {
  std::string function_name;
  std::optional<std::string> qualifier;
  std::optional<std::int64_t> maximum_retry_attempts;
  std::optional<std::int64_t> maximum_event_age_in_seconds;
  std::optional<DestinationConfig> destination_config;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &UpdateFunctionEventInvokeConfigRequest::function_name, kNamespacedFunctionName),
        member("Qualifier", &UpdateFunctionEventInvokeConfigRequest::qualifier, kQualifier),
        member("MaximumRetryAttempts", &UpdateFunctionEventInvokeConfigRequest::maximum_retry_attempts,
               {.value_min = 0, .value_max = 2}),
        member("MaximumEventAgeInSeconds", &UpdateFunctionEventInvokeConfigRequest::maximum_event_age_in_seconds,
               {.value_min = 60, .value_max = 21600}),
        member("DestinationConfig", &UpdateFunctionEventInvokeConfigRequest::destination_config)};
  }
  friend bool operator==(const UpdateFunctionEventInvokeConfigRequest&,
                         const UpdateFunctionEventInvokeConfigRequest&) = default;
};

struct UpdateFunctionEventInvokeConfig {
  using Request = UpdateFunctionEventInvokeConfigRequest;
  using Response = FunctionEventInvokeConfig;
  static constexpr OperationInfo info = lambda_operation("UpdateFunctionEventInvokeConfig", "POST",
                                                         "/2019-09-25/functions/{FunctionName}/event-invoke-config");
};

struct DeleteFunctionEventInvokeConfigRequest {
  std::string function_name;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &DeleteFunctionEventInvokeConfigRequest::function_name, kNamespacedFunctionName),
        member("Qualifier", &DeleteFunctionEventInvokeConfigRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const DeleteFunctionEventInvokeConfigRequest&,
                         const DeleteFunctionEventInvokeConfigRequest&) = default;
};

struct DeleteFunctionEventInvokeConfig {
  using Request = DeleteFunctionEventInvokeConfigRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info =
      lambda_operation("DeleteFunctionEventInvokeConfig", "DELETE",
                       "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204, false);
};

struct PutFunctionConcurrencyRequest {
  std::string function_name;
  std::int64_t reserved_concurrent_executions{};

  static constexpr auto members() {
    return Members{
        member("FunctionName", &PutFunctionConcurrencyRequest::function_name, kFunctionName),
        member("ReservedConcurrentExecutions", &PutFunctionConcurrencyRequest::reserved_concurrent_executions,
               {.value_min = 0, .required = true})};
  }
  friend bool operator==(const PutFunctionConcurrencyRequest&, const PutFunctionConcurrencyRequest&) = default;
};

struct PutFunctionConcurrency {
  using Request = PutFunctionConcurrencyRequest;
  using Response = Concurrency;
  static constexpr OperationInfo info =
      lambda_operation("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency");
};

struct GetFunctionConcurrencyRequest {
  std::string function_name;

  static constexpr auto members() {
    return Members{member("FunctionName", &GetFunctionConcurrencyRequest::function_name, kFunctionName)};
  }
  friend bool operator==(const GetFunctionConcurrencyRequest&, const GetFunctionConcurrencyRequest&) = default;
};

struct GetFunctionConcurrencyResponse {
  std::optional<std::int64_t> reserved_concurrent_executions;

  static constexpr auto members() {
    return Members{
        member("ReservedConcurrentExecutions", &GetFunctionConcurrencyResponse::reserved_concurrent_executions)};
  }
  friend bool operator==(const GetFunctionConcurrencyResponse&, const GetFunctionConcurrencyResponse&) = default;
};

struct GetFunctionConcurrency {
  using Request = GetFunctionConcurrencyRequest;
  using Response = GetFunctionConcurrencyResponse;
  static constexpr OperationInfo info =
      lambda_operation("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency");
};

struct DeleteFunctionConcurrencyRequest {
  std::string function_name;

  static constexpr auto members() {
    return Members{member("FunctionName", &DeleteFunctionConcurrencyRequest::function_name, kFunctionName)};
  }
  friend bool operator==(const DeleteFunctionConcurrencyRequest&, const DeleteFunctionConcurrencyRequest&) = default;
};

struct DeleteFunctionConcurrency {
  using Request = DeleteFunctionConcurrencyRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = lambda_operation(
      "DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204, false);
};

struct AddPermissionRequest {
  std::string function_name;
  std::string statement_id;
  std::string action;
  std::string principal;
  std::optional<std::string> source_arn;
  std::optional<std::string> source_account;
  std::optional<std::string> qualifier;
  std::optional<std::string> revision_id;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &AddPermissionRequest::function_name, kNamespacedFunctionName),
        member("StatementId", &AddPermissionRequest::statement_id,
               {.length_min = 1, .length_max = 100, .pattern = R"(([a-zA-Z0-9-_]+))", .required = true}),
        member("Action", &AddPermissionRequest::action,
               {.length_max = 10000, .pattern = R"((lambda:[*]|lambda:[a-zA-Z]+|[*]))", .required = true}),
        member("Principal", &AddPermissionRequest::principal,
               {.length_max = 2048, .pattern = R"([^\s]+)", .required = true}),
        member(
            "SourceArn", &AddPermissionRequest::source_arn,
            {.length_max = 10000,
             .pattern =
                 R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))"}),
        member("SourceAccount", &AddPermissionRequest::source_account, {.length_max = 12, .pattern = R"(\d{12})"}),
        member("Qualifier", &AddPermissionRequest::qualifier, kQualifier),
        member("RevisionId", &AddPermissionRequest::revision_id)};
  }
  friend bool operator==(const AddPermissionRequest&, const AddPermissionRequest&) = default;
};

struct AddPermissionResponse {
  std::optional<std::string> statement;

  static constexpr auto members() { return Members{member("Statement", &AddPermissionResponse::statement)}; }
  friend bool operator==(const AddPermissionResponse&, const AddPermissionResponse&) = default;
};

struct AddPermission {
  using Request = AddPermissionRequest;
  using Response = AddPermissionResponse;
  static constexpr OperationInfo info =
      lambda_operation("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy", 201);
};

struct RemovePermissionFromFunctionRequest {
  std::string function_name;
  std::string statement_id;
  std::optional<std::string> qualifier;
  std::optional<std::string> revision_id;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &RemovePermissionFromFunctionRequest::function_name, kNamespacedFunctionName),
        member("StatementId", &RemovePermissionFromFunctionRequest::statement_id,
               {.length_min = 1,
                .length_max = 100,
                .pattern = R"(([a-zA-Z0-9-_.]+))",
                .required = true,
                .location = Location::Uri}),
        member("Qualifier", &RemovePermissionFromFunctionRequest::qualifier, kQualifier),
        member("RevisionId", &RemovePermissionFromFunctionRequest::revision_id, {.location = Location::Query})};
  }
  friend bool operator==(const RemovePermissionFromFunctionRequest&,
                         const RemovePermissionFromFunctionRequest&) = default;
};

struct RemovePermissionFromFunction {  // Lambda's RemovePermission: EventBridge has one too
  using Request = RemovePermissionFromFunctionRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = lambda_operation(
      "RemovePermission", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204, false);
};

struct GetPolicyRequest {
  std::string function_name;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{member("FunctionName", &GetPolicyRequest::function_name, kNamespacedFunctionName),
                   member("Qualifier", &GetPolicyRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const GetPolicyRequest&, const GetPolicyRequest&) = default;
};

struct GetPolicyResponse {
  std::optional<std::string> policy;
  std::optional<std::string> revision_id;

  static constexpr auto members() {
    return Members{member("Policy", &GetPolicyResponse::policy), member("RevisionId", &GetPolicyResponse::revision_id)};
  }
  friend bool operator==(const GetPolicyResponse&, const GetPolicyResponse&) = default;
};

struct GetPolicy {
  using Request = GetPolicyRequest;
  using Response = GetPolicyResponse;
  static constexpr OperationInfo info =
      lambda_operation("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy");
};

}  // namespace athanor::api
