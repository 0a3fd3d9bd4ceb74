#include "service/athanor/deploy_stack.h"
#include "service/athanor/resource_kind.h"
#include "service/athanor/stack_names.h"

namespace athanor::service::athanor {
namespace {

api::StackSummary summary_of(const stack::StackPut& stack) {
  return {.stack_id = stack.id,
          .stack_name = stack.name,
          .stack_status = stack.status,
          .creation_time = stack.created,
          .last_updated_time = stack.updated,
          .resource_count = static_cast<std::int64_t>(stack.resources.size())};
}

}  // namespace

Result<api::ListStacksResponse> list_stacks(engine::Call& call, const api::ListStacksRequest&) {
  api::ListStacksResponse response;
  for (const stack::StackPut* stack : call.works.stacks.list(id_prefix(call.caller))) {
    response.stacks.push_back(summary_of(*stack));
  }
  return response;
}

Result<api::DescribeStackResponse> describe_stack(engine::Call& call, const api::DescribeStackRequest& request) {
  ATHANOR_TRY(stack, find_stack(call, request.stack_name));
  api::DescribeStackResponse response;
  response.stack = summary_of(*stack);
  response.stack_status_reason = stack->status_reason;
  response.template_digest = stack->template_digest;
  response.parameters = stack->parameters;
  for (const auto& resource : stack->resources) {
    const auto kind = find_kind(resource.type);
    response.resources.push_back({.logical_id = resource.logical_id,
                                  .type = resource.type,
                                  .physical_id = resource.physical_id,
                                  .arn = resource.arn,
                                  .status = kind && (*kind)->is_recorded() ? "RECORDED" : "CREATED"});
  }
  for (const auto& output : stack->outputs) response.outputs[output.name] = output.value;
  return response;
}

}  // namespace athanor::service::athanor
