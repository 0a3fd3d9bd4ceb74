// DeployStack, DeleteStack, ListStacks, DescribeStack: a template's resources are created, changed and deleted by the
// same decisions as in the public operations.
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

// The part that needs no state, done on the reader thread.
struct PreparedStack {
  stack::Template parsed;
  stack::Parameters parameters;
  std::string template_digest;                      // SHA-256, hexadecimal
  std::map<std::string, runtime::StoredCode> code;  // by logical id
};

// Reads the template, checks the parameters and stores the code. Blocks on the disk. InvalidInput in CloudFormation's
// words.
Result<PreparedStack> prepare_deploy_stack(const api::DeployStackRequest& request, runtime::CodeStore& store);

// Engine thread. Consumes `prepared`.
//
// First evaluates, names and checks everything it can without writing: an error here changes nothing. Then resources
// are created and updated in plan order, and those no longer in the template are deleted. An error here stops the
// deploy: what was done is kept, the stack is CREATE_FAILED or UPDATE_FAILED, and the next deploy continues from there.
// Errors name the logical id. A template that changes nothing writes nothing.
//
// IllegalStatus, before anything is written, when the stack's parameters are no longer those that the request says it
// has read.
//
// An existing resource of the same name that the stack did not create is not taken over: AlreadyExists. A resource
// whose name changes is created anew and the old one deleted, unless it has UpdateReplacePolicy: Retain.
Result<api::DeployStackResponse> deploy_stack(engine::Call& call, const api::DeployStackRequest& request,
                                              PreparedStack& prepared);

// Deletes the resources in reverse plan order; those with DeletionPolicy: Retain stay. Engine thread. NotFound when
// there is no such stack; InvalidInput, before anything is deleted, when another stack imports what it exports; after
// any other error the stack is DELETE_FAILED and holds what is left.
Result<api::DeleteStackResponse> delete_stack(engine::Call& call, const api::DeleteStackRequest& request);

// All stacks of the caller's region and account, ordered by name. Engine thread.
Result<api::ListStacksResponse> list_stacks(engine::Call& call, const api::ListStacksRequest& request);
// NotFound when there is no such stack. Engine thread.
Result<api::DescribeStackResponse> describe_stack(engine::Call& call, const api::DescribeStackRequest& request);

}  // namespace athanor::service::athanor
