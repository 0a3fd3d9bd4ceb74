#include "service/athanor/deploy_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <set>
#include <utility>
#include <vector>

#include "auth/digest.h"
#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "format/json.h"
#include "log/codec.h"
#include "service/athanor/resource_kind.h"
#include "service/athanor/stack_names.h"
#include "stack/plan.h"
#include "stack/stacks.h"

namespace athanor::service::athanor {
namespace {

using format::JsonValue;
using stack::StackPut;
using stack::StackResource;

enum class Action : std::uint8_t { Create, Update, Keep, Record };

// A planned resource with everything that was determined about it before the first write.
struct Step {
  const ResourceKind* kind = nullptr;
  std::string where;
  StackResource resource;  // as it will be
  bool retained_when_replaced = false;
  JsonValue properties;
  const StackResource* before = nullptr;  // the same resource, as the last deploy left it
  const runtime::StoredCode* code = nullptr;
  Action action = Action::Create;
};

std::string_view status_of(Action action) {
  switch (action) {
    case Action::Create:
      return "CREATED";
    case Action::Update:
      return "UPDATED";
    case Action::Keep:
      return "UNCHANGED";
    case Action::Record:
      return "RECORDED";
  }
  return "UNCHANGED";
}

// Whether both are the same resource, whatever their properties.
bool is_same(const StackResource& a, const StackResource& b) {
  return a.type == b.type && a.physical_id == b.physical_id;
}

const StackResource* find_same(const std::vector<StackResource>& resources, const StackResource& wanted) {
  const auto found = std::ranges::find_if(resources, [&](const StackResource& r) { return is_same(r, wanted); });
  return found == resources.end() ? nullptr : &*found;
}

Error about(Error error, std::string_view logical_id, std::string_view where) {
  error.message = fmt::format("[{}] {}{}", logical_id, error.message, where);
  return error;
}

// The first "{{resolve:ssm:/name}}" in the value, empty when there is none.
std::string dynamic_reference(const JsonValue& value) {
  if (const auto at = value.text.find("{{resolve:"); at != std::string::npos) {
    const auto end = value.text.find("}}", at);
    if (end != std::string::npos) return value.text.substr(at, end + 2 - at);
  }
  std::string found;
  for (const auto& item : value.items) {
    if (found = dynamic_reference(item); !found.empty()) return found;
  }
  for (const auto& member : value.members) {
    if (found = dynamic_reference(member.second); !found.empty()) return found;
  }
  return found;
}

api::StackResourceSummary summary_of(const StackResource& resource, std::string_view status) {
  return {.logical_id = resource.logical_id,
          .type = resource.type,
          .physical_id = resource.physical_id,
          .arn = resource.arn,
          .status = std::string{status}};
}

// Deletes the resource unless it is retained or only recorded. Returns its summary for the response.
Result<api::StackResourceSummary> let_go(engine::Call& call, const StackResource& resource) {
  ATHANOR_TRY(kind, find_kind(resource.type));
  if (!resource.retained && !kind->is_recorded()) {
    auto removed = kind->remove(call, resource);
    if (!removed && removed.error().code != ErrorCode::NotFound)
      return about(std::move(removed).error(), resource.logical_id, "");
  }
  return summary_of(resource, resource.retained ? "UNCHANGED" : "DELETED");
}

// Names of the resources identified so far, and what other stacks export.
class KnownNames final : public stack::Resolver {
 public:
  KnownNames(const stack::Stacks& stacks, std::string prefix) : stacks_(stacks), prefix_(std::move(prefix)) {}

  void add(const std::string& logical_id, Identity identity) { known_.emplace(logical_id, std::move(identity)); }

  Result<JsonValue> ref(std::string_view logical_id) const override {
    const auto found = known_.find(logical_id);
    if (found == known_.end()) return unknown(logical_id);
    return JsonValue::of(found->second.physical_id);
  }

  Result<JsonValue> attribute(std::string_view logical_id, std::string_view name) const override {
    const auto found = known_.find(logical_id);
    if (found == known_.end()) return unknown(logical_id);
    const auto value = found->second.attributes.find(name);
    if (value == found->second.attributes.end()) {
      return invalid_input(fmt::format("Template error: resource {} does not support attribute type {} in Fn::GetAtt",
                                       logical_id, name));
    }
    return JsonValue::of(value->second);
  }

