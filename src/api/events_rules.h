// EventBridge: rules, targets and the events themselves. Source: the service model events-2015-10-07.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/constraints.h"
#include "api/events_buses.h"
#include "api/operation.h"
#include "api/shape.h"
#include "base/clock.h"
#include "base/describe.h"

namespace athanor::api {

struct PutRuleRequest {
  std::string name;
  std::optional<std::string> schedule_expression;
  std::optional<std::string> event_pattern;
  std::optional<std::string> state;
  std::optional<std::string> description;
  std::optional<std::string> role_arn;
  std::optional<std::vector<Tag>> tags;
  std::optional<std::string> event_bus_name;

  static constexpr auto members() {
    return Members{member("Name", &PutRuleRequest::name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("ScheduleExpression", &PutRuleRequest::schedule_expression, {.length_max = 256}),
                   member("EventPattern", &PutRuleRequest::event_pattern, {.length_max = 4096}),
                   member("State", &PutRuleRequest::state,
                          {.one_of = "ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}),
                   member("Description", &PutRuleRequest::description, {.length_max = 512}),
                   member("RoleArn", &PutRuleRequest::role_arn, {.length_min = 1, .length_max = 1600}),
                   member("Tags", &PutRuleRequest::tags),
                   member("EventBusName", &PutRuleRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern})};
  }
  friend bool operator==(const PutRuleRequest&, const PutRuleRequest&) = default;
};

struct PutRuleResponse {
  std::optional<std::string> rule_arn;

  static constexpr auto members() { return Members{member("RuleArn", &PutRuleResponse::rule_arn)}; }
  friend bool operator==(const PutRuleResponse&, const PutRuleResponse&) = default;
};

struct PutRule {
  using Request = PutRuleRequest;
  using Response = PutRuleResponse;
  static constexpr OperationInfo info = events_operation("PutRule");
};

struct DescribeRuleRequest {
  std::string name;
  std::optional<std::string> event_bus_name;

  static constexpr auto members() {
    return Members{member("Name", &DescribeRuleRequest::name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("EventBusName", &DescribeRuleRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern})};
  }
  friend bool operator==(const DescribeRuleRequest&, const DescribeRuleRequest&) = default;
};

struct DescribeRuleResponse {
  std::optional<std::string> name;
  std::optional<std::string> arn;
  std::optional<std::string> event_pattern;
  std::optional<std::string> schedule_expression;
  std::optional<std::string> state;
  std::optional<std::string> description;
  std::optional<std::string> role_arn;
  std::optional<std::string> managed_by;
  std::optional<std::string> event_bus_name;
  std::optional<std::string> created_by;

  static constexpr auto members() {
    return Members{member("Name", &DescribeRuleResponse::name),
                   member("Arn", &DescribeRuleResponse::arn),
                   member("EventPattern", &DescribeRuleResponse::event_pattern),
                   member("ScheduleExpression", &DescribeRuleResponse::schedule_expression),
                   member("State", &DescribeRuleResponse::state),
                   member("Description", &DescribeRuleResponse::description),
                   member("RoleArn", &DescribeRuleResponse::role_arn),
                   member("ManagedBy", &DescribeRuleResponse::managed_by),
                   member("EventBusName", &DescribeRuleResponse::event_bus_name),
                   member("CreatedBy", &DescribeRuleResponse::created_by)};
  }
  friend bool operator==(const DescribeRuleResponse&, const DescribeRuleResponse&) = default;
};

struct DescribeRule {
  using Request = DescribeRuleRequest;
  using Response = DescribeRuleResponse;
  static constexpr OperationInfo info = events_operation("DescribeRule");
};

struct ListRulesRequest {
  std::optional<std::string> name_prefix;
  std::optional<std::string> event_bus_name;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> limit;

  static constexpr auto members() {
    return Members{member("NamePrefix", &ListRulesRequest::name_prefix,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern}),
                   member("EventBusName", &ListRulesRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern}),
                   member("NextToken", &ListRulesRequest::next_token, {.length_min = 1, .length_max = 2048}),
                   member("Limit", &ListRulesRequest::limit, {.value_min = 1, .value_max = 100})};
  }
  friend bool operator==(const ListRulesRequest&, const ListRulesRequest&) = default;
};

struct Rule {
  std::optional<std::string> name;
  std::optional<std::string> arn;
  std::optional<std::string> event_pattern;
  std::optional<std::string> state;
  std::optional<std::string> description;
  std::optional<std::string> schedule_expression;
  std::optional<std::string> role_arn;
  std::optional<std::string> managed_by;
  std::optional<std::string> event_bus_name;

