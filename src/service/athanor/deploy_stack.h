// DeployStack, DeleteStack, ListStacks, DescribeStack: a template's resources made, changed and taken away by the same
// decisions that the public operations take.
#pragma once

#include <map>
#include <string>

#include "api/athanor.h"
#include "base/result.h"
#include "engine/call.h"
#include "runtime/code_store.h"
#include "stack/parameters.h"
#include "stack/template.h"

namespace athanor::service::athanor {

// What needs no state: done on the reader's thread.
struct PreparedStack {
  stack::Template parsed;
  stack::Parameters parameters;
  std::string template_digest;                      // SHA-256, hexadecimal
  std::map<std::string, runtime::StoredCode> code;  // by logical id
};

// Reads the template, checks the parameters and stores the code. Blocks on the disk. InvalidInput in CloudFormation's
// words.
Result<PreparedStack> prepare_deploy_stack(const api::DeployStackRequest& request, runtime::CodeStore& store);

// Engine thread. `prepared` is used up.
//
// First everything is evaluated, named and checked that can be without writing: such an error changes nothing. Then
// resources are created and updated in the order of the plan, and those that the template has no more are deleted. An
// error on the way ends there: what was done is kept, the stack is CREATE_FAILED or UPDATE_FAILED, and the next deploy
// goes on from it. Errors name the logical id. A template that changes nothing writes nothing.
//
// Something of the same name that the stack did not make is not taken over: AlreadyExists. A resource whose name
// changes is made anew and the old one deleted, unless it has UpdateReplacePolicy: Retain.
Result<api::DeployStackResponse> deploy_stack(engine::Call& call, const api::DeployStackRequest& request,
                                              PreparedStack& prepared);

// The resources go in the reverse order of the plan; those with DeletionPolicy: Retain stay. Engine thread. NotFound
// when there is no such stack; InvalidInput, before anything goes, when another imports what it exports; after another
// error the stack is DELETE_FAILED and holds what is left.
Result<api::DeleteStackResponse> delete_stack(engine::Call& call, const api::DeleteStackRequest& request);

// All of the caller's region and account, in order of the name. Engine thread.
Result<api::ListStacksResponse> list_stacks(engine::Call& call, const api::ListStacksRequest& request);
// NotFound when there is no such stack. Engine thread.
Result<api::DescribeStackResponse> describe_stack(engine::Call& call, const api::DescribeStackRequest& request);

}  // namespace athanor::service::athanor
