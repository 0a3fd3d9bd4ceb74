#include "stack/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "stack/rules.h"

namespace athanor::stack {
namespace {

using format::JsonKind;
using format::JsonValue;
using Conditions = std::map<std::string, bool, std::less<>>;

// Names of the conditions that `value` uses.
void conditions_named(const JsonValue& value, std::set<std::string>& found) {
  if (value.is_object() && value.members.size() == 1) {
    const auto& [key, argument] = value.members.front();
    if (key == "Condition" && argument.is_string()) found.insert(argument.text);
    if (key == "Fn::If" && argument.is_array() && !argument.items.empty() && argument.items[0].is_string()) {
      found.insert(argument.items[0].text);
    }
  }
  for (const auto& item : value.items) conditions_named(item, found);
  for (const auto& member : value.members) conditions_named(member.second, found);
}

// Evaluates the Conditions section into scope.conditions, each after those it names.
class ConditionOrder {
 public:
  explicit ConditionOrder(Scope& scope) : scope_(scope) {}

  Result<void> evaluate_all() {
    const JsonValue* section = scope_.source.section("Conditions");
    if (section == nullptr) return {};
    for (const auto& member : section->members) ATHANOR_CHECK(evaluate_one(*section, member.first));
    return {};
  }

 private:
  Result<void> evaluate_one(const JsonValue& section, const std::string& name) {
    if (scope_.conditions.contains(name)) return {};
    if (std::ranges::find(open_, name) != open_.end()) {
      return invalid_input(
          fmt::format("Template error: Found circular condition dependency between: {}", fmt::join(open_, ", ")));
    }
    const JsonValue* body = section.find(name);
    if (body == nullptr) {
      return invalid_input(fmt::format(
          "Template format error: Unresolved condition dependency {} in the Conditions block of the template{}", name,
          open_.empty() ? "" : scope_.source.where("/Conditions/" + open_.back())));
    }
    open_.push_back(name);
    std::set<std::string> needed;
    conditions_named(*body, needed);
    for (const auto& other : needed) ATHANOR_CHECK(evaluate_one(section, other));
    auto holds = evaluate_condition(*body, scope_);
    if (!holds) {
      return invalid_input(holds.error().message + scope_.source.where("/Conditions/" + name));
    }
    scope_.conditions[name] = *holds;
    open_.pop_back();
    return {};
  }

  Scope& scope_;
  std::vector<std::string> open_;
};

// Whether the resource or output has a condition that does not hold.
Result<bool> is_left_out(const JsonValue& body, const Scope& scope, const std::string& path) {
  const JsonValue* condition = body.find("Condition");
  if (condition == nullptr) return false;
  const auto found = scope.conditions.find(condition->text);
  if (!condition->is_string() || found == scope.conditions.end()) {
    return invalid_input(fmt::format("Template format error: Unresolved condition dependency {} in [{}]{}",
                                     condition->text, path, scope.source.where(path + "/Condition")));
  }
  return !found->second;
}

Result<std::vector<std::string>> stated_dependencies(const JsonValue& body, const std::string& path,
                                                     const Scope& scope) {
  std::vector<std::string> names;
  const JsonValue* stated = body.find("DependsOn");
  if (stated == nullptr) return names;
  if (stated->is_string()) names.push_back(stated->text);
  for (const auto& item : stated->items) names.push_back(item.text);
  if ((names.empty() && !stated->is_array()) || std::ranges::find(names, "") != names.end()) {
    return invalid_input(fmt::format("Template format error: [{}/DependsOn] must be a string or a list of strings{}",
                                     path, scope.source.where(path + "/DependsOn")));
  }
  return names;
}

// Nothing created here can be kept as a snapshot, so treating Snapshot as Retain or as Delete would both be wrong.
Result<bool> retains(const JsonValue& body, std::string_view policy, const std::string& path, const Scope& scope) {
  const JsonValue* given = body.find(policy);
  if (given == nullptr) return false;
  if (given->text == "Snapshot") {
    return invalid_input(fmt::format("Template error: resource type {} does not support {} Snapshot{}",
                                     body.find("Type")->text, policy,
                                     scope.source.where(fmt::format("{}/{}", path, policy))));
  }
  return given->text.starts_with("Retain");
}

Error unresolved(const Scope& scope, const std::set<std::string>& names, std::string_view block,
                 const std::string& path) {
  return invalid_input(
      fmt::format("Template format error: Unresolved resource dependencies [{}] in the {} block of the template{}",
                  fmt::join(names, ", "), block, scope.source.where(path)));
}

std::set<std::string> missing_from(const std::set<std::string>& names, const std::set<std::string>& present) {
  std::set<std::string> missing;
  std::ranges::set_difference(names, present, std::inserter(missing, missing.end()));
  return missing;
}

// Depth first in template order, so that an order that is already right is kept.
class Ordering {
 public:
  explicit Ordering(std::vector<PlannedResource> resources) : resources_(std::move(resources)) {
    for (std::size_t i = 0; i < resources_.size(); ++i) index_[resources_[i].logical_id] = i;
    marks_.resize(resources_.size());
  }