  // The exports that were looked up.
  const std::set<std::string, std::less<>>& imports() const { return imports_; }

  Result<JsonValue> exported(std::string_view name) const override {
    const stack::StackOutput* found = stacks_.find_export(prefix_, name);
    if (found == nullptr) return invalid_input(fmt::format("No export named {} found.", name));
    imports_.emplace(name);
    return JsonValue::of(found->value);
  }

 private:
  static Error unknown(std::string_view logical_id) {
    return invalid_input(fmt::format("Template error: instance of Ref references undefined resource {}", logical_id));
  }

  const stack::Stacks& stacks_;
  std::string prefix_;
  std::map<std::string, Identity, std::less<>> known_;
  mutable std::set<std::string, std::less<>> imports_;
};

// Exports that other stacks import must not change. `after` are the stack's new outputs.
Result<void> check_exports_in_use(const stack::Stacks& stacks, std::string_view prefix, const StackPut& before,
                                  const std::vector<stack::StackOutput>& after) {
  for (const auto& output : before.outputs) {
    if (output.export_name.empty()) continue;
    const auto now = std::ranges::find(after, output.export_name, &stack::StackOutput::export_name);
    if (now != after.end() && now->value == output.value) continue;
    const StackPut* importer = stacks.find_importer(prefix, before, output.export_name);
    if (importer == nullptr) continue;
    return invalid_input(fmt::format("Export {} cannot be {} as it is in use by {}", output.export_name,
                                     now == after.end() ? "deleted" : "updated", importer->name));
  }
  return {};
}

class Deployment {
 public:
  Deployment(engine::Call& call, const api::DeployStackRequest& request, PreparedStack& prepared)
      : call_(call), request_(request), prepared_(prepared), prefix_(id_prefix(call.caller)) {
    const StackPut* existing = call.works.stacks.find(prefix_, request.stack_name);
    is_new_ = existing == nullptr;
    if (is_new_) {
      before_.id = fmt::format("{}{}/{}", prefix_, request.stack_name, base::random_uuid(call.random));
      before_.name = request.stack_name;
      before_.created = call.now;
    } else {
      before_ = *existing;
    }
  }

  Result<api::DeployStackResponse> run() {
    ATHANOR_CHECK(prepare());
    if (changes_nothing()) return response();
    write_intent();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (auto done = carry_out(steps_[i]); !done) return give_up(std::move(done).error(), i);
    }
    if (auto removed = remove_the_rest(); !removed) return give_up(std::move(removed).error(), steps_.size());
    call_.journal.write(after_);
    return response();
  }

 private:
  // --- Before the first write

  Result<void> prepare() {
    ATHANOR_TRY(plan, stack::make_plan(std::move(prepared_.parsed), std::move(prepared_.parameters),
                                       {.account_id = call_.caller.account,
                                        .region = call_.caller.region,
                                        .stack_name = request_.stack_name,
                                        .stack_id = before_.id}));
    for (const auto& resource : plan.resources()) {
      if (auto kind = find_kind(resource.type); !kind) return about(kind.error(), resource.logical_id, resource.where);
    }
    KnownNames names{call_.works.stacks, prefix_};
    for (const auto& planned : plan.resources()) ATHANOR_CHECK(prepare_step(plan, planned, names));
    ATHANOR_TRY(outputs, plan.outputs(names));
    ATHANOR_CHECK(describe_after(plan, outputs));
    ATHANOR_CHECK(check_parameters_read());
    after_.imports.assign(names.imports().begin(), names.imports().end());
    ATHANOR_CHECK(check_exports_in_use(call_.works.stacks, prefix_, before_, after_.outputs));
    decide_removals();
    return {};
  }