  static constexpr auto members() {
    return Members{member("Name", &Rule::name),
                   member("Arn", &Rule::arn),
                   member("EventPattern", &Rule::event_pattern),
                   member("State", &Rule::state),
                   member("Description", &Rule::description),
                   member("ScheduleExpression", &Rule::schedule_expression),
                   member("RoleArn", &Rule::role_arn),
                   member("ManagedBy", &Rule::managed_by),
                   member("EventBusName", &Rule::event_bus_name)};
  }
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct ListRulesResponse {
  std::vector<Rule> rules;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("Rules", &ListRulesResponse::rules), member("NextToken", &ListRulesResponse::next_token)};
  }
  friend bool operator==(const ListRulesResponse&, const ListRulesResponse&) = default;
};

struct ListRules {
  using Request = ListRulesRequest;
  using Response = ListRulesResponse;
  static constexpr OperationInfo info = events_operation("ListRules");
};

struct ListRuleNamesByTargetRequest {
  std::string target_arn;
  std::optional<std::string> event_bus_name;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> limit;

  static constexpr auto members() {
    return Members{
        member("TargetArn", &ListRuleNamesByTargetRequest::target_arn,
               {.length_min = 1, .length_max = 1600, .required = true}),
        member("EventBusName", &ListRuleNamesByTargetRequest::event_bus_name,
               {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern}),
        member("NextToken", &ListRuleNamesByTargetRequest::next_token, {.length_min = 1, .length_max = 2048}),
        member("Limit", &ListRuleNamesByTargetRequest::limit, {.value_min = 1, .value_max = 100})};
  }
  friend bool operator==(const ListRuleNamesByTargetRequest&, const ListRuleNamesByTargetRequest&) = default;
};

struct ListRuleNamesByTargetResponse {
  std::vector<std::string> rule_names;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("RuleNames", &ListRuleNamesByTargetResponse::rule_names),
                   member("NextToken", &ListRuleNamesByTargetResponse::next_token)};
  }
  friend bool operator==(const ListRuleNamesByTargetResponse&, const ListRuleNamesByTargetResponse&) = default;
};

struct ListRuleNamesByTarget {
  using Request = ListRuleNamesByTargetRequest;
  using Response = ListRuleNamesByTargetResponse;
  static constexpr OperationInfo info = events_operation("ListRuleNamesByTarget");
};

struct EnableRuleRequest {
  std::string name;
  std::optional<std::string> event_bus_name;

  static constexpr auto members() {
    return Members{member("Name", &EnableRuleRequest::name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("EventBusName", &EnableRuleRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern})};
  }
  friend bool operator==(const EnableRuleRequest&, const EnableRuleRequest&) = default;
};

struct EnableRule {
  using Request = EnableRuleRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = events_operation("EnableRule", false);
};

struct DisableRuleRequest {
  std::string name;
  std::optional<std::string> event_bus_name;

  static constexpr auto members() {
    return Members{member("Name", &DisableRuleRequest::name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("EventBusName", &DisableRuleRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern})};
  }
  friend bool operator==(const DisableRuleRequest&, const DisableRuleRequest&) = default;
};

struct DisableRule {
  using Request = DisableRuleRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = events_operation("DisableRule", false);
};

struct DeleteRuleRequest {
  std::string name;
  std::optional<std::string> event_bus_name;
  std::optional<bool> force;

  static constexpr auto members() {
    return Members{member("Name", &DeleteRuleRequest::name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("EventBusName", &DeleteRuleRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern}),
                   member("Force", &DeleteRuleRequest::force)};
  }
  friend bool operator==(const DeleteRuleRequest&, const DeleteRuleRequest&) = default;
};

struct DeleteRule {
  using Request = DeleteRuleRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = events_operation("DeleteRule", false);
};

struct InputTransformer {
  std::optional<std::map<std::string, std::string>> input_paths_map;
  std::string input_template;

  static constexpr auto members() {
    return Members{member("InputPathsMap", &InputTransformer::input_paths_map, {.count_max = 100}),
                   member("InputTemplate", &InputTransformer::input_template,
                          {.length_min = 1, .length_max = 8192, .required = true})};
  }
  friend bool operator==(const InputTransformer&, const InputTransformer&) = default;
};

struct SqsParameters {
  std::optional<std::string> message_group_id;

  static constexpr auto members() {
    return Members{member("MessageGroupId", &SqsParameters::message_group_id, {.length_max = 100})};
  }
  friend bool operator==(const SqsParameters&, const SqsParameters&) = default;
};

struct RetryPolicy {
  std::optional<std::int64_t> maximum_retry_attempts;
  std::optional<std::int64_t> maximum_event_age_in_seconds;

