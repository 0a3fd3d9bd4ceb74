// Lambda: functions and their configuration. Source: the service model lambda-2015-03-31.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/lambda_constraints.h"
#include "api/operation.h"
#include "api/shape.h"
#include "base/describe.h"

namespace athanor::api {

struct FunctionCode {
  std::optional<Blob> zip_file;
  std::optional<std::string> s3_bucket;
  std::optional<std::string> s3_key;
  std::optional<std::string> s3_object_version;

  static constexpr auto members() {
    return Members{member("ZipFile", &FunctionCode::zip_file),
                   member("S3Bucket", &FunctionCode::s3_bucket,
                          {.length_min = 3, .length_max = 63, .pattern = R"([0-9A-Za-z\.\-_]*(?<!\.))"}),
                   member("S3Key", &FunctionCode::s3_key, {.length_min = 1, .length_max = 1024}),
                   member("S3ObjectVersion", &FunctionCode::s3_object_version, {.length_min = 1, .length_max = 1024})};
  }
  friend bool operator==(const FunctionCode&, const FunctionCode&) = default;
};

struct FunctionDeadLetterConfig {
  std::optional<std::string> target_arn;

  static constexpr auto members() {
    return Members{member("TargetArn", &FunctionDeadLetterConfig::target_arn,
                          {.length_max = 10000, .pattern = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())"})};
  }
  friend bool operator==(const FunctionDeadLetterConfig&, const FunctionDeadLetterConfig&) = default;
};

struct Environment {
  std::optional<std::map<std::string, std::string>> variables;

  static constexpr auto members() { return Members{member("Variables", &Environment::variables)}; }
  friend bool operator==(const Environment&, const Environment&) = default;
};

struct EphemeralStorage {
  std::int64_t size{};

  static constexpr auto members() {
    return Members{member("Size", &EphemeralStorage::size, {.value_min = 512, .value_max = 10240, .required = true})};
  }
  friend bool operator==(const EphemeralStorage&, const EphemeralStorage&) = default;
};

struct CreateFunctionRequest {
  std::string function_name;
  std::optional<std::string> runtime;
  std::string role;
  std::optional<std::string> handler;
  FunctionCode code;
  std::optional<std::string> description;
  std::optional<std::int64_t> timeout;
  std::optional<std::int64_t> memory_size;
  std::optional<bool> publish;
  std::optional<std::string> package_type;
  std::optional<FunctionDeadLetterConfig> dead_letter_config;
  std::optional<Environment> environment;
  std::optional<std::string> kms_key_arn;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<std::vector<std::string>> layers;
  std::optional<std::string> code_signing_config_arn;
  std::optional<std::vector<std::string>> architectures;
  std::optional<EphemeralStorage> ephemeral_storage;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &CreateFunctionRequest::function_name,
               {.length_min = 1, .length_max = 140, .pattern = kFunctionNamePattern, .required = true}),
        member("Runtime", &CreateFunctionRequest::runtime, {.one_of = kRuntimes}),
        member("Role", &CreateFunctionRequest::role,
               {.length_max = 10000,
                .pattern = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)",
                .required = true}),
        member("Handler", &CreateFunctionRequest::handler, {.length_max = 128, .pattern = R"([^\s]+)"}),
        member("Code", &CreateFunctionRequest::code, {.required = true}),
        member("Description", &CreateFunctionRequest::description, {.length_max = 256}),
        member("Timeout", &CreateFunctionRequest::timeout, {.value_min = 1, .value_max = 5400}),
        member("MemorySize", &CreateFunctionRequest::memory_size, {.value_min = 128, .value_max = 32768}),
        member("Publish", &CreateFunctionRequest::publish),
        member("PackageType", &CreateFunctionRequest::package_type, {.one_of = "Zip, Image"}),
        member("DeadLetterConfig", &CreateFunctionRequest::dead_letter_config),
        member("Environment", &CreateFunctionRequest::environment),
        member("KMSKeyArn", &CreateFunctionRequest::kms_key_arn,
               {.length_max = 10000, .pattern = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())"}),
        member("Tags", &CreateFunctionRequest::tags),
        member("Layers", &CreateFunctionRequest::layers),
        member(
            "CodeSigningConfigArn", &CreateFunctionRequest::code_signing_config_arn,
            {.length_max = 200,
             .pattern =
                 R"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17})"}),
        member("Architectures", &CreateFunctionRequest::architectures, {.count_min = 1, .count_max = 1}),
        member("EphemeralStorage", &CreateFunctionRequest::ephemeral_storage)};
  }
  friend bool operator==(const CreateFunctionRequest&, const CreateFunctionRequest&) = default;
};

