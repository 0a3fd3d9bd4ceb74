#include "service/events/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/arn.h"
#include "base/limits.h"
#include "bus/rule_book.h"
#include "delivery/input_transformer.h"
#include "pattern/test_event_pattern.h"
#include "queue/given_id.h"
#include "schedule/schedule_expression.h"
#include "service/events/names.h"
#include "service/unless_empty.h"

namespace athanor::service::events {
namespace {

constexpr base::Constraints kTargetId{
    .length_min = 1, .length_max = 64, .pattern = api::kNamePattern};  // Source: service model, TargetId

Result<void> set_state(engine::Call& call, const std::string& name, const std::optional<std::string>& bus,
                       std::string state) {
  ATHANOR_TRY(rule, find_rule(call, bus_arn(call.caller, bus), name));
  if (rule->put.state == state) return {};
  bus::RulePut put = rule->put;
  put.state = std::move(state);
  call.journal.write(put);
  return {};
}

// The rules of one bus. The default bus's prefix is also a prefix of other buses' rule ARNs.
std::vector<const bus::Rule*> rules_of(const engine::Call& call, const std::string& arn) {
  std::vector<const bus::Rule*> rules = call.works.rules.rules(rule_arn_prefix(arn));
  std::erase_if(rules, [&](const bus::Rule* rule) { return rule->put.bus_arn != arn; });
  return rules;
}

std::string_view name_of(const bus::Rule* rule) { return rule->put.name; }

bus::Target target_of(const api::Target& given) {
  bus::Target target{.id = given.id, .arn = given.arn, .role_arn = given.role_arn.value_or("")};
  target.input = given.input;
  target.input_path = given.input_path;
  if (given.input_transformer) {
    target.input_transformer =
        bus::InputTransformer{given.input_transformer->input_paths_map.value_or(std::map<std::string, std::string>{}),
                              given.input_transformer->input_template};
  }
  if (given.retry_policy) {
    const api::RetryPolicy& wanted = *given.retry_policy;
    bus::RetryPolicy policy{.has_retries_max = wanted.maximum_retry_attempts.has_value(),
                            .has_event_age_max = wanted.maximum_event_age_in_seconds.has_value()};
    if (policy.has_retries_max) policy.retries_max = static_cast<std::uint32_t>(*wanted.maximum_retry_attempts);
    if (policy.has_event_age_max) policy.event_age_max = std::chrono::seconds{*wanted.maximum_event_age_in_seconds};
    target.retry_policy = policy;
  }
  if (given.dead_letter_config) target.dead_letter_arn = given.dead_letter_config->arn.value_or("");
  if (given.sqs_parameters) target.message_group_id = given.sqs_parameters->message_group_id.value_or("");
  return target;
}

api::Target described(const bus::Target& target) {
  api::Target shown{.id = target.id,
                    .arn = target.arn,
                    .role_arn = unless_empty(target.role_arn),
                    .input = target.input,
                    .input_path = target.input_path};
  if (target.input_transformer) {
    const auto& paths = target.input_transformer->input_paths;
    shown.input_transformer =
        api::InputTransformer{.input_paths_map = {}, .input_template = target.input_transformer->input_template};
    if (!paths.empty()) shown.input_transformer->input_paths_map = paths;
  }
  if (!target.message_group_id.empty()) shown.sqs_parameters = api::SqsParameters{target.message_group_id};
  if (!target.dead_letter_arn.empty()) shown.dead_letter_config = api::DeadLetterConfig{target.dead_letter_arn};
  if (target.retry_policy) {
    const bus::RetryPolicy& policy = *target.retry_policy;
    shown.retry_policy.emplace();
    if (policy.has_retries_max) shown.retry_policy->maximum_retry_attempts = policy.retries_max;
    if (policy.has_event_age_max) shown.retry_policy->maximum_event_age_in_seconds = policy.event_age_max.count();
  }
  return shown;
}

// An ARN put together from shell variables may contain a line break or, where one is not set, no account.
bool is_target_arn(std::string_view text) {
  const auto arn = api::parse_arn(text);
  if (!arn || text.find_first_of(" \t\r\n") != std::string_view::npos) return false;
  return !arn->account.empty() || (arn->service != "sqs" && arn->service != "lambda");
}

Result<void> check(const bus::Target& target) {
  if (!is_target_arn(target.arn)) {
    return invalid_input(
        fmt::format("Parameter {} is not valid. Reason: Provided Arn is not in correct format.", target.arn));
  }
  if (target.arn.starts_with("arn:aws:sqs:") && target.arn.ends_with(".fifo") && target.message_group_id.empty()) {
    return invalid_input(fmt::format("Parameter(s) SqsParameters must be specified for target: {}.", target.id));
  }
  if (const std::string& group = target.message_group_id;
      !group.empty() && !group.starts_with('$') && !queue::is_given_id(group)) {
    return invalid_input(
        fmt::format("MessageGroupId for target {} is invalid: it can only include alphanumeric and punctuation "
                    "characters. 1 to {} in length.",
                    target.id, queue::kGivenIdCharacters));
  }
  if (!target.dead_letter_arn.empty() && !target.dead_letter_arn.starts_with("arn:aws:sqs:")) {
    return invalid_input(fmt::format(
        "Parameter DeadLetterConfig.Arn of target {} is not valid. Reason: Provided Arn is not that of a queue.",
        target.id));
  }
  // Source: EventBridge user guide, "using dead-letter queues": standard queues only.
  if (target.dead_letter_arn.ends_with(".fifo")) {
    return invalid_input(fmt::format(
        "Parameter DeadLetterConfig.Arn of target {} is not valid. Reason: A FIFO queue cannot be a dead-letter queue.",
        target.id));
  }
  return delivery::check_input(target);
}

}  // namespace

Result<void> check_target(const api::Target& target) { return check(target_of(target)); }

Result<void> check_schedule(std::string_view expression, std::string_view bus_arn) {
  if (bus_name(bus_arn) != "default")
    return invalid_input("ScheduleExpression is supported only on the default event bus.");
  if (!schedule::ScheduleExpression::parse(expression))
    return invalid_input("Parameter ScheduleExpression is not valid.");
  return {};
}

Result<api::PutRuleResponse> put_rule(engine::Call& call, const api::PutRuleRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_TRY(bus, find_bus(call, arn));
  const std::string pattern = request.event_pattern.value_or("");
  const std::string schedule = request.schedule_expression.value_or("");
  if (pattern.empty() && schedule.empty())
    return invalid_input("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (!schedule.empty()) ATHANOR_CHECK(check_schedule(schedule, arn));
  if (!pattern.empty()) ATHANOR_CHECK(pattern::parse_event_pattern(pattern));
  const std::string rule = rule_arn(arn, request.name);
  const bus::Rule* existing = call.works.rules.find_rule(rule);
  if (existing == nullptr && bus->rule_count >= limits::kRulesPerBus) return too_many();
  ATHANOR_TRY(tags, with_tags({}, request.tags.value_or(std::vector<api::Tag>{})));
  call.journal.write(
      bus::RulePut{.arn = rule,
                   .bus_arn = arn,
                   .name = request.name,
                   .number = existing != nullptr ? existing->put.number : call.works.rules.next_rule_number(),
                   .event_pattern = pattern,
                   .schedule_expression = schedule,
                   .state = request.state.value_or("ENABLED"),
                   .description = request.description.value_or(""),
                   .role_arn = request.role_arn.value_or(""),
                   .created_by = existing != nullptr ? existing->put.created_by : call.caller.account});
  if (existing == nullptr && !tags.empty()) call.journal.write(bus::TagsPut{rule, std::move(tags)});
  return api::PutRuleResponse{rule};
}

Result<api::DescribeRuleResponse> describe_rule(engine::Call& call, const api::DescribeRuleRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_TRY(rule, find_rule(call, arn, request.name));
  const bus::RulePut& put = rule->put;
  return api::DescribeRuleResponse{.name = put.name,
                                   .arn = put.arn,
                                   .event_pattern = unless_empty(put.event_pattern),
                                   .schedule_expression = unless_empty(put.schedule_expression),
                                   .state = put.state,
                                   .description = unless_empty(put.description),
                                   .role_arn = unless_empty(put.role_arn),
                                   .managed_by = {},
                                   .event_bus_name = std::string{bus_name(arn)},
                                   .created_by = put.created_by};
}

Result<api::ListRulesResponse> list_rules(engine::Call& call, const api::ListRulesRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_CHECK(find_bus(call, arn));
  std::vector<const bus::Rule*> rules = rules_of(call, arn);
  const std::string prefix = request.name_prefix.value_or("");
  std::erase_if(rules, [&](const bus::Rule* rule) { return !rule->put.name.starts_with(prefix); });
  const auto shown = [&](const bus::Rule* rule) {
    const bus::RulePut& put = rule->put;
    return api::Rule{.name = put.name,
                     .arn = put.arn,
                     .event_pattern = unless_empty(put.event_pattern),
                     .state = put.state,
                     .description = unless_empty(put.description),
                     .schedule_expression = unless_empty(put.schedule_expression),
                     .role_arn = unless_empty(put.role_arn),
                     .managed_by = {},
                     .event_bus_name = std::string{bus_name(arn)}};
  };
  return page_of<api::ListRules>({api::ListRules::info.name, arn, prefix}, request, rules, name_of, shown);
}

Result<api::ListRuleNamesByTargetResponse> list_rule_names_by_target(engine::Call& call,
                                                                     const api::ListRuleNamesByTargetRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_CHECK(find_bus(call, arn));
  std::vector<const bus::Rule*> rules = call.works.rules.rules_by_target(request.target_arn, rule_arn_prefix(arn));
  std::erase_if(rules, [&](const bus::Rule* rule) { return rule->put.bus_arn != arn; });
  return page_of<api::ListRuleNamesByTarget>({api::ListRuleNamesByTarget::info.name, arn, request.target_arn}, request,
                                             rules, name_of, [](const bus::Rule* rule) { return rule->put.name; });
}

Result<api::NoResponse> enable_rule(engine::Call& call, const api::EnableRuleRequest& request) {
  ATHANOR_CHECK(set_state(call, request.name, request.event_bus_name, "ENABLED"));
  return api::NoResponse{};
}

Result<api::NoResponse> disable_rule(engine::Call& call, const api::DisableRuleRequest& request) {
  ATHANOR_CHECK(set_state(call, request.name, request.event_bus_name, "DISABLED"));
  return api::NoResponse{};
}

Result<api::NoResponse> delete_rule(engine::Call& call, const api::DeleteRuleRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_CHECK(find_bus(call, arn));
  const bus::Rule* rule = call.works.rules.find_rule(rule_arn(arn, request.name));
  if (rule == nullptr) return api::NoResponse{};  // already gone is fine
  if (!rule->targets.empty()) return invalid_input("Rule can't be deleted since it has targets.");
  call.journal.write(bus::RuleDeleted{rule->put.arn});
  return api::NoResponse{};
}

Result<api::PutTargetsResponse> put_targets(engine::Call& call, const api::PutTargetsRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_TRY(rule, find_rule(call, arn, request.rule));
  bus::TargetsPut record{rule->put.arn, {}};
  std::size_t count = rule->targets.size();
  for (const api::Target& given : request.targets) {
    ATHANOR_CHECK(check_target(given));
    bus::Target target = target_of(given);
    target.rule_arn = rule->put.arn;
    target.rule_name = rule->put.name;
    const bool repeated = std::any_of(record.targets.begin(), record.targets.end(),
                                      [&](const bus::Target& t) { return t.id == target.id; });
    count += !rule->targets.contains(target.id) && !repeated;
    record.targets.push_back(std::move(target));
  }
  if (count > limits::kTargetsPerRule) return too_many();
  call.journal.write(record);
  return api::PutTargetsResponse{.failed_entry_count = 0, .failed_entries = {}};
}

Result<api::ListTargetsByRuleResponse> list_targets_by_rule(engine::Call& call,
                                                            const api::ListTargetsByRuleRequest& request) {
  ATHANOR_TRY(rule, find_rule(call, bus_arn(call.caller, request.event_bus_name), request.rule));
  return page_of<api::ListTargetsByRule>(
      {api::ListTargetsByRule::info.name, rule->put.arn}, request, rule->targets,
      [](const auto& target) -> std::string_view { return target.first; },
      [](const auto& target) { return described(*target.second); });
}

Result<api::RemoveTargetsResponse> remove_targets(engine::Call& call, const api::RemoveTargetsRequest& request) {
  ATHANOR_CHECK(check_each(request.ids, "ids", kTargetId));
  ATHANOR_TRY(rule, find_rule(call, bus_arn(call.caller, request.event_bus_name), request.rule));
  call.journal.write(bus::TargetsRemoved{rule->put.arn, request.ids});
  return api::RemoveTargetsResponse{.failed_entry_count = 0, .failed_entries = {}};
}

Result<api::TestEventPatternResponse> test_event_pattern(const api::TestEventPatternRequest& request) {
  ATHANOR_TRY(verdict, pattern::test_event_pattern(request.event_pattern, request.event));
  return api::TestEventPatternResponse{verdict};
}

}  // namespace athanor::service::events