  static constexpr auto members() {
    return Members{
        member("MaximumRetryAttempts", &RetryPolicy::maximum_retry_attempts, {.value_min = 0, .value_max = 185}),
        member("MaximumEventAgeInSeconds", &RetryPolicy::maximum_event_age_in_seconds,
               {.value_min = 60, .value_max = 86400})};
  }
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

struct Target {
  std::string id;
  std::string arn;
  std::optional<std::string> role_arn;
  std::optional<std::string> input;
  std::optional<std::string> input_path;
  std::optional<InputTransformer> input_transformer;
  std::optional<SqsParameters> sqs_parameters;
  std::optional<DeadLetterConfig> dead_letter_config;
  std::optional<RetryPolicy> retry_policy;

  static constexpr auto members() {
    return Members{
        member("Id", &Target::id, {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
        member("Arn", &Target::arn, {.length_min = 1, .length_max = 1600, .required = true}),
        member("RoleArn", &Target::role_arn, {.length_min = 1, .length_max = 1600}),
        member("Input", &Target::input, {.length_max = 8192}),
        member("InputPath", &Target::input_path, {.length_max = 256}),
        member("InputTransformer", &Target::input_transformer),
        member("SqsParameters", &Target::sqs_parameters),
        member("DeadLetterConfig", &Target::dead_letter_config),
        member("RetryPolicy", &Target::retry_policy)};
  }
  friend bool operator==(const Target&, const Target&) = default;
};

struct PutTargetsRequest {
  std::string rule;
  std::optional<std::string> event_bus_name;
  std::vector<Target> targets;

  static constexpr auto members() {
    return Members{
        member("Rule", &PutTargetsRequest::rule,
               {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
        member("EventBusName", &PutTargetsRequest::event_bus_name,
               {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern}),
        member("Targets", &PutTargetsRequest::targets, {.count_min = 1, .count_max = 100, .required = true})};
  }
  friend bool operator==(const PutTargetsRequest&, const PutTargetsRequest&) = default;
};

struct PutTargetsResultEntry {
  std::optional<std::string> target_id;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;

  static constexpr auto members() {
    return Members{member("TargetId", &PutTargetsResultEntry::target_id),
                   member("ErrorCode", &PutTargetsResultEntry::error_code),
                   member("ErrorMessage", &PutTargetsResultEntry::error_message)};
  }
  friend bool operator==(const PutTargetsResultEntry&, const PutTargetsResultEntry&) = default;
};

struct PutTargetsResponse {
  std::optional<std::int64_t> failed_entry_count;
  std::vector<PutTargetsResultEntry> failed_entries;

  static constexpr auto members() {
    return Members{member("FailedEntryCount", &PutTargetsResponse::failed_entry_count),
                   member("FailedEntries", &PutTargetsResponse::failed_entries)};
  }
  friend bool operator==(const PutTargetsResponse&, const PutTargetsResponse&) = default;
};

struct PutTargets {
  using Request = PutTargetsRequest;
  using Response = PutTargetsResponse;
  static constexpr OperationInfo info = events_operation("PutTargets");
};

struct ListTargetsByRuleRequest {
  std::string rule;
  std::optional<std::string> event_bus_name;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> limit;

  static constexpr auto members() {
    return Members{member("Rule", &ListTargetsByRuleRequest::rule,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("EventBusName", &ListTargetsByRuleRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern}),
                   member("NextToken", &ListTargetsByRuleRequest::next_token, {.length_min = 1, .length_max = 2048}),
                   member("Limit", &ListTargetsByRuleRequest::limit, {.value_min = 1, .value_max = 100})};
  }
  friend bool operator==(const ListTargetsByRuleRequest&, const ListTargetsByRuleRequest&) = default;
};

struct ListTargetsByRuleResponse {
  std::vector<Target> targets;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("Targets", &ListTargetsByRuleResponse::targets),
                   member("NextToken", &ListTargetsByRuleResponse::next_token)};
  }
  friend bool operator==(const ListTargetsByRuleResponse&, const ListTargetsByRuleResponse&) = default;
};

struct ListTargetsByRule {
  using Request = ListTargetsByRuleRequest;
  using Response = ListTargetsByRuleResponse;
  static constexpr OperationInfo info = events_operation("ListTargetsByRule");
};

struct RemoveTargetsRequest {
  std::string rule;
  std::optional<std::string> event_bus_name;
  std::vector<std::string> ids;
  std::optional<bool> force;

  static constexpr auto members() {
    return Members{member("Rule", &RemoveTargetsRequest::rule,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("EventBusName", &RemoveTargetsRequest::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern}),
                   member("Ids", &RemoveTargetsRequest::ids, {.count_min = 1, .count_max = 100, .required = true}),
                   member("Force", &RemoveTargetsRequest::force)};
  }
  friend bool operator==(const RemoveTargetsRequest&, const RemoveTargetsRequest&) = default;
};

struct RemoveTargetsResultEntry {
  std::optional<std::string> target_id;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;

  static constexpr auto members() {
    return Members{member("TargetId", &RemoveTargetsResultEntry::target_id),
                   member("ErrorCode", &RemoveTargetsResultEntry::error_code),
                   member("ErrorMessage", &RemoveTargetsResultEntry::error_message)};
  }
  friend bool operator==(const RemoveTargetsResultEntry&, const RemoveTargetsResultEntry&) = default;
};

struct RemoveTargetsResponse {
  std::optional<std::int64_t> failed_entry_count;
  std::vector<RemoveTargetsResultEntry> failed_entries;

  static constexpr auto members() {
    return Members{member("FailedEntryCount", &RemoveTargetsResponse::failed_entry_count),
                   member("FailedEntries", &RemoveTargetsResponse::failed_entries)};
  }
  friend bool operator==(const RemoveTargetsResponse&, const RemoveTargetsResponse&) = default;
};

struct RemoveTargets {
  using Request = RemoveTargetsRequest;
  using Response = RemoveTargetsResponse;
  static constexpr OperationInfo info = events_operation("RemoveTargets");
};

struct PutEventsRequestEntry {
  static constexpr std::string_view kName = "PutEventsRequestEntry";  // shown in AWS's message

  std::optional<base::Time> time;
  std::optional<std::string> source;
  std::optional<std::vector<std::string>> resources;
  std::optional<std::string> detail_type;
  std::optional<std::string> detail;
  std::optional<std::string> event_bus_name;
  std::optional<std::string> trace_header;

  static constexpr auto members() {
    return Members{member("Time", &PutEventsRequestEntry::time),
                   member("Source", &PutEventsRequestEntry::source),
                   member("Resources", &PutEventsRequestEntry::resources),
                   member("DetailType", &PutEventsRequestEntry::detail_type),
                   member("Detail", &PutEventsRequestEntry::detail),
                   member("EventBusName", &PutEventsRequestEntry::event_bus_name,
                          {.length_min = 1, .length_max = 1600, .pattern = kEntryBusNameOrArnPattern}),
                   member("TraceHeader", &PutEventsRequestEntry::trace_header, {.length_min = 1, .length_max = 500})};
  }
  friend bool operator==(const PutEventsRequestEntry&, const PutEventsRequestEntry&) = default;
};

struct PutEventsRequest {
  std::vector<PutEventsRequestEntry> entries;

  static constexpr auto members() {
    return Members{member("Entries", &PutEventsRequest::entries, {.count_min = 1, .count_max = 10, .required = true})};
  }
  friend bool operator==(const PutEventsRequest&, const PutEventsRequest&) = default;
};

struct PutEventsResultEntry {
  std::optional<std::string> event_id;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;

  static constexpr auto members() {
    return Members{member("EventId", &PutEventsResultEntry::event_id),
                   member("ErrorCode", &PutEventsResultEntry::error_code),
                   member("ErrorMessage", &PutEventsResultEntry::error_message)};
  }
  friend bool operator==(const PutEventsResultEntry&, const PutEventsResultEntry&) = default;
};

struct PutEventsResponse {
  std::optional<std::int64_t> failed_entry_count;
  std::vector<PutEventsResultEntry> entries;

  static constexpr auto members() {
    return Members{member("FailedEntryCount", &PutEventsResponse::failed_entry_count),
                   member("Entries", &PutEventsResponse::entries)};
  }
  friend bool operator==(const PutEventsResponse&, const PutEventsResponse&) = default;
};

struct PutEvents {
  using Request = PutEventsRequest;
  using Response = PutEventsResponse;
  static constexpr OperationInfo info = events_operation("PutEvents");
};

struct TestEventPatternRequest {
  std::string event_pattern;
  std::string event;

  static constexpr auto members() {
    return Members{
        member("EventPattern", &TestEventPatternRequest::event_pattern, {.length_max = 4096, .required = true}),
        member("Event", &TestEventPatternRequest::event, {.required = true})};
  }
  friend bool operator==(const TestEventPatternRequest&, const TestEventPatternRequest&) = default;
};

struct TestEventPatternResponse {
  std::optional<bool> result;

  static constexpr auto members() { return Members{member("Result", &TestEventPatternResponse::result)}; }
  friend bool operator==(const TestEventPatternResponse&, const TestEventPatternResponse&) = default;
};

struct TestEventPattern {
  using Request = TestEventPatternRequest;
  using Response = TestEventPatternResponse;
  static constexpr OperationInfo info = events_operation("TestEventPattern");
};

}  // namespace athanor::api
