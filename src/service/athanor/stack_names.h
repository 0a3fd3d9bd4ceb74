// Finds stacks by the names that callers give.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/call.h"
#include "stack/stacks.h"

namespace athanor::service::athanor {

// The prefix of the ids of the caller's stacks.
std::string id_prefix(const engine::Caller& caller);

// By name or id, in the caller's region and account. NotFound in CloudFormation's words.
Result<const stack::StackPut*> find_stack(const engine::Call& call, std::string_view name_or_id);

}  // namespace athanor::service::athanor