struct EnvironmentError {
  std::optional<std::string> error_code;
  std::optional<std::string> message;

  static constexpr auto members() {
    return Members{member("ErrorCode", &EnvironmentError::error_code), member("Message", &EnvironmentError::message)};
  }
  friend bool operator==(const EnvironmentError&, const EnvironmentError&) = default;
};

struct EnvironmentResponse {
  std::optional<std::map<std::string, std::string>> variables;
  std::optional<EnvironmentError> error;

  static constexpr auto members() {
    return Members{member("Variables", &EnvironmentResponse::variables), member("Error", &EnvironmentResponse::error)};
  }
  friend bool operator==(const EnvironmentResponse&, const EnvironmentResponse&) = default;
};

struct Layer {
  std::optional<std::string> arn;
  std::optional<std::int64_t> code_size;
  std::optional<std::string> signing_profile_version_arn;
  std::optional<std::string> signing_job_arn;

  static constexpr auto members() {
    return Members{member("Arn", &Layer::arn), member("CodeSize", &Layer::code_size),
                   member("SigningProfileVersionArn", &Layer::signing_profile_version_arn),
                   member("SigningJobArn", &Layer::signing_job_arn)};
  }
  friend bool operator==(const Layer&, const Layer&) = default;
};

struct FunctionConfiguration {
  std::optional<std::string> function_name;
  std::optional<std::string> function_arn;
  std::optional<std::string> runtime;
  std::optional<std::string> role;
  std::optional<std::string> handler;
  std::optional<std::int64_t> code_size;
  std::optional<std::string> description;
  std::optional<std::int64_t> timeout;
  std::optional<std::int64_t> memory_size;
  std::optional<std::string> last_modified;
  std::optional<std::string> code_sha256;
  std::optional<std::string> version;
  std::optional<FunctionDeadLetterConfig> dead_letter_config;
  std::optional<EnvironmentResponse> environment;
  std::optional<std::string> kms_key_arn;
  std::optional<std::string> master_arn;
  std::optional<std::string> revision_id;
  std::optional<std::vector<Layer>> layers;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<std::string> state_reason_code;
  std::optional<std::string> last_update_status;
  std::optional<std::string> last_update_status_reason;
  std::optional<std::string> last_update_status_reason_code;
  std::optional<std::string> signing_profile_version_arn;
  std::optional<std::string> signing_job_arn;
  std::optional<std::string> package_type;
  std::vector<std::string> architectures;
  std::optional<EphemeralStorage> ephemeral_storage;

