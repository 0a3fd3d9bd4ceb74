// AWS::Lambda::Function, Permission and EventInvokeConfig.
#include <fmt/format.h>

#include <array>

#include "api/events_buses.h"
#include "api/lambda.h"
#include "api/validate.h"
#include "base/assert.h"
#include "function/functions.h"
#include "service/athanor/properties.h"
#include "service/athanor/resource_kind.h"
#include "service/lambda/functions.h"
#include "service/lambda/invoke.h"

namespace athanor::service::athanor {
namespace {

using format::JsonValue;

// Characters. Source: Lambda's API.
constexpr std::size_t kStatementIdMax = 100;

// --- Functions

struct FunctionProperties {
  std::optional<std::string> function_name, runtime, role, handler, code, description, package_type, kms_key_arn;
  std::optional<std::int64_t> timeout, memory_size, reserved_concurrency;
  std::optional<api::FunctionDeadLetterConfig> dead_letter_config;
  std::optional<api::Environment> environment;
  std::optional<std::vector<std::string>> layers, architectures;
  std::optional<api::EphemeralStorage> ephemeral_storage;
  TagList tags;
  // Accepted, but without effect here.
  std::optional<std::string> tracing_config, vpc_config, logging_config, file_system_configs, snap_start, image_config,
      runtime_management_config, code_signing_config_arn, recursive_loop;

  static constexpr auto members() {
    using P = FunctionProperties;
    constexpr base::Constraints kJson{.pattern = kAnyJson};
    return Members{member("FunctionName", &P::function_name),
                   member("Runtime", &P::runtime),
                   member("Role", &P::role, {.required = true}),
                   member("Handler", &P::handler),
                   member("Code", &P::code, {.pattern = kAnyJson, .required = true}),
                   member("Description", &P::description),
                   member("PackageType", &P::package_type),
                   member("KmsKeyArn", &P::kms_key_arn),
                   member("Timeout", &P::timeout),
                   member("MemorySize", &P::memory_size),
                   member("ReservedConcurrentExecutions", &P::reserved_concurrency),
                   member("DeadLetterConfig", &P::dead_letter_config),
                   member("Environment", &P::environment),
                   member("Layers", &P::layers),
                   member("Architectures", &P::architectures),
                   member("EphemeralStorage", &P::ephemeral_storage),
                   member("Tags", &P::tags),
                   member("TracingConfig", &P::tracing_config, kJson),
                   member("VpcConfig", &P::vpc_config, kJson),
                   member("LoggingConfig", &P::logging_config, kJson),
                   member("FileSystemConfigs", &P::file_system_configs, kJson),
                   member("SnapStart", &P::snap_start, kJson),
                   member("ImageConfig", &P::image_config, kJson),
                   member("RuntimeManagementConfig", &P::runtime_management_config, kJson),
                   member("CodeSigningConfigArn", &P::code_signing_config_arn),
                   member("RecursiveLoop", &P::recursive_loop)};
  }
};

api::CreateFunctionRequest function_request(const FunctionProperties& properties, const std::string& name) {
  api::CreateFunctionRequest request;
  request.function_name = name;
  request.runtime = properties.runtime;
  request.role = properties.role.value_or("");
  request.handler = properties.handler;
  request.description = properties.description;
  request.timeout = properties.timeout;
  request.memory_size = properties.memory_size;
  request.dead_letter_config = properties.dead_letter_config;
  request.environment = properties.environment;
  request.kms_key_arn = properties.kms_key_arn;
  request.layers = properties.layers;
  request.architectures = properties.architectures;
  request.ephemeral_storage = properties.ephemeral_storage;
  if (properties.tags) request.tags = tags_of(properties.tags);
  return request;
}

Result<Identity> identify_function(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<FunctionProperties>(given));
  if (properties.package_type.value_or("Zip") != "Zip") {
    return invalid_input("#/PackageType: only Zip is supported: images need a container engine");
  }
  Identity identity;
  identity.name = naming.name(properties.function_name, lambda::kFunctionNameCharacters);
  const api::CreateFunctionRequest request = function_request(properties, identity.name);
  ATHANOR_CHECK(api::validate(request));
  ATHANOR_CHECK(lambda::check_configuration(request));
  if (properties.reserved_concurrency) {
    ATHANOR_CHECK(api::validate(api::PutFunctionConcurrencyRequest{identity.name, *properties.reserved_concurrency}));
  }
  identity.physical_id = identity.name;
  identity.arn = lambda::function_arn(naming.caller, identity.name);
  identity.attributes = {{"Arn", identity.arn}};
  return identity;
}

bool function_exists(const engine::Call& call, const stack::StackResource& resource) {
  return call.works.functions.find(resource.arn) != nullptr;
}

Result<void> check_code(const Change& change) {
  if (change.code != nullptr) return {};
  ATHANOR_TRY(properties, read_properties<FunctionProperties>(change.properties));
  return invalid_input(fmt::format(
      "The code of this function was not sent (Code: {}). `athanor deploy` sends the "
      "directory named by Code, or by --code LOGICALID=DIRECTORY; the executable in it is called bootstrap.",
      properties.code.value_or("")));
}

Result<void> set_concurrency(engine::Call& call, const std::string& name, const FunctionProperties& properties) {
  ATHANOR_TRY(function, lambda::find_function(call, name));
  if (function->reserved_concurrency == properties.reserved_concurrency) return {};
  if (properties.reserved_concurrency) {
    ATHANOR_CHECK(lambda::put_function_concurrency(call, {name, *properties.reserved_concurrency}));
  } else {
    ATHANOR_CHECK(lambda::delete_function_concurrency(call, {name}));
  }
  return {};
}

Result<void> create_function(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<FunctionProperties>(change.properties));
  ATHANOR_ASSERT(change.code != nullptr);
  ATHANOR_CHECK(lambda::create_function(call, function_request(properties, change.resource.name), *change.code));
  return set_concurrency(call, change.resource.name, properties);
}