  Result<void> prepare_step(stack::Plan& plan, const stack::PlannedResource& planned, KnownNames& names) {
    Step step;
    step.kind = *find_kind(planned.type);
    step.where = planned.where;
    ATHANOR_TRY(properties, plan.properties(planned, names));
    if (!step.kind->is_recorded()) {
      if (const auto found = dynamic_reference(properties); !found.empty()) {
        return about(invalid_input(fmt::format("Dynamic references are not supported: {}", found)), planned.logical_id,
                     planned.where);
      }
    }
    step.properties = std::move(properties);
    auto identity = identify(*step.kind, planned, step.properties);
    if (!identity) {
      return about(identity.error(), planned.logical_id, plan.where(planned, identity.error().detail));
    }
    step.resource.logical_id = planned.logical_id;
    step.resource.type = planned.type;
    step.resource.physical_id = identity->physical_id;
    step.resource.arn = identity->arn;
    step.resource.name = identity->name;
    step.resource.properties = format::print_json(step.properties);
    step.resource.retained = planned.retained;
    step.retained_when_replaced = planned.retained_when_replaced;
    names.add(planned.logical_id, std::move(*identity));
    for (const Step& other : steps_) {
      if (!is_same(other.resource, step.resource)) continue;
      return about(invalid_input(fmt::format("{} is already the resource {}", step.resource.physical_id,
                                             other.resource.logical_id)),
                   planned.logical_id, planned.where);
    }
    ATHANOR_CHECK(decide_action(step));
    steps_.push_back(std::move(step));
    return {};
  }

  // After a deploy that broke off, a resource stands in the stack before the one that it was to replace; the template
  // may mean either. One that would be replaced again is not the one that it means.
  Result<Identity> identify(const ResourceKind& kind, const stack::PlannedResource& planned,
                            const JsonValue& properties) {
    Naming naming{.caller = call_.caller,
                  .stack_name = request_.stack_name,
                  .logical_id = planned.logical_id,
                  .type = planned.type,
                  .before = nullptr,
                  .random = call_.random};
    for (const StackResource& before : before_.resources | std::views::reverse) {
      if (before.logical_id != planned.logical_id || before.type != planned.type) continue;
      naming.before = &before;
      auto identity = kind.identify(naming, properties);
      if (identity && identity->physical_id == before.physical_id) return identity;
    }
    return kind.identify(naming, properties);
  }

  Result<void> decide_action(Step& step) {
    step.before = find_same(before_.resources, step.resource);
    if (const auto code = prepared_.code.find(step.resource.logical_id); code != prepared_.code.end()) {
      step.code = &code->second;
    }
    if (step.code != nullptr) {
      step.resource.code_digest = step.code->code_id;
    } else if (step.before != nullptr) {
      step.resource.code_digest = step.before->code_digest;
    }
    if (step.kind->is_recorded()) {
      step.action = Action::Record;
      return {};
    }
    const bool exists = step.kind->exists(call_, step.resource);
    if (exists && step.before == nullptr) {
      return about({ErrorCode::AlreadyExists,
                    fmt::format("{} already exists outside the stack {}. Delete it, or give this resource another name",
                                step.resource.physical_id, request_.stack_name),
                    {}},
                   step.resource.logical_id, step.where);
    }
    if (!exists) {
      step.action = Action::Create;
      const Change change{step.resource, step.properties, step.before, step.code};
      if (step.kind->check_create == nullptr) return {};
      if (auto checked = step.kind->check_create(change); !checked) {
        return about(checked.error(), step.resource.logical_id, step.where);
      }
      return {};
    }
    const bool unchanged = step.before->properties == step.resource.properties &&
                           step.before->name == step.resource.name &&
                           step.before->code_digest == step.resource.code_digest;
    step.action = unchanged ? Action::Keep : Action::Update;
    return {};
  }

  Result<void> describe_after(const stack::Plan& plan, const std::vector<stack::Output>& outputs) {
    after_.id = before_.id;
    after_.name = before_.name;
    after_.status = is_new_ ? "CREATE_COMPLETE" : "UPDATE_COMPLETE";
    after_.template_digest = prepared_.template_digest;
    after_.parameters = plan.parameters_for_people();
    after_.created = before_.created;
    after_.updated = call_.now;
    for (const Step& step : steps_) after_.resources.push_back(step.resource);
    for (const auto& output : outputs) {
      ATHANOR_CHECK(check_export_is_free(output.export_name));
      after_.outputs.push_back({output.name, output.value, output.description, output.export_name});
    }
    // The intent holds the old resources and the new ones.
    if (log::encode(after_).size() + log::encode(before_).size() > limits::kRecordBytes) {
      return invalid_input(
          fmt::format("The stack would take more than {} bytes: split the template.", limits::kRecordBytes));
    }
    return {};
  }