  Result<std::vector<PlannedResource>> order() {
    for (std::size_t i = 0; i < resources_.size(); ++i) ATHANOR_CHECK(visit(i));
    std::vector<PlannedResource> ordered;
    for (const std::size_t i : order_) ordered.push_back(std::move(resources_[i]));
    return ordered;
  }

 private:
  enum class Mark : std::uint8_t { New, Open, Done };

  Result<void> visit(std::size_t i) {
    if (marks_[i] == Mark::Done) return {};
    if (marks_[i] == Mark::Open) return cycle_at(i);
    marks_[i] = Mark::Open;
    open_.push_back(i);
    for (const auto& name : resources_[i].depends_on) ATHANOR_CHECK(visit(index_.at(name)));
    open_.pop_back();
    marks_[i] = Mark::Done;
    order_.push_back(i);
    return {};
  }

  Error cycle_at(std::size_t i) const {
    std::vector<std::string_view> names;
    for (auto at = std::ranges::find(open_, i); at != open_.end(); ++at) names.push_back(resources_[*at].logical_id);
    return invalid_input(
        fmt::format("Circular dependency between resources: [{}]{}", fmt::join(names, ", "), resources_[i].where));
  }

  std::vector<PlannedResource> resources_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<Mark> marks_;
  std::vector<std::size_t> open_;
  std::vector<std::size_t> order_;
};

Result<std::vector<PlannedResource>> plan_resources(const Scope& scope) {
  const auto& section = *scope.source.section("Resources");
  std::set<std::string> present;
  for (const auto& [name, body] : section.members) {
    ATHANOR_TRY(left_out, is_left_out(body, scope, "/Resources/" + name));
    if (!left_out) present.insert(name);
  }
  std::vector<PlannedResource> resources;
  for (const auto& [name, body] : section.members) {
    const std::string path = "/Resources/" + name;
    ATHANOR_TRY(stated, stated_dependencies(body, path, scope));
    for (const auto& other : stated) {
      if (section.find(other) == nullptr) return unresolved(scope, {other}, "Resources", path + "/DependsOn");
    }
    if (!present.contains(name)) continue;
    std::set<std::string> needed = references(body, scope);
    if (const auto missing = missing_from(needed, present); !missing.empty()) {
      return unresolved(scope, missing, "Resources", path);
    }
    for (auto& other : stated) {
      if (present.contains(other)) needed.insert(std::move(other));
    }
    PlannedResource resource;
    resource.logical_id = name;
    resource.type = body.find("Type")->text;
    resource.depends_on.assign(needed.begin(), needed.end());
    ATHANOR_TRY(retained, retains(body, "DeletionPolicy", path, scope));
    ATHANOR_TRY(retained_when_replaced, retains(body, "UpdateReplacePolicy", path, scope));
    resource.retained = retained;
    resource.retained_when_replaced = retained_when_replaced;
    resource.where = scope.source.where(path);
    resources.push_back(std::move(resource));
  }
  return Ordering{std::move(resources)}.order();
}

// Refuses names that no parameter, resource or pseudo parameter has, in whatever branch they occur.
Result<void> check_names(const Scope& scope) {
  const Scope all_branches{scope.source, scope.pseudo, scope.parameters, {}};
  std::set<std::string> resources;
  for (const auto& member : scope.source.section("Resources")->members) resources.insert(member.first);
  for (const std::string_view block : {"Resources", "Outputs"}) {
    const JsonValue* section = scope.source.section(block);
    if (section == nullptr) continue;
    for (const auto& [name, body] : section->members) {
      const auto missing = missing_from(references(body, all_branches), resources);
      if (!missing.empty()) return unresolved(scope, missing, block, fmt::format("/{}/{}", block, name));
    }
  }
  return {};
}

}  // namespace

Result<JsonValue> Plan::properties(const PlannedResource& resource, const Resolver& resolver) {
  const JsonValue* body = source_->section("Resources")->find(resource.logical_id);
  const JsonValue* properties = body->find("Properties");
  if (properties == nullptr) return JsonValue::object();
  auto evaluated = evaluate(*properties, scope_, &resolver);
  if (!evaluated) {
    Error error = std::move(evaluated).error();
    error.message = fmt::format("[{}] {}{}", resource.logical_id, error.message, resource.where);
    return error;
  }
  if (!*evaluated) return JsonValue::object();
  return std::move(**evaluated);
}

std::string Plan::where(const PlannedResource& resource, std::string_view property) const {
  return source_->where(fmt::format("/Resources/{}/Properties{}", resource.logical_id, property));
}

Result<std::vector<Output>> Plan::outputs(const Resolver& resolver) {
  std::vector<Output> outputs;
  const JsonValue* section = source_->section("Outputs");
  if (section == nullptr) return outputs;
  const auto text_of = [&](const JsonValue* source, bool required) -> Result<std::string> {
    if (source == nullptr) return std::string{};
    ATHANOR_TRY(evaluated, evaluate(*source, scope_, &resolver));
    if (!evaluated && required) return invalid_input("Every Outputs member must contain a Value object");
    if (!evaluated) return std::string{};
    if (auto text = scalar_text(*evaluated)) return std::move(*text);
    return invalid_input("The Value field of every Outputs member must evaluate to a String.");
  };
  for (const auto& [name, body] : section->members) {
    const std::string path = "/Outputs/" + name;
    ATHANOR_TRY(left_out, is_left_out(body, scope_, path));
    if (left_out) continue;
    Output output{.name = name, .value = {}, .description = {}, .export_name = {}};
    const JsonValue* exported = body.find("Export");
    const std::pair<std::string*, const JsonValue*> fields[] = {
        {&output.value, body.find("Value")},
        {&output.description, body.find("Description")},
        {&output.export_name, exported == nullptr ? nullptr : exported->find("Name")}};
    for (const auto& [into, source] : fields) {
      auto text = text_of(source, into == &output.value);
      if (!text) {
        return invalid_input(fmt::format("[Outputs/{}] {}{}", name, text.error().message, source_->where(path)));
      }
      *into = std::move(*text);
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

std::map<std::string, std::string> Plan::parameters_for_people() const {
  std::map<std::string, std::string> shown;
  for (const auto& [name, value] : scope_.parameters) {
    const JsonValue* hidden = source_->section("Parameters")->find(name)->find("NoEcho");
    if (hidden != nullptr && scalar_text(*hidden) == "true") {
      shown[name] = kHidden;
    } else if (value.is_array()) {
      std::vector<std::string_view> items;
      for (const auto& item : value.items) items.push_back(item.text);
      shown[name] = fmt::format("{}", fmt::join(items, ","));
    } else {
      shown[name] = value.text;
    }
  }
  return shown;
}

Result<Plan> make_plan(Template source, Parameters parameters, const PseudoParameters& pseudo) {
  auto kept = std::make_unique<const Template>(std::move(source));
  Scope scope{*kept, pseudo, std::move(parameters), {}};
  ATHANOR_CHECK(check_rules(scope));
  ATHANOR_CHECK(check_names(scope));
  ATHANOR_CHECK(ConditionOrder{scope}.evaluate_all());
  ATHANOR_TRY(resources, plan_resources(scope));
  Plan plan{std::move(kept), std::move(scope)};
  plan.resources_ = std::move(resources);
  return plan;
}

}  // namespace athanor::stack
