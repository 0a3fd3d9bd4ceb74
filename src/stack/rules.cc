#include "stack/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace athanor::stack {
namespace {

using format::JsonValue;

bool asks_for_stored_parameter(const JsonValue& value, const Template& source) {
  if (const JsonValue* name = value.find("Ref"); name != nullptr && is_stored_parameter(source, name->text))
    return true;
  const auto asks = [&](const JsonValue& inner) { return asks_for_stored_parameter(inner, source); };
  return std::ranges::any_of(value.items, asks) ||
         std::ranges::any_of(value.members, [&](const auto& member) { return asks(member.second); });
}

Result<void> check_rule(const JsonValue& rule, Scope& scope) {
  const JsonValue* assertions = rule.find("Assertions");
  if (assertions == nullptr || !assertions->is_array() || assertions->items.empty())
    return invalid_input("Template format error: a rule needs Assertions, a list");
  if (const JsonValue* condition = rule.find("RuleCondition")) {
    ATHANOR_TRY(applies, evaluate_assertion(*condition, scope));
    if (!applies) return {};
  }
  for (const auto& assertion : assertions->items) {
    const JsonValue* demanded = assertion.find("Assert");
    if (demanded == nullptr) return invalid_input("Template format error: an assertion needs an Assert");
    ATHANOR_TRY(holds, evaluate_assertion(*demanded, scope));
    if (holds) continue;
    const JsonValue* description = assertion.find("AssertDescription");
    return invalid_input(description == nullptr ? "its assertion does not hold" : description->text);
  }
  return {};
}

}  // namespace

Result<void> check_rules(Scope& scope) {
  const JsonValue* section = scope.source.section("Rules");
  if (section == nullptr) return {};
  for (const auto& [name, rule] : section->members) {
    if (asks_for_stored_parameter(rule, scope.source)) continue;
    if (auto checked = check_rule(rule, scope); !checked) {
      return invalid_input(
          fmt::format("[Rules/{}] {}{}", name, checked.error().message, scope.source.where("/Rules/" + name)));
    }
  }
  return {};
}

}  // namespace athanor::stack