  static constexpr auto members() {
    return Members{member("FunctionName", &FunctionConfiguration::function_name),
                   member("FunctionArn", &FunctionConfiguration::function_arn),
                   member("Runtime", &FunctionConfiguration::runtime),
                   member("Role", &FunctionConfiguration::role),
                   member("Handler", &FunctionConfiguration::handler),
                   member("CodeSize", &FunctionConfiguration::code_size),
                   member("Description", &FunctionConfiguration::description),
                   member("Timeout", &FunctionConfiguration::timeout),
                   member("MemorySize", &FunctionConfiguration::memory_size),
                   member("LastModified", &FunctionConfiguration::last_modified),
                   member("CodeSha256", &FunctionConfiguration::code_sha256),
                   member("Version", &FunctionConfiguration::version),
                   member("DeadLetterConfig", &FunctionConfiguration::dead_letter_config),
                   member("Environment", &FunctionConfiguration::environment),
                   member("KMSKeyArn", &FunctionConfiguration::kms_key_arn),
                   member("MasterArn", &FunctionConfiguration::master_arn),
                   member("RevisionId", &FunctionConfiguration::revision_id),
                   member("Layers", &FunctionConfiguration::layers),
                   member("State", &FunctionConfiguration::state),
                   member("StateReason", &FunctionConfiguration::state_reason),
                   member("StateReasonCode", &FunctionConfiguration::state_reason_code),
                   member("LastUpdateStatus", &FunctionConfiguration::last_update_status),
                   member("LastUpdateStatusReason", &FunctionConfiguration::last_update_status_reason),
                   member("LastUpdateStatusReasonCode", &FunctionConfiguration::last_update_status_reason_code),
                   member("SigningProfileVersionArn", &FunctionConfiguration::signing_profile_version_arn),
                   member("SigningJobArn", &FunctionConfiguration::signing_job_arn),
                   member("PackageType", &FunctionConfiguration::package_type),
                   member("Architectures", &FunctionConfiguration::architectures),
                   member("EphemeralStorage", &FunctionConfiguration::ephemeral_storage)};
  }
  friend bool operator==(const FunctionConfiguration&, const FunctionConfiguration&) = default;
};

struct CreateFunction {
  using Request = CreateFunctionRequest;
  using Response = FunctionConfiguration;
  static constexpr OperationInfo info = lambda_operation("CreateFunction", "POST", "/2015-03-31/functions", 201);
};

struct GetFunctionRequest {
  std::string function_name;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{member("FunctionName", &GetFunctionRequest::function_name, kNamespacedFunctionName),
                   member("Qualifier", &GetFunctionRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const GetFunctionRequest&, const GetFunctionRequest&) = default;
};

struct FunctionCodeLocationError {
  std::optional<std::string> error_code;
  std::optional<std::string> message;

  static constexpr auto members() {
    return Members{member("ErrorCode", &FunctionCodeLocationError::error_code),
                   member("Message", &FunctionCodeLocationError::message)};
  }
  friend bool operator==(const FunctionCodeLocationError&, const FunctionCodeLocationError&) = default;
};

struct FunctionCodeLocation {
  std::optional<std::string> repository_type;
  std::optional<std::string> location;
  std::optional<std::string> resolved_image_uri;
  std::optional<FunctionCodeLocationError> error;

  static constexpr auto members() {
    return Members{member("RepositoryType", &FunctionCodeLocation::repository_type),
                   member("Location", &FunctionCodeLocation::location),
                   member("ResolvedImageUri", &FunctionCodeLocation::resolved_image_uri),
                   member("Error", &FunctionCodeLocation::error)};
  }
  friend bool operator==(const FunctionCodeLocation&, const FunctionCodeLocation&) = default;
};

struct TagsError {
  std::string error_code;
  std::string message;

  static constexpr auto members() {
    return Members{member("ErrorCode", &TagsError::error_code, {.required = true}),
                   member("Message", &TagsError::message, {.required = true})};
  }
  friend bool operator==(const TagsError&, const TagsError&) = default;
};

struct Concurrency {
  std::optional<std::int64_t> reserved_concurrent_executions;

  static constexpr auto members() {
    return Members{member("ReservedConcurrentExecutions", &Concurrency::reserved_concurrent_executions)};
  }
  friend bool operator==(const Concurrency&, const Concurrency&) = default;
};

struct GetFunctionResponse {
  std::optional<FunctionConfiguration> configuration;
  std::optional<FunctionCodeLocation> code;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<TagsError> tags_error;
  std::optional<Concurrency> concurrency;