  // If they are those of this very request, it comes again: its first answer was lost.
  Result<void> check_parameters_read() const {
    const auto& read = request_.parameters_read;
    if (!read || *read == before_.parameters || before_.parameters == after_.parameters) return {};
    return Error{ErrorCode::IllegalStatus,
                 fmt::format("The parameters of the stack {} have changed since they were read. Nothing was deployed.",
                             request_.stack_name),
                 {}};
  }

  // Neither another stack nor this one's outputs so far may export the name.
  Result<void> check_export_is_free(const std::string& name) const {
    if (name.empty()) return {};
    const auto taken_by = [&](const StackPut& stack) {
      return std::ranges::find(stack.outputs, name, &stack::StackOutput::export_name) != stack.outputs.end();
    };
    std::vector<const StackPut*> stacks = call_.works.stacks.list(prefix_);
    std::erase_if(stacks, [&](const StackPut* other) { return other->id == before_.id; });
    stacks.push_back(&after_);
    for (const StackPut* stack : stacks) {
      if (taken_by(*stack))
        return invalid_input(fmt::format("Export with name {} is already exported by stack {}.", name, stack->name));
    }
    return {};
  }

  void decide_removals() {
    for (auto at = before_.resources.rbegin(); at != before_.resources.rend(); ++at) {
      if (find_same(after_.resources, *at) != nullptr) continue;
      removals_.push_back(*at);
      // A replaced resource follows its replacement's UpdateReplacePolicy, even if a crash comes in between.
      const auto next = std::ranges::find_if(steps_, [&](const Step& step) {
        return step.resource.logical_id == at->logical_id && step.resource.type == at->type;
      });
      if (next != steps_.end()) removals_.back().retained = next->retained_when_replaced;
    }
  }

  bool changes_nothing() const {
    return !is_new_ && before_.status.ends_with("_COMPLETE") && removals_.empty() &&
           before_.resources == after_.resources && before_.outputs == after_.outputs &&
           before_.imports == after_.imports && before_.parameters == after_.parameters &&
           before_.template_digest == after_.template_digest && std::ranges::none_of(steps_, [](const Step& step) {
             return step.action == Action::Create || step.action == Action::Update;
           });
  }

  // --- The writes

  // A crash midway leaves a stack that knows of everything it may have created. Of what is about to change it has the
  // properties before and after, so that the next deploy assumes neither, and takes away what either had.
  void write_intent() {
    if (base::planted(base::Bug::ForgetStackIntent)) return;
    StackPut intent = before_;
    intent.status = is_new_ ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS";
    intent.status_reason.clear();
    intent.updated = call_.now;
    intent.imports = imports_of_both();
    intent.resources.clear();
    for (const Step& step : steps_) {
      intent.resources.push_back(step.resource);
      if (base::planted(base::Bug::BelieveInterruptedUpdate)) continue;
      if (step.action == Action::Create || step.action == Action::Update)
        intent.resources.back().properties = properties_amid(step);
    }
    intent.resources.insert(intent.resources.end(), removals_.rbegin(), removals_.rend());
    call_.journal.write(intent);
  }

  static std::string properties_amid(const Step& step) {
    const std::string before = step.before == nullptr ? std::string{} : step.before->properties;
    const auto lines = base::split(before, '\n');
    const bool is_known = lines.size() > 1 && std::ranges::find(lines, step.resource.properties) != lines.end();
    return is_known ? before : fmt::format("{}\n{}", before, step.resource.properties);
  }

  // Midway, the stack may hold what either the old or the new resources import.
  std::vector<std::string> imports_of_both() const {
    std::set<std::string> both{before_.imports.begin(), before_.imports.end()};
    both.insert(after_.imports.begin(), after_.imports.end());
    return {both.begin(), both.end()};
  }

  Result<void> carry_out(const Step& step) {
    if (step.action != Action::Create && step.action != Action::Update) return {};
    const Change change{step.resource, step.properties, step.before, step.code};
    auto done = step.action == Action::Create ? step.kind->create(call_, change) : step.kind->update(call_, change);
    if (!done) return about(std::move(done).error(), step.resource.logical_id, step.where);
    return {};
  }

  Result<void> remove_the_rest() {
    if (base::planted(base::Bug::KeepWhatTheTemplateHasNoMore)) return {};
    while (!removals_.empty()) {
      ATHANOR_TRY(gone, let_go(call_, removals_.front()));
      removed_.push_back(std::move(gone));
      removals_.erase(removals_.begin());
    }
    return {};
  }

