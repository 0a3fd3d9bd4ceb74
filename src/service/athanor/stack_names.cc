#include "service/athanor/stack_names.h"

#include <fmt/format.h>

namespace athanor::service::athanor {

std::string id_prefix(const engine::Caller& caller) { return stack::stack_id_prefix(caller.region, caller.account); }

Result<const stack::StackPut*> find_stack(const engine::Call& call, std::string_view name_or_id) {
  const stack::StackPut* found = name_or_id.starts_with("arn:")
                                     ? call.works.stacks.find(name_or_id)
                                     : call.works.stacks.find(id_prefix(call.caller), name_or_id);
  if (found == nullptr || !found->id.starts_with(id_prefix(call.caller))) {
    return not_found(fmt::format("Stack with id {} does not exist", name_or_id));
  }
  return found;
}

}  // namespace athanor::service::athanor