Result<void> update_function(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<FunctionProperties>(change.properties));
  const auto wanted = function_request(properties, change.resource.name);
  // What the template no longer sets goes back to its default.
  api::UpdateFunctionConfigurationRequest configuration;
  configuration.function_name = change.resource.name;
  configuration.role = wanted.role;
  configuration.handler = wanted.handler;
  configuration.description = wanted.description.value_or("");
  configuration.timeout = wanted.timeout.value_or(lambda::kTimeoutDefault.count());
  configuration.memory_size = wanted.memory_size.value_or(lambda::kMemoryMegabytesDefault);
  configuration.environment = wanted.environment.value_or(api::Environment{});
  configuration.runtime = wanted.runtime;
  configuration.dead_letter_config = wanted.dead_letter_config.value_or(api::FunctionDeadLetterConfig{});
  configuration.kms_key_arn = wanted.kms_key_arn.value_or("");
  configuration.layers = wanted.layers.value_or(std::vector<std::string>{});
  ATHANOR_CHECK(lambda::update_function_configuration(call, configuration));
  const auto* function = call.works.functions.find(change.resource.arn);
  if (change.code != nullptr && change.code->code_id != function->put.code_id) {
    api::UpdateFunctionCodeRequest code;
    code.function_name = change.resource.name;
    ATHANOR_CHECK(lambda::update_function_code(call, code, *change.code));
  }
  // No request changes only these two.
  function::FunctionPut put = function->put;
  put.architectures = wanted.architectures.value_or(std::vector<std::string>{lambda::kArchitectureDefault});
  put.tags = wanted.tags.value_or(std::map<std::string, std::string>{});
  if (put.architectures != function->put.architectures || put.tags != function->put.tags) call.journal.write(put);
  return set_concurrency(call, change.resource.name, properties);
}

Result<void> remove_function(engine::Call& call, const stack::StackResource& resource) {
  api::DeleteFunctionRequest request;
  request.function_name = resource.name;
  ATHANOR_CHECK(lambda::delete_function(call, request));
  return {};
}

// --- Permissions: each resource is one statement. Its name is "function ARN|statement id".

struct PermissionProperties {
  std::string action, function_name, principal;
  std::optional<std::string> source_arn, source_account;
  // Accepted, but without effect here.
  std::optional<std::string> event_source_token, function_url_auth_type, principal_org_id, invoked_via_function_url;

  static constexpr auto members() {
    using P = PermissionProperties;
    return Members{member("Action", &P::action, {.required = true}),
                   member("FunctionName", &P::function_name, {.required = true}),
                   member("Principal", &P::principal, {.required = true}),
                   member("SourceArn", &P::source_arn),
                   member("SourceAccount", &P::source_account),
                   member("EventSourceToken", &P::event_source_token),
                   member("FunctionUrlAuthType", &P::function_url_auth_type),
                   member("PrincipalOrgID", &P::principal_org_id),
                   member("InvokedViaFunctionUrl", &P::invoked_via_function_url)};
  }
};

api::AddPermissionRequest permission_request(const PermissionProperties& properties, const std::string& statement_id) {
  api::AddPermissionRequest request;
  request.function_name = properties.function_name;
  request.statement_id = statement_id;
  request.action = properties.action;
  request.principal = properties.principal;
  request.source_arn = properties.source_arn;
  request.source_account = properties.source_account;
  return request;
}

Result<Identity> identify_permission(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<PermissionProperties>(given));
  const std::string function_arn = lambda::function_arn(naming.caller, properties.function_name);
  // With another function it is a different permission.
  const bool is_anew = naming.before != nullptr && split_name(naming.before->name).first != function_arn;
  Identity identity;
  identity.physical_id = (is_anew ? naming.made_anew() : naming).made_up_id(kStatementIdMax);
  ATHANOR_CHECK(api::validate(permission_request(properties, identity.physical_id)));
  identity.name = fmt::format("{}|{}", function_arn, identity.physical_id);
  identity.attributes = {{"Id", identity.physical_id}};
  return identity;
}