  static constexpr auto members() {
    return Members{member("Configuration", &GetFunctionResponse::configuration),
                   member("Code", &GetFunctionResponse::code), member("Tags", &GetFunctionResponse::tags),
                   member("TagsError", &GetFunctionResponse::tags_error),
                   member("Concurrency", &GetFunctionResponse::concurrency)};
  }
  friend bool operator==(const GetFunctionResponse&, const GetFunctionResponse&) = default;
};

struct GetFunction {
  using Request = GetFunctionRequest;
  using Response = GetFunctionResponse;
  static constexpr OperationInfo info = lambda_operation("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}");
};

struct GetFunctionConfigurationRequest {
  std::string function_name;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{member("FunctionName", &GetFunctionConfigurationRequest::function_name, kNamespacedFunctionName),
                   member("Qualifier", &GetFunctionConfigurationRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const GetFunctionConfigurationRequest&, const GetFunctionConfigurationRequest&) = default;
};

struct GetFunctionConfiguration {
  using Request = GetFunctionConfigurationRequest;
  using Response = FunctionConfiguration;
  static constexpr OperationInfo info =
      lambda_operation("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration");
};

struct UpdateFunctionCodeRequest {
  std::string function_name;
  std::optional<Blob> zip_file;
  std::optional<std::string> s3_bucket;
  std::optional<std::string> s3_key;
  std::optional<std::string> s3_object_version;
  std::optional<std::vector<std::string>> architectures;
  std::optional<bool> publish;
  std::optional<bool> dry_run;
  std::optional<std::string> revision_id;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &UpdateFunctionCodeRequest::function_name, kFunctionName),
        member("ZipFile", &UpdateFunctionCodeRequest::zip_file),
        member("S3Bucket", &UpdateFunctionCodeRequest::s3_bucket,
               {.length_min = 3, .length_max = 63, .pattern = R"([0-9A-Za-z\.\-_]*(?<!\.))"}),
        member("S3Key", &UpdateFunctionCodeRequest::s3_key, {.length_min = 1, .length_max = 1024}),
        member("S3ObjectVersion", &UpdateFunctionCodeRequest::s3_object_version, {.length_min = 1, .length_max = 1024}),
        member("Architectures", &UpdateFunctionCodeRequest::architectures, {.count_min = 1, .count_max = 1}),
        member("Publish", &UpdateFunctionCodeRequest::publish),
        member("DryRun", &UpdateFunctionCodeRequest::dry_run),
        member("RevisionId", &UpdateFunctionCodeRequest::revision_id)};
  }
  friend bool operator==(const UpdateFunctionCodeRequest&, const UpdateFunctionCodeRequest&) = default;
};

struct UpdateFunctionCode {
  using Request = UpdateFunctionCodeRequest;
  using Response = FunctionConfiguration;
  static constexpr OperationInfo info =
      lambda_operation("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code");
};

struct UpdateFunctionConfigurationRequest {
  std::string function_name;
  std::optional<std::string> role;
  std::optional<std::string> handler;
  std::optional<std::string> description;
  std::optional<std::int64_t> timeout;
  std::optional<std::int64_t> memory_size;
  std::optional<Environment> environment;
  std::optional<std::string> runtime;
  std::optional<FunctionDeadLetterConfig> dead_letter_config;
  std::optional<std::string> kms_key_arn;
  std::optional<std::string> revision_id;
  std::optional<std::vector<std::string>> layers;
  std::optional<EphemeralStorage> ephemeral_storage;

