// Invoke, and how a function may be invoked: concurrency, asynchronous settings, permissions.
#pragma once

#include "api/lambda_invoke.h"
#include "base/result.h"
#include "engine/call.h"
#include "function/executor.h"

namespace athanor::service::lambda {

// The payload is JSON, and not too large for the way it is invoked; the client context is a JSON object in Base64.
Result<void> prepare_invoke(const api::InvocationRequest& request);

// Event: durable, then 202; TooManyRequests when as many wait for the function as may. DryRun: 204. RequestResponse:
// `start` runs it, once all that is in the state now is durable, and the reply comes with its outcome; TooManyRequests
// when the function is at its limit. `request_id`, that of the request, is the invocation's too. Only RequestResponse
// passes the client context on, as on AWS. `request` has passed prepare_invoke.
void invoke(engine::Call& call, const api::InvocationRequest& request, const std::string& request_id,
            const std::function<void(function::Start)>& start,
            const std::function<void(std::function<void(engine::Call&)>)>& post,
            engine::Reply<api::InvocationResponse> reply);

// Refuses a configuration that says nothing. Needs no state.
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