bool permission_exists(const engine::Call& call, const stack::StackResource& resource) {
  const auto [arn, statement_id] = split_name(resource.name);
  const auto* function = call.works.functions.find(arn);
  return function != nullptr && function->permissions.contains(std::string{statement_id});
}

Result<void> create_permission(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<PermissionProperties>(change.properties));
  ATHANOR_CHECK(lambda::add_permission(call, permission_request(properties, change.resource.physical_id)));
  return {};
}

Result<void> remove_permission(engine::Call& call, const stack::StackResource& resource) {
  if (!permission_exists(call, resource)) return {};
  const auto [arn, statement_id] = split_name(resource.name);
  api::RemovePermissionFromFunctionRequest request;
  request.function_name = arn;
  request.statement_id = statement_id;
  ATHANOR_CHECK(lambda::remove_permission(call, request));
  return {};
}

Result<void> update_permission(engine::Call& call, const Change& change) {
  ATHANOR_CHECK(remove_permission(call, change.resource));
  return create_permission(call, change);
}

// --- Asynchronous invocation. The name is "function ARN|qualifier".

struct EventInvokeConfigProperties {
  std::string function_name, qualifier;
  std::optional<std::int64_t> maximum_retry_attempts, maximum_event_age_in_seconds;
  std::optional<api::DestinationConfig> destination_config;

  static constexpr auto members() {
    using P = EventInvokeConfigProperties;
    return Members{member("FunctionName", &P::function_name, {.required = true}),
                   member("Qualifier", &P::qualifier, {.required = true}),
                   member("MaximumRetryAttempts", &P::maximum_retry_attempts),
                   member("MaximumEventAgeInSeconds", &P::maximum_event_age_in_seconds),
                   member("DestinationConfig", &P::destination_config)};
  }
};

api::PutFunctionEventInvokeConfigRequest invoke_config_request(const EventInvokeConfigProperties& properties) {
  api::PutFunctionEventInvokeConfigRequest request;
  request.function_name = properties.function_name;
  request.qualifier = properties.qualifier;
  request.maximum_retry_attempts = properties.maximum_retry_attempts;
  request.maximum_event_age_in_seconds = properties.maximum_event_age_in_seconds;
  request.destination_config = properties.destination_config;
  return request;
}

Result<Identity> identify_invoke_config(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<EventInvokeConfigProperties>(given));
  ATHANOR_CHECK(api::validate(invoke_config_request(properties)));
  ATHANOR_CHECK(lambda::check_invoke_config(invoke_config_request(properties)));
  Identity identity;
  identity.name =
      fmt::format("{}|{}", lambda::function_arn(naming.caller, properties.function_name), properties.qualifier);
  // Given by name or by ARN, it is the same function.
  identity.physical_id = naming.before != nullptr && naming.before->name == identity.name
                             ? naming.before->physical_id
                             : fmt::format("{}|{}", properties.function_name, properties.qualifier);
  return identity;
}

bool invoke_config_exists(const engine::Call& call, const stack::StackResource& resource) {
  const auto* function = call.works.functions.find(split_name(resource.name).first);
  return function != nullptr && function->invoke_config.has_value();
}

Result<void> put_invoke_config(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<EventInvokeConfigProperties>(change.properties));
  ATHANOR_CHECK(lambda::put_function_event_invoke_config(call, invoke_config_request(properties)));
  return {};
}

Result<void> remove_invoke_config(engine::Call& call, const stack::StackResource& resource) {
  api::DeleteFunctionEventInvokeConfigRequest request;
  request.function_name = split_name(resource.name).first;
  ATHANOR_CHECK(lambda::delete_function_event_invoke_config(call, request));
  return {};
}

constexpr std::array<ResourceKind, 3> kKinds = {{{.type = "AWS::Lambda::Function",
                                                  .identify = identify_function,
                                                  .check_create = check_code,
                                                  .exists = function_exists,
                                                  .create = create_function,
                                                  .update = update_function,
                                                  .remove = remove_function},
                                                 {.type = "AWS::Lambda::Permission",
                                                  .identify = identify_permission,
                                                  .exists = permission_exists,
                                                  .create = create_permission,
                                                  .update = update_permission,
                                                  .remove = remove_permission},
                                                 {.type = "AWS::Lambda::EventInvokeConfig",
                                                  .identify = identify_invoke_config,
                                                  .exists = invoke_config_exists,
                                                  .create = put_invoke_config,
                                                  .update = put_invoke_config,
                                                  .remove = remove_invoke_config}}};

}  // namespace

std::span<const ResourceKind> function_kinds() { return kKinds; }

}  // namespace athanor::service::athanor