  static constexpr auto members() {
    return Members{
        member("FunctionName", &UpdateFunctionConfigurationRequest::function_name, kFunctionName),
        member("Role", &UpdateFunctionConfigurationRequest::role,
               {.length_max = 10000, .pattern = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)"}),
        member("Handler", &UpdateFunctionConfigurationRequest::handler, {.length_max = 128, .pattern = R"([^\s]+)"}),
        member("Description", &UpdateFunctionConfigurationRequest::description, {.length_max = 256}),
        member("Timeout", &UpdateFunctionConfigurationRequest::timeout, {.value_min = 1, .value_max = 5400}),
        member("MemorySize", &UpdateFunctionConfigurationRequest::memory_size, {.value_min = 128, .value_max = 32768}),
        member("Environment", &UpdateFunctionConfigurationRequest::environment),
        member("Runtime", &UpdateFunctionConfigurationRequest::runtime, {.one_of = kRuntimes}),
        member("DeadLetterConfig", &UpdateFunctionConfigurationRequest::dead_letter_config),
        member("KMSKeyArn", &UpdateFunctionConfigurationRequest::kms_key_arn,
               {.length_max = 10000, .pattern = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())"}),
        member("RevisionId", &UpdateFunctionConfigurationRequest::revision_id),
        member("Layers", &UpdateFunctionConfigurationRequest::layers),
        member("EphemeralStorage", &UpdateFunctionConfigurationRequest::ephemeral_storage)};
  }
  friend bool operator==(const UpdateFunctionConfigurationRequest&,
                         const UpdateFunctionConfigurationRequest&) = default;
};

struct UpdateFunctionConfiguration {
  using Request = UpdateFunctionConfigurationRequest;
  using Response = FunctionConfiguration;
  static constexpr OperationInfo info =
      lambda_operation("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration");
};

struct DeleteFunctionRequest {
  std::string function_name;
  std::optional<std::string> qualifier;

  static constexpr auto members() {
    return Members{member("FunctionName", &DeleteFunctionRequest::function_name, kNamespacedFunctionName),
                   member("Qualifier", &DeleteFunctionRequest::qualifier, kQualifier)};
  }
  friend bool operator==(const DeleteFunctionRequest&, const DeleteFunctionRequest&) = default;
};

struct DeleteFunctionResponse {
  std::optional<std::int64_t> status_code;

  static constexpr auto members() {
    return Members{member("StatusCode", &DeleteFunctionResponse::status_code, {.location = Location::StatusCode})};
  }
  friend bool operator==(const DeleteFunctionResponse&, const DeleteFunctionResponse&) = default;
};

struct DeleteFunction {
  using Request = DeleteFunctionRequest;
  using Response = DeleteFunctionResponse;
  static constexpr OperationInfo info =
      lambda_operation("DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}");
};

struct ListFunctionsRequest {
  std::optional<std::string> master_region;
  std::optional<std::string> function_version;
  std::optional<std::string> marker;
  std::optional<std::int64_t> max_items;

  static constexpr auto members() {
    return Members{member("MasterRegion", &ListFunctionsRequest::master_region,
                          {.length_min = 1,
                           .length_max = 50,
                           .pattern = R"(ALL|(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})",
                           .location = Location::Query}),
                   member("FunctionVersion", &ListFunctionsRequest::function_version,
                          {.one_of = "ALL", .location = Location::Query}),
                   member("Marker", &ListFunctionsRequest::marker, {.location = Location::Query}),
                   member("MaxItems", &ListFunctionsRequest::max_items,
                          {.value_min = 1, .value_max = 10000, .location = Location::Query})};
  }
  friend bool operator==(const ListFunctionsRequest&, const ListFunctionsRequest&) = default;
};

struct ListFunctionsResponse {
  std::optional<std::string> next_marker;
  std::vector<FunctionConfiguration> functions;

  static constexpr auto members() {
    return Members{member("NextMarker", &ListFunctionsResponse::next_marker),
                   member("Functions", &ListFunctionsResponse::functions)};
  }
  friend bool operator==(const ListFunctionsResponse&, const ListFunctionsResponse&) = default;
};

struct ListFunctions {
  using Request = ListFunctionsRequest;
  using Response = ListFunctionsResponse;
  static constexpr OperationInfo info = lambda_operation("ListFunctions", "GET", "/2015-03-31/functions");
};

}  // namespace athanor::api
