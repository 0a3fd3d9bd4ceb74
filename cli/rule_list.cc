#include "cli/rule_list.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "format/json.h"

namespace athanor::cli {
namespace {

using format::JsonValue;

Result<ListedRule> rule_of(const JsonValue& json, const std::string& where) {
  if (!json.is_object()) return invalid_input(fmt::format("{}: a rule must be a JSON object", where));
  ListedRule rule{.name = json.text_at("Name").value_or(""),
                  .bus = json.text_at("EventBusName").value_or(""),
                  .is_disabled = json.text_at("State").value_or("") == "DISABLED"};
  const JsonValue* const pattern = json.find("EventPattern");
  if (pattern != nullptr && !pattern->is_string() && !pattern->is_object())
    return invalid_input(fmt::format("{}: EventPattern must be a string or an object", where));
  if (pattern != nullptr) {
    rule.pattern = pattern->is_string() ? pattern->text : format::print_json(*pattern);
  } else if (rule.name.empty() && json.find("ScheduleExpression") == nullptr) {
    rule.pattern = format::print_json(json);
  }
  if (rule.name.empty()) rule.name = where;
  const JsonValue* const targets = json.find("Targets");
  if (targets == nullptr || pattern == nullptr) return rule;
  for (const JsonValue& target : targets->items) {
    const std::string arn = target.is_string() ? target.text : target.text_at("Arn").value_or("");
    if (arn.empty()) return invalid_input(fmt::format("{}: a target has no Arn", where));
    rule.targets.push_back(arn);
  }
  return rule;
}

}  // namespace

Result<std::vector<ListedRule>> read_rules(std::string_view text) {
  const std::string_view bare = base::trim(text);
  if (bare.empty()) return invalid_input("There are no rules.");
  std::vector<ListedRule> rules;
  // Line by line only when the first line is JSON and the whole is not.
  const bool is_one = format::is_valid_json(text) || !format::is_valid_json(bare.substr(0, bare.find('\n')));
  if (!is_one) {
    std::size_t number = 0;
    for (const std::string_view line : base::split(text, '\n')) {
      ++number;
      if (base::trim(line).empty()) continue;
      const std::string where = fmt::format("line {}", number);
      const auto json = format::parse_json(line);
      if (!json) return invalid_input(fmt::format("{}: {}", where, json.error().message));
      ATHANOR_TRY(rule, rule_of(*json, where));
      rules.push_back(std::move(rule));
    }
    return rules;
  }
  ATHANOR_TRY(json, format::parse_json(text));
  const JsonValue* const member = json.find("Rules");
  const JsonValue& list = member != nullptr && member->is_array() ? *member : json;
  if (!list.is_array()) {
    ATHANOR_TRY(rule, rule_of(list, "the rule"));
    return std::vector{std::move(rule)};
  }
  for (const JsonValue& item : list.items) {
    ATHANOR_TRY(rule, rule_of(item, fmt::format("rule {}", rules.size() + 1)));
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace athanor::cli