  // Keeps what was done up to the step that failed.
  Error give_up(Error error, std::size_t failed) {
    StackPut kept = after_;
    kept.status = is_new_ ? "CREATE_FAILED" : "UPDATE_FAILED";
    kept.status_reason = error.message;
    // While resources are still made, those of before are all there; then they are deleted.
    if (failed < steps_.size()) kept.outputs = before_.outputs;
    kept.imports = imports_of_both();
    kept.resources.clear();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& step = steps_[i];
      if (i < failed || step.action == Action::Keep || step.action == Action::Record) {
        kept.resources.push_back(step.resource);
      } else if (i > failed) {
        if (step.before != nullptr) kept.resources.push_back(*step.before);
      } else if (step.kind->exists(call_, step.resource)) {
        // It may be half done: what state it is in is unknown.
        kept.resources.push_back(step.resource);
        kept.resources.back().properties = properties_amid(step);
      }
    }
    kept.resources.insert(kept.resources.end(), removals_.rbegin(), removals_.rend());
    call_.journal.write(kept);
    return error;
  }

  api::DeployStackResponse response() const {
    api::DeployStackResponse response;
    response.stack_id = before_.id;
    for (const Step& step : steps_) response.resources.push_back(summary_of(step.resource, status_of(step.action)));
    response.resources.insert(response.resources.end(), removed_.begin(), removed_.end());
    for (const auto& output : after_.outputs) response.outputs[output.name] = output.value;
    return response;
  }

  engine::Call& call_;
  const api::DeployStackRequest& request_;
  PreparedStack& prepared_;
  std::string prefix_;
  bool is_new_ = true;
  StackPut before_;  // a copy: the original changes under our writes
  StackPut after_;
  std::vector<Step> steps_;              // in the order of the plan
  std::vector<StackResource> removals_;  // of before_, in the order of their deletion
  std::vector<api::StackResourceSummary> removed_;
};

}  // namespace

Result<PreparedStack> prepare_deploy_stack(const api::DeployStackRequest& request, runtime::CodeStore& store) {
  PreparedStack prepared;
  ATHANOR_TRY(parsed, stack::parse_template(request.template_body));
  prepared.parsed = std::move(parsed);
  ATHANOR_TRY(parameters, stack::bind_parameters(prepared.parsed, request.parameters));
  prepared.parameters = std::move(parameters);
  prepared.template_digest = base::to_hex(auth::sha256(request.template_body));
  for (const auto& code : request.code) {
    const JsonValue* resource = prepared.parsed.section("Resources")->find(code.logical_id);
    if (resource == nullptr || resource->find("Type")->text != "AWS::Lambda::Function") {
      return invalid_input(
          fmt::format("Code was given for [{}], which is not a function of the template.", code.logical_id));
    }
    auto stored = store.put_zip(code.zip_file.bytes);
    if (!stored) return about(stored.error(), code.logical_id, "");
    prepared.code[code.logical_id] = std::move(*stored);
  }
  return prepared;
}

Result<api::DeployStackResponse> deploy_stack(engine::Call& call, const api::DeployStackRequest& request,
                                              PreparedStack& prepared) {
  return Deployment{call, request, prepared}.run();
}

Result<api::DeleteStackResponse> delete_stack(engine::Call& call, const api::DeleteStackRequest& request) {
  ATHANOR_TRY(found, find_stack(call, request.stack_name));
  StackPut left = *found;
  ATHANOR_CHECK(check_exports_in_use(call.works.stacks, id_prefix(call.caller), left, {}));
  // So that a crash midway leaves a stack that says so, and exports nothing that is gone.
  left.status = "DELETE_IN_PROGRESS";
  for (auto& output : left.outputs) output.export_name.clear();
  left.status_reason.clear();
  left.updated = call.now;
  call.journal.write(left);
  api::DeleteStackResponse response;
  while (!left.resources.empty()) {
    auto gone = let_go(call, left.resources.back());
    if (!gone) {
      left.status = "DELETE_FAILED";
      left.status_reason = gone.error().message;
      call.journal.write(left);
      return gone.error();
    }
    response.resources.push_back(*std::move(gone));
    left.resources.pop_back();
  }
  call.journal.write(stack::StackDeleted{left.id});
  return response;
}

}  // namespace athanor::service::athanor
