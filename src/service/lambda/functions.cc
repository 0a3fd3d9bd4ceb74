#include "service/lambda/functions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "api/arn.h"
#include "api/validate.h"
#include "base/alphanumeric.h"
#include "base/limits.h"
#include "base/text.h"
#include "function/invocations.h"
#include "function/version.h"
#include "service/page_token.h"
#include "service/tags.h"
#include "service/unless_empty.h"

namespace athanor::service::lambda {
namespace {

constexpr std::size_t kLayersMax = 5;                 // Source: Lambda quotas
constexpr std::size_t kLayerArnCharacters = 2'048;    // Source: service model, LayerVersionArn
constexpr std::int64_t kMemoryMegabytesMax = 10'240;  // Source: Lambda quotas
constexpr std::int64_t kFunctionsPerPageMax = 50;     // Source: service model, ListFunctions, MaxItems

// A caller that publishes relies on a version that later code does not change.
Result<void> check_publish(const std::optional<bool>& publish) {
  if (!publish.value_or(false)) return {};
  return bad_parameter("Athanor keeps one version of a function, $LATEST: leave out Publish.");
}

Result<runtime::StoredCode> store_zip(const std::optional<api::Blob>& zip, bool has_s3, runtime::CodeStore& store) {
  if (has_s3)
    return bad_parameter("Athanor has no S3: give the code as ZipFile (aws lambda ... --zip-file fileb://code.zip).");
  if (!zip || zip->bytes.empty()) return bad_parameter("Please provide a source for function code.");
  return store.put_zip(zip->bytes);
}

api::FunctionConfiguration configuration_of(const function::FunctionPut& put) {
  api::FunctionConfiguration c;
  c.function_name = put.name;
  c.function_arn = put.arn;
  c.runtime = unless_empty(put.runtime);
  c.role = put.role;
  c.handler = unless_empty(put.handler);
  c.code_size = put.code_bytes;
  c.description = put.description;
  c.timeout = put.timeout.count();
  c.memory_size = put.memory_mb;
  std::string modified = base::to_iso8601_millis(put.modified);
  modified.replace(modified.size() - 1, 1, "+0000");  // Lambda's own time format
  c.last_modified = std::move(modified);
  if (const auto hash = base::from_hex(put.code_id)) c.code_sha256 = base::to_base64(*hash);
  c.version = function::kLatest;
  if (!put.dead_letter_arn.empty()) c.dead_letter_config = api::FunctionDeadLetterConfig{put.dead_letter_arn};
  if (!put.environment.empty()) c.environment = api::EnvironmentResponse{.variables = put.environment, .error = {}};
  c.kms_key_arn = unless_empty(put.kms_key_arn);
  c.revision_id = put.revision_id;
  if (!put.layers.empty()) c.layers.emplace();
  for (const std::string& layer : put.layers) c.layers->push_back({.arn = layer});
  c.state = "Active";
  c.last_update_status = "Successful";
  c.package_type = put.package_type;
  c.architectures = put.architectures;
  c.ephemeral_storage = api::EphemeralStorage{512};
  return c;
}

std::map<std::string, std::string> variables_of(const std::optional<api::Environment>& environment) {
  return environment ? environment->variables.value_or(std::map<std::string, std::string>{})
                     : std::map<std::string, std::string>{};
}

Result<void> check_at_most(std::int64_t most, const std::optional<std::int64_t>& value, std::string_view name) {
  if (value.value_or(0) <= most) return {};
  return api::violation(fmt::format("'{}'", *value), name,
                        fmt::format("Member must have value less than or equal to {}", most));
}

// The model's bounds, 5,400 s and 32,768 MB, are those of functions on managed instances; those of others are lower.
// Source: Lambda quotas.
Result<void> check_bounds(const std::optional<std::int64_t>& timeout, const std::optional<std::int64_t>& memory_size) {
  ATHANOR_CHECK(check_at_most(limits::kFunctionTimeoutSeconds, timeout, "timeout"));
  return check_at_most(kMemoryMegabytesMax, memory_size, "memorySize");
}

// Lambda sets these itself. Source: Lambda Developer Guide, "defined runtime environment variables". The access keys on
// that list are left out: a function may bring its own for the server it calls, and otherwise gets the server's. Names
// that begin with an underscore are never valid for a function's own variables.
constexpr std::string_view kReservedVariables[] = {"AWS_ACCESS_KEY",
                                                   "AWS_DEFAULT_REGION",
                                                   "AWS_EXECUTION_ENV",
                                                   "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                   "AWS_LAMBDA_FUNCTION_NAME",
                                                   "AWS_LAMBDA_FUNCTION_VERSION",
                                                   "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                   "AWS_LAMBDA_LOG_GROUP_NAME",
                                                   "AWS_LAMBDA_LOG_STREAM_NAME",
                                                   "AWS_LAMBDA_RUNTIME_API",
                                                   "AWS_REGION",
                                                   "LAMBDA_RUNTIME_DIR",
                                                   "LAMBDA_TASK_ROOT"};

// Source: service model, EnvironmentVariableName.
bool is_variable_name(std::string_view name) {
  return name.size() >= 2 && base::is_letter_ascii(name.front()) &&
         std::ranges::all_of(name, [](char c) { return base::is_alphanumeric_ascii(c) || c == '_'; });
}

Result<void> check_environment(const std::map<std::string, std::string>& variables) {
  std::size_t bytes = 0;
  std::vector<std::string_view> reserved;
  for (const auto& [name, value] : variables) {
    // Without the name, which the model marks as sensitive.
    if (!is_variable_name(name))
      return api::violation({}, "environment.variables",
                            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                            "[a-zA-Z]([a-zA-Z0-9_])+]");
    // Lambda's wording for this is not known.
    if (value.contains('\0'))
      return bad_parameter("No process can be given an environment variable that contains U+0000.");
    bytes += name.size() + value.size();
    if (std::ranges::find(kReservedVariables, name) != std::end(kReservedVariables)) reserved.push_back(name);
  }
  if (!reserved.empty()) {
    return bad_parameter(fmt::format(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
        "{}",
        fmt::join(reserved, ", ")));
  }
  if (bytes > 4'096)
    return bad_parameter(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "exceeded the 4KB limit.");
  return {};
}

// api::validate does not know the model's bounds for list members, and these come in requests that may be as large as
// their code.
Result<void> check_layers(const std::optional<std::vector<std::string>>& layers) {
  if (!layers) return {};
  if (layers->size() > kLayersMax)
    return bad_parameter(fmt::format("You cannot reference more than {} layers.", kLayersMax));
  for (const std::string& layer : *layers) {
    if (!layer.empty() && base::utf8_length(layer) <= kLayerArnCharacters) continue;
    return api::violation({}, "layers",
                          fmt::format("Member must satisfy constraint: [Member must have length less than or equal to "
                                      "{}, Member must have length greater than or equal to 1]",
                                      kLayerArnCharacters));
  }
  return {};
}

// Lambda's message begins like this; the reason is ours.
Result<void> check_dead_letters(const std::optional<api::FunctionDeadLetterConfig>& config) {
  static constexpr std::array<std::string_view, 2> kServices = {"sqs", "sns"};
  if (!config || !config->target_arn || config->target_arn->empty()) return {};
  if (takes_failed_events(*config->target_arn, kServices)) return {};
  return bad_parameter(
      fmt::format("Invalid dead letter ARN: {} is that of neither a standard queue nor a topic.", *config->target_arn));
}

Result<void> check_architectures(const std::optional<std::vector<std::string>>& architectures) {
  if (!architectures) return {};
  for (const std::string& one : *architectures) {
    if (one == "x86_64" || one == "arm64") continue;
    return api::violation({}, "architectures",
                          "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]");
  }
  return {};
}

// The parts of "(arn:aws:lambda:)(REGION:)(ACCOUNT:)(function:)NAME(:QUALIFIER)"; absent parts are empty. Source:
// service model, pattern of NamespacedFunctionName.
struct FunctionName {
  std::string_view region;
  std::string_view account;
  std::string_view name;
  std::string_view qualifier;
};

FunctionName parse_function_name(std::string_view text) {
  const auto parts = base::split(text, ':');
  std::size_t at = text.starts_with("arn:") ? std::min<std::size_t>(3, parts.size() - 1) : 0;
  const auto is_account = [&](std::size_t i) { return i + 1 < parts.size() && base::is_account_id(parts[i]); };
  const auto is_word = [&](std::size_t i) { return i + 1 < parts.size() && parts[i] == "function"; };
  FunctionName parsed;
  if (!is_account(at) && !is_word(at) && (is_account(at + 1) || is_word(at + 1))) parsed.region = parts[at++];
  if (is_account(at)) parsed.account = parts[at++];
  if (is_word(at)) ++at;
  parsed.name = parts[at];
  if (at + 1 < parts.size())
    parsed.qualifier = text.substr(static_cast<std::size_t>(parts[at + 1].data() - text.data()));
  return parsed;
}

// Source of the wording: AWS's responses, as reported by its clients.
Result<void> check_region(const engine::Caller& caller, const FunctionName& name) {
  if (name.region.empty() || name.region == caller.region) return {};
  return not_found(
      fmt::format("Functions from '{}' are not reachable in this region ('{}')", name.region, caller.region));
}

// No policy can allow creating a function in another account: there is no function yet that could have one.
Result<void> check_place(const engine::Caller& caller, const FunctionName& name, std::string_view arn) {
  ATHANOR_CHECK(check_region(caller, name));
  if (name.account.empty() || name.account == caller.account) return {};
  return Error{
      ErrorCode::AccessDenied,
      fmt::format("User: arn:aws:iam::{}:root is not authorized to perform: lambda:CreateFunction on resource: {}",
                  caller.account, arn),
      {}};
}

// The response for a version has the version's ARN. Source: AWS CLI Reference, get-function-configuration ("the API
// uses qualified function ARN").
template <class Request>
api::FunctionConfiguration configuration_for(const Request& request, const function::FunctionPut& put) {
  api::FunctionConfiguration c = configuration_of(put);
  if (is_qualified(request.function_name, request.qualifier)) c.function_arn = function::latest_arn(put.arn);
  return c;
}

Result<void> check_revision(const function::Function& f, const std::optional<std::string>& revision) {
  if (!revision || *revision == f.put.revision_id) return {};
  return Error{ErrorCode::RevisionMismatch,
               "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
               "retrieve the latest Revision Id",
               {}};
}

}  // namespace

std::string function_arn(const engine::Caller& caller, std::string_view name) {
  if (name.starts_with("arn:")) {
    const auto parsed = api::parse_arn(name);
    if (!parsed || !parsed->resource.starts_with("function:")) return std::string{name};
  }
  const FunctionName parsed = parse_function_name(name);
  return api::make_arn("lambda", parsed.region.empty() ? caller.region : parsed.region,
                       parsed.account.empty() ? caller.account : parsed.account,
                       fmt::format("function:{}", parsed.name));
}

Result<const function::Function*> find_function(const engine::Call& call, std::string_view name,
                                                const std::optional<std::string>& qualifier) {
  const FunctionName parsed = parse_function_name(name);
  ATHANOR_CHECK(check_region(call.caller, parsed));
  const std::string_view of_name = parsed.qualifier;
  if (qualifier && !of_name.empty() && of_name != *qualifier)
    return bad_parameter("The derived qualifier from the function name does not match the specified qualifier.");
  const std::string arn = function_arn(call.caller, name);
  const std::string_view wanted = qualifier ? std::string_view{*qualifier} : of_name;
  const function::Function* found = call.works.functions.find(arn);
  if (found == nullptr || (!wanted.empty() && wanted != function::kLatest))
    return not_found(fmt::format("Function not found: {}{}{}", arn, wanted.empty() ? "" : ":", wanted));
  return found;
}

bool is_qualified(std::string_view name, const std::optional<std::string>& qualifier) {
  return qualifier || !parse_function_name(name).qualifier.empty();
}

bool takes_failed_events(std::string_view arn, std::span<const std::string_view> services) {
  const auto parsed = api::parse_arn(arn);
  if (!parsed || std::ranges::find(services, parsed->service) == services.end()) return false;
  return parsed->service != "sqs" || !arn.ends_with(".fifo");
}

Result<void> check_configuration(const api::CreateFunctionRequest& request) {
  if (!request.runtime || !request.handler) {
    return bad_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  ATHANOR_CHECK(check_environment(variables_of(request.environment)));
  ATHANOR_CHECK(check_bounds(request.timeout, request.memory_size));
  ATHANOR_CHECK(check_layers(request.layers));
  ATHANOR_CHECK(check_dead_letters(request.dead_letter_config));
  return check_architectures(request.architectures);
}

Result<runtime::StoredCode> prepare_create_function(const api::CreateFunctionRequest& request,
                                                    runtime::CodeStore& store) {
  if (request.package_type.value_or("Zip") != "Zip")
    return bad_parameter("Athanor runs functions of PackageType Zip: images need a container engine.");
  ATHANOR_CHECK(check_publish(request.publish));
  ATHANOR_CHECK(check_configuration(request));
  ATHANOR_CHECK(check_tags(request.tags.value_or(std::map<std::string, std::string>{})));
  return store_zip(request.code.zip_file, request.code.s3_bucket.has_value(), store);
}

Result<runtime::StoredCode> prepare_update_function_code(const api::UpdateFunctionCodeRequest& request,
                                                         runtime::CodeStore& store) {
  ATHANOR_CHECK(check_publish(request.publish));
  ATHANOR_CHECK(check_architectures(request.architectures));
  return store_zip(request.zip_file, request.s3_bucket.has_value(), store);
}

Result<api::FunctionConfiguration> create_function(engine::Call& call, const api::CreateFunctionRequest& request,
                                                   const runtime::StoredCode& code) {
  const std::string arn = function_arn(call.caller, request.function_name);
  ATHANOR_CHECK(check_place(call.caller, parse_function_name(request.function_name), arn));
  const std::string name = arn.substr(arn.rfind(':') + 1);
  if (name.size() > kFunctionNameCharacters) {
    return api::violation(fmt::format("'{}'", name), "functionName",
                          fmt::format("Member must have length less than or equal to {}", kFunctionNameCharacters));
  }
  if (call.works.functions.find(arn) != nullptr)
    return Error{ErrorCode::AlreadyExists, "Function already exist: " + name, {}};
  const function::FunctionPut put{
      .arn = arn,
      .name = name,
      .region = call.caller.region,
      .account = call.caller.account,
      .runtime = *request.runtime,
      .handler = *request.handler,
      .role = request.role,
      .description = request.description.value_or(""),
      .timeout = std::chrono::seconds{request.timeout.value_or(kTimeoutDefault.count())},
      .memory_mb = request.memory_size.value_or(kMemoryMegabytesDefault),
      .environment = variables_of(request.environment),
      .dead_letter_arn = request.dead_letter_config ? request.dead_letter_config->target_arn.value_or("") : "",
      .code_id = code.code_id,
      .code_bytes = static_cast<std::int64_t>(code.size_bytes),
      .package_type = "Zip",
      .architectures = request.architectures.value_or(std::vector<std::string>{kArchitectureDefault}),
      .layers = request.layers.value_or(std::vector<std::string>{}),
      .tags = request.tags.value_or(std::map<std::string, std::string>{}),
      .revision_id = base::random_uuid(call.random),
      .modified = call.now,
      .kms_key_arn = request.kms_key_arn.value_or("")};
  call.journal.write(put);
  return configuration_of(put);
}

Result<api::FunctionConfiguration> update_function_code(engine::Call& call,
                                                        const api::UpdateFunctionCodeRequest& request,
                                                        const runtime::StoredCode& code) {
  ATHANOR_TRY(found, find_function(call, request.function_name));
  ATHANOR_CHECK(check_revision(*found, request.revision_id));
  function::FunctionPut put = found->put;
  put.code_id = code.code_id;
  put.code_bytes = static_cast<std::int64_t>(code.size_bytes);
  if (request.architectures) put.architectures = *request.architectures;
  put.revision_id = base::random_uuid(call.random);
  put.modified = call.now;
  if (!request.dry_run.value_or(false)) call.journal.write(put);
  return configuration_of(found->put);
}

Result<api::FunctionConfiguration> update_function_configuration(
    engine::Call& call, const api::UpdateFunctionConfigurationRequest& request) {
  ATHANOR_TRY(found, find_function(call, request.function_name));
  ATHANOR_CHECK(check_revision(*found, request.revision_id));
  function::FunctionPut put = found->put;
  if (request.environment) {
    put.environment = variables_of(request.environment);
    ATHANOR_CHECK(check_environment(put.environment));
  }
  if (request.role) put.role = *request.role;
  if (request.handler) put.handler = *request.handler;
  if (request.description) put.description = *request.description;
  ATHANOR_CHECK(check_bounds(request.timeout, request.memory_size));
  ATHANOR_CHECK(check_layers(request.layers));
  ATHANOR_CHECK(check_dead_letters(request.dead_letter_config));
  if (request.timeout) put.timeout = std::chrono::seconds{*request.timeout};
  if (request.memory_size) put.memory_mb = *request.memory_size;
  if (request.runtime) put.runtime = *request.runtime;
  if (request.dead_letter_config) put.dead_letter_arn = request.dead_letter_config->target_arn.value_or("");
  if (request.layers) put.layers = *request.layers;
  if (request.kms_key_arn) put.kms_key_arn = *request.kms_key_arn;
  put.revision_id = base::random_uuid(call.random);
  put.modified = call.now;
  call.journal.write(put);
  return configuration_of(found->put);
}

Result<api::GetFunctionResponse> get_function(engine::Call& call, const api::GetFunctionRequest& request) {
  ATHANOR_TRY(found, find_function(call, request.function_name, request.qualifier));
  api::GetFunctionResponse response{.configuration = configuration_for(request, found->put),
                                    .code = {},
                                    .tags = {},
                                    .tags_error = {},
                                    .concurrency = {}};
  response.code =
      api::FunctionCodeLocation{.repository_type = "Athanor", .location = "", .resolved_image_uri = {}, .error = {}};
  if (!found->put.tags.empty()) response.tags = found->put.tags;
  // It belongs to the function, and for a version "only details that are specific to that version are returned".
  // Source: Lambda API Reference, GetFunction.
  if (found->reserved_concurrency && !is_qualified(request.function_name, request.qualifier))
    response.concurrency = api::Concurrency{*found->reserved_concurrency};
  return response;
}

Result<api::FunctionConfiguration> get_function_configuration(engine::Call& call,
                                                              const api::GetFunctionConfigurationRequest& request) {
  ATHANOR_TRY(found, find_function(call, request.function_name, request.qualifier));
  return configuration_for(request, found->put);
}

Result<api::DeleteFunctionResponse> delete_function(engine::Call& call, const api::DeleteFunctionRequest& request) {
  ATHANOR_TRY(found, find_function(call, request.function_name, request.qualifier));
  if (is_qualified(request.function_name, request.qualifier))
    return bad_parameter("$LATEST version cannot be deleted without deleting the function.");
  call.journal.write(function::FunctionDeleted{.arn = found->put.arn, .in_steps = true});
  return api::DeleteFunctionResponse{.status_code = 204};
}

Result<api::ListFunctionsResponse> list_functions(engine::Call& call, const api::ListFunctionsRequest& request) {
  const std::string prefix = function_arn(call.caller, "");
  const PagedList list = {api::ListFunctions::info.name, prefix};
  const auto before = name_before_page(list, request.marker);
  if (!before) return bad_parameter("Parameter Marker is not valid.");  // our wording
  api::ListFunctionsResponse response;
  const auto count_max =
      static_cast<std::size_t>(std::min(request.max_items.value_or(kFunctionsPerPageMax), kFunctionsPerPageMax));
  const auto name = [](const function::Function* f) -> std::string_view { return f->put.name; };
  const auto show = [&](const function::Function* f) {
    api::FunctionConfiguration& shown = response.functions.emplace_back(configuration_of(f->put));
    // Source: Lambda API Reference, ListFunctions ("a subset of the FunctionConfiguration fields").
    shown.state.reset();
    shown.last_update_status.reset();
  };
  response.next_marker = show_page(list, *before, count_max, call.works.functions.list(prefix), name, show);
  return response;
}

}  // namespace athanor::service::lambda
