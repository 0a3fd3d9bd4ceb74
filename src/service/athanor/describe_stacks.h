// ListStacks and DescribeStack. On the engine thread.
#pragma once

#include "api/athanor.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::stacks {

// All of the caller's region and account, in order of the name.
Result<api::ListStacksResponse> list_stacks(engine::Call& call, const api::ListStacksRequest& request);
// NotFound when there is no such stack.
Result<api::DescribeStackResponse> describe_stack(engine::Call& call, const api::DescribeStackRequest& request);

}  // namespace athanor::service::stacks
