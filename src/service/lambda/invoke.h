// Invoke, and how a function may be invoked: concurrency, asynchronous settings, permissions.
#pragma once

#include <functional>
#include <string>

#include "api/lambda_invoke.h"
#include "base/result.h"
#include "engine/call.h"
#include "function/executor.h"

namespace athanor::service::lambda {

// Checks that the payload is JSON and not too large for the invocation type, and that the client context is a JSON
// object in Base64.
Result<void> prepare_invoke(const api::InvocationRequest& request);

// Runs an invocation once everything now in the state is durable. `ended` is called once, on the engine thread, later:
// Refused when the log has stopped. `done` of the Start is left to it.
using RunInvocation =
    std::function<void(function::Start, std::function<void(engine::Call&, const function::Outcome&)> ended)>;

// Event: made durable, then 202; TooManyRequests when as many as allowed are waiting for the function. DryRun: 204.
// RequestResponse: `run` runs it, and the reply carries its outcome; TooManyRequests when the function is at its limit.
// The invocation shares the request's `request_id`. Only RequestResponse passes on the client context, as on AWS, and
// the caller's trace header and qualifier, which the record of an Event does not have. `request` must have passed
// prepare_invoke.
void invoke(engine::Call& call, const api::InvocationRequest& request, const std::string& request_id,
            const RunInvocation& run, engine::Reply<api::InvocationResponse> reply);

// Refuses an empty configuration. Needs no state.
Result<void> check_invoke_config(const api::PutFunctionEventInvokeConfigRequest& request);
Result<api::FunctionEventInvokeConfig> put_function_event_invoke_config(
    engine::Call& call, const api::PutFunctionEventInvokeConfigRequest& request);
Result<api::FunctionEventInvokeConfig> update_function_event_invoke_config(
    engine::Call& call, const api::UpdateFunctionEventInvokeConfigRequest& request);
Result<api::FunctionEventInvokeConfig> get_function_event_invoke_config(
    engine::Call& call, const api::GetFunctionEventInvokeConfigRequest& request);
Result<api::NoResponse> delete_function_event_invoke_config(engine::Call& call,
                                                            const api::DeleteFunctionEventInvokeConfigRequest& request);

Result<api::Concurrency> put_function_concurrency(engine::Call& call,
                                                  const api::PutFunctionConcurrencyRequest& request);
Result<api::GetFunctionConcurrencyResponse> get_function_concurrency(engine::Call& call,
                                                                     const api::GetFunctionConcurrencyRequest& request);
Result<api::NoResponse> delete_function_concurrency(engine::Call& call,
                                                    const api::DeleteFunctionConcurrencyRequest& request);

Result<api::AddPermissionResponse> add_permission(engine::Call& call, const api::AddPermissionRequest& request);
Result<api::NoResponse> remove_permission(engine::Call& call, const api::RemovePermissionFromFunctionRequest& request);
Result<api::GetPolicyResponse> get_policy(engine::Call& call, const api::GetPolicyRequest& request);

}  // namespace athanor::service::lambda
