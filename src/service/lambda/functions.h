// Functions: create, change, find, delete. Code is stored and unpacked on the reader thread before the engine decides.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "api/lambda_functions.h"
#include "base/result.h"
#include "engine/call.h"
#include "function/functions.h"
#include "runtime/code_store.h"

namespace athanor::service::lambda {

// Without what precedes the name in an ARN. Source: Lambda API Reference, CreateFunction.
inline constexpr std::size_t kFunctionNameCharacters = 64;

// What a function has whose request names none of these; templates too. Source: Lambda API Reference, CreateFunction.
inline constexpr std::chrono::seconds kTimeoutDefault{3};
inline constexpr std::int64_t kMemoryMegabytesDefault = 128;
inline constexpr const char* kArchitectureDefault = "x86_64";

// The ARN of a function given as "NAME", "NAME:QUALIFIER", an ARN or the end of one ("ACCOUNT:function:NAME").
std::string function_arn(const engine::Caller& caller, std::string_view name);
// The function of that name (in any of these forms) and qualifier. There is only one version, `$LATEST`: any other, and
// any alias, is NotFound, as is a function of another region. A qualifier that differs from the one in the name is
// InvalidParameterValue.
Result<const function::Function*> find_function(const engine::Call& call, std::string_view name,
                                                const std::optional<std::string>& qualifier = std::nullopt);
// Whether these name a version: `$LATEST`, since there is no other.
bool is_qualified(std::string_view name, const std::optional<std::string>& qualifier);

// Whether the ARN belongs to one of these services and is not that of a FIFO queue: Lambda sends nothing to those.
// Source: Lambda Developer Guide, "asynchronous invocation".
bool takes_failed_events(std::string_view arn, std::span<const std::string_view> services);

// Checks a function's runtime, handler, environment, layers, dead-letter target and limits; templates use it, too.
Result<void> check_configuration(const api::CreateFunctionRequest& request);
// Stores the code in the request, a zip. S3 is refused, with a hint on what to do instead.
Result<runtime::StoredCode> prepare_create_function(const api::CreateFunctionRequest& request,
                                                    runtime::CodeStore& store);
Result<runtime::StoredCode> prepare_update_function_code(const api::UpdateFunctionCodeRequest& request,
                                                         runtime::CodeStore& store);

// The function is Active as soon as this returns; on AWS it is Pending first.
Result<api::FunctionConfiguration> create_function(engine::Call& call, const api::CreateFunctionRequest& request,
                                                   const runtime::StoredCode& code);
Result<api::FunctionConfiguration> update_function_code(engine::Call& call,
                                                        const api::UpdateFunctionCodeRequest& request,
                                                        const runtime::StoredCode& code);
Result<api::FunctionConfiguration> update_function_configuration(
    engine::Call& call, const api::UpdateFunctionConfigurationRequest& request);
Result<api::GetFunctionResponse> get_function(engine::Call& call, const api::GetFunctionRequest& request);
Result<api::FunctionConfiguration> get_function_configuration(engine::Call& call,
                                                              const api::GetFunctionConfigurationRequest& request);
Result<api::DeleteFunctionResponse> delete_function(engine::Call& call, const api::DeleteFunctionRequest& request);
Result<api::ListFunctionsResponse> list_functions(engine::Call& call, const api::ListFunctionsRequest& request);

}  // namespace athanor::service::lambda
