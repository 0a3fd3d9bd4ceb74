// AWS::Events::EventBus, EventBusPolicy, Archive and Rule.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "api/events.h"
#include "api/validate.h"
#include "archive/archives.h"
#include "base/limits.h"
#include "base/text.h"
#include "bus/rule_book.h"
#include "format/json.h"
#include "pattern/event_pattern.h"
#include "service/athanor/properties.h"
#include "service/athanor/resource_kind.h"
#include "service/events/archives.h"
#include "service/events/event_buses.h"
#include "service/events/names.h"
#include "service/events/rules.h"

namespace athanor::service::athanor {
namespace {

using format::JsonValue;

// Source: EventBridge's API: characters in a name.
constexpr std::size_t kRuleNameMax = 64;
constexpr std::size_t kArchiveNameMax = 48;

Result<void> set_tags(engine::Call& call, const std::string& arn, const std::map<std::string, std::string>& before,
                      const TagList& after) {
  const auto change = tag_change(before, tags_of(after));
  if (!change.removed.empty()) ATHANOR_CHECK(events::untag_resource(call, {arn, change.removed}));
  if (change.set.empty()) return {};
  api::TagResourceRequest request{.resource_arn = arn, .tags = {}};
  for (const auto& [key, value] : change.set) request.tags.push_back({key, value});
  ATHANOR_CHECK(events::tag_resource(call, request));
  return {};
}

// --- Buses

struct EventBusProperties {
  std::string name;
  std::optional<std::string> description, kms_key_identifier, policy;
  std::optional<api::DeadLetterConfig> dead_letter_config;
  std::optional<api::LogConfig> log_config;
  TagList tags;

  static constexpr auto members() {
    using P = EventBusProperties;
    return Members{member("Name", &P::name, {.required = true}),
                   member("Description", &P::description),
                   member("KmsKeyIdentifier", &P::kms_key_identifier),
                   member("Policy", &P::policy, {.pattern = kAnyJson}),
                   member("DeadLetterConfig", &P::dead_letter_config),
                   member("LogConfig", &P::log_config),
                   member("Tags", &P::tags)};
  }
};

api::CreateEventBusRequest create_request(const EventBusProperties& properties) {
  return {.name = properties.name,
          .description = properties.description,
          .kms_key_identifier = properties.kms_key_identifier,
          .dead_letter_config = properties.dead_letter_config,
          .log_config = properties.log_config,
          .tags = properties.tags};
}

Result<Identity> identify_bus(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<EventBusProperties>(given));
  ATHANOR_CHECK(api::validate(create_request(properties)));
  if (properties.name == "default")
    return invalid_input("The bus default always exists: leave it out of the template.");
  if (properties.name.find('/') != std::string::npos) {
    return invalid_input("Event bus name must not contain '/'.");
  }
  Identity identity;
  identity.name = properties.name;
  identity.physical_id = properties.name;
  identity.arn = events::bus_arn(naming.caller, properties.name);
  identity.attributes = {{"Arn", identity.arn}, {"Name", identity.name}, {"Policy", properties.policy.value_or("")}};
  return identity;
}

bool bus_exists(const engine::Call& call, const stack::StackResource& resource) {
  return call.works.rules.find_bus(resource.arn) != nullptr;
}

Result<void> create_bus(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<EventBusProperties>(change.properties));
  ATHANOR_CHECK(events::create_event_bus(call, create_request(properties)));
  if (properties.policy)
    ATHANOR_CHECK(events::put_permission(call, {.event_bus_name = properties.name, .policy = properties.policy}));
  return {};
}

// A policy's statements; a single one need not be in a list.
std::vector<JsonValue> statements_of(const std::optional<std::string>& policy) {
  const auto document = format::parse_json(policy.value_or(""));
  const JsonValue* statement = document ? document->find("Statement") : nullptr;
  if (statement == nullptr) return {};
  return statement->is_array() ? statement->items : std::vector{*statement};
}

// The policies that the bus may have from previous templates.
std::vector<std::string> policies_before(const stack::StackResource* bus) {
  std::vector<std::string> policies;
  if (bus == nullptr) return policies;
  for (const auto line : base::split(bus->properties, '\n')) {
    const auto given = format::parse_json(line);
    if (!given) continue;
    const auto properties = read_properties<EventBusProperties>(*given);
    if (properties && properties->policy) policies.push_back(*properties->policy);
  }
  return policies;
}

// Replaces the statements of `before` with those of `after`. What others have added to the policy (EventBusPolicy,
// PutPermission) is not this resource's to remove.
Result<void> change_bus_policy(engine::Call& call, const bus::EventBusPut& put, const std::vector<std::string>& before,
                               const std::optional<std::string>& after) {
  if (before.empty() && !after) return {};
  const auto is_in = [](const std::vector<JsonValue>& statements, const JsonValue& statement) {
    return std::ranges::find(statements, statement) != statements.end();
  };
  std::vector<JsonValue> old;
  for (const auto& policy : before) std::ranges::move(statements_of(policy), std::back_inserter(old));
  auto statements = statements_of(after);
  for (const JsonValue& other : statements_of(put.policy)) {
    if (!is_in(old, other) && !is_in(statements, other)) statements.push_back(other);
  }
  if (!after && statements.empty()) {
    ATHANOR_CHECK(events::remove_permission(call, {.remove_all_permissions = true, .event_bus_name = put.name}));
    return {};
  }
  auto document = format::parse_json(after.value_or(R"({"Version":"2012-10-17"})"));
  if (document && document->is_object()) document->set("Statement", JsonValue::array(std::move(statements)));
  ATHANOR_CHECK(events::put_permission(
      call, {.event_bus_name = put.name, .policy = document ? format::print_json(*document) : *after}));
  return {};
}

Result<void> update_bus(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<EventBusProperties>(change.properties));
  // Empty values clear what the template no longer sets.
  api::UpdateEventBusRequest request;
  request.name = properties.name;
  request.description = properties.description.value_or("");
  request.kms_key_identifier = properties.kms_key_identifier.value_or("");
  request.dead_letter_config = properties.dead_letter_config.value_or(api::DeadLetterConfig{});
  request.log_config = properties.log_config.value_or(api::LogConfig{});
  ATHANOR_CHECK(events::update_event_bus(call, request));
  const bus::EventBus& bus = *call.works.rules.find_bus(change.resource.arn);
  ATHANOR_CHECK(set_tags(call, change.resource.arn, bus.tags, properties.tags));
  return change_bus_policy(call, bus.put, policies_before(change.before), properties.policy);
}

Result<void> remove_bus(engine::Call& call, const stack::StackResource& resource) {
  ATHANOR_CHECK(events::delete_event_bus(call, {resource.name}));
  return {};
}

// --- Policies of buses: each resource is one statement. Its name is "bus|statement id".

struct EventBusPolicyProperties {
  std::optional<std::string> event_bus_name;
  std::string statement_id;
  std::optional<std::string> statement, action, principal;
  std::optional<api::Condition> condition;

  static constexpr auto members() {
    using P = EventBusPolicyProperties;
    return Members{member("EventBusName", &P::event_bus_name),
                   member("StatementId", &P::statement_id, {.required = true}),
                   member("Statement", &P::statement, {.pattern = kAnyJson}),
                   member("Action", &P::action),
                   member("Principal", &P::principal),
                   member("Condition", &P::condition)};
  }
};

api::PutPermissionRequest permission_request(const EventBusPolicyProperties& properties) {
  api::PutPermissionRequest request;
  request.event_bus_name = properties.event_bus_name;
  request.statement_id = properties.statement_id;
  request.action = properties.action;
  request.principal = properties.principal;
  request.condition = properties.condition;
  return request;
}

Result<Identity> identify_bus_policy(const Naming&, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<EventBusPolicyProperties>(given));
  if (!properties.statement && !(properties.action && properties.principal)) {
    return invalid_input("#: required key [Statement] not found; or give Action and Principal");
  }
  if (properties.statement && !format::is_valid_json_object(*properties.statement)) {
    return invalid_input("#/Statement: expected type: JSONObject, found: String");
  }
  ATHANOR_CHECK(api::validate(permission_request(properties)));
  Identity identity;
  identity.name = fmt::format("{}|{}", properties.event_bus_name.value_or("default"), properties.statement_id);
  identity.physical_id = identity.name;
  return identity;
}

// The bus's policy; nullopt when there is no such bus, an empty document when it has none.
std::optional<JsonValue> policy_of(const engine::Call& call, std::string_view bus_name) {
  const auto* bus = call.works.rules.find_bus(events::bus_arn(call.caller, std::string{bus_name}));
  if (bus == nullptr) return std::nullopt;
  auto policy = format::parse_json(bus->put.policy);
  if (policy && policy->find("Statement") != nullptr) return std::move(*policy);
  return JsonValue::object({{"Version", JsonValue::of("2012-10-17")}, {"Statement", JsonValue::array()}});
}

bool has_sid(const JsonValue& statement, std::string_view sid) {
  const auto* found = statement.find("Sid");
  return found != nullptr && found->text == sid;
}

bool bus_policy_exists(const engine::Call& call, const stack::StackResource& resource) {
  const auto parts = split_name(resource.name);
  const auto policy = policy_of(call, parts.first);
  return policy && std::ranges::any_of(policy->find("Statement")->items,
                                       [&](const JsonValue& statement) { return has_sid(statement, parts.second); });
}

Result<void> put_bus_policy(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<EventBusPolicyProperties>(change.properties));
  api::PutPermissionRequest request = permission_request(properties);
  if (properties.statement) {
    auto policy = policy_of(call, properties.event_bus_name.value_or("default"));
    if (!policy) return not_found(fmt::format("Event bus {} does not exist.", *properties.event_bus_name));
    ATHANOR_TRY(statement, format::parse_json(*properties.statement));
    statement.set("Sid", JsonValue::of(properties.statement_id));
    auto& statements = policy->find("Statement")->items;
    std::erase_if(statements, [&](const JsonValue& other) { return has_sid(other, properties.statement_id); });
    statements.push_back(std::move(statement));
    request = {};
    request.event_bus_name = properties.event_bus_name;
    request.policy = format::print_json(*policy);
  }
  ATHANOR_CHECK(events::put_permission(call, request));
  return {};
}

Result<void> remove_bus_policy(engine::Call& call, const stack::StackResource& resource) {
  const auto [bus, sid] = split_name(resource.name);
  api::RemovePermissionRequest request;
  request.event_bus_name = std::string{bus};
  request.statement_id = std::string{sid};
  ATHANOR_CHECK(events::remove_permission(call, request));
  return {};
}

// --- Archives

struct ArchiveProperties {
  std::optional<std::string> archive_name;
  std::string source_arn;
  std::optional<std::string> description, event_pattern, kms_key_identifier;
  std::optional<std::int64_t> retention_days;

  static constexpr auto members() {
    using P = ArchiveProperties;
    return Members{member("ArchiveName", &P::archive_name),
                   member("SourceArn", &P::source_arn, {.required = true}),
                   member("Description", &P::description),
                   member("EventPattern", &P::event_pattern, {.pattern = kAnyJson}),
                   member("KmsKeyIdentifier", &P::kms_key_identifier),
                   member("RetentionDays", &P::retention_days)};
  }
};

api::CreateArchiveRequest archive_request(const ArchiveProperties& properties, const std::string& name) {
  api::CreateArchiveRequest request;
  request.archive_name = name;
  request.event_source_arn = properties.source_arn;
  request.description = properties.description;
  request.event_pattern = properties.event_pattern;
  request.retention_days = properties.retention_days;
  request.kms_key_identifier = properties.kms_key_identifier;
  return request;
}

Error cannot_move(std::string_view name) {
  return invalid_input(fmt::format(
      "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {} and update the "
      "stack again: an archive stays with its bus.",
      name));
}

// The bus of the archive as the last deploy left it; nullopt when unknown.
std::optional<std::string> source_before(const Naming& naming) {
  if (naming.before == nullptr || naming.before->is_amid_change()) return std::nullopt;
  const auto given = format::parse_json(naming.before->properties);
  const JsonValue* source = given ? given->find("SourceArn") : nullptr;
  return source == nullptr ? std::nullopt : std::optional{source->text};
}

Result<Identity> identify_archive(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<ArchiveProperties>(given));
  Identity identity;
  identity.name = naming.name(properties.archive_name, kArchiveNameMax);
  // With another bus it is a different archive.
  if (const auto before = source_before(naming); before && *before != properties.source_arn) {
    if (properties.archive_name == naming.before->name) return cannot_move(identity.name);
    identity.name = naming.made_anew().name(properties.archive_name, kArchiveNameMax);
  }
  ATHANOR_CHECK(api::validate(archive_request(properties, identity.name)));
  if (properties.event_pattern) ATHANOR_CHECK(pattern::parse_event_pattern(*properties.event_pattern));
  identity.physical_id = identity.name;
  identity.arn = events::archive_arn(naming.caller, identity.name);
  identity.attributes = {{"Arn", identity.arn}, {"ArchiveName", identity.name}};
  return identity;
}

bool archive_exists(const engine::Call& call, const stack::StackResource& resource) {
  return call.works.archives.find(resource.arn) != nullptr;
}

Result<void> create_archive(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<ArchiveProperties>(change.properties));
  ATHANOR_CHECK(events::create_archive(call, archive_request(properties, change.resource.name)));
  return {};
}

Result<void> update_archive(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<ArchiveProperties>(change.properties));
  if (call.works.archives.find(change.resource.arn)->put.bus_arn != properties.source_arn)
    return cannot_move(change.resource.name);
  api::UpdateArchiveRequest request;
  request.archive_name = change.resource.name;
  request.description = properties.description.value_or("");
  request.event_pattern = properties.event_pattern.value_or("");
  request.retention_days = properties.retention_days.value_or(0);
  request.kms_key_identifier = properties.kms_key_identifier.value_or("");
  ATHANOR_CHECK(events::update_archive(call, request));
  return {};
}

Result<void> remove_archive(engine::Call& call, const stack::StackResource& resource) {
  ATHANOR_CHECK(events::delete_archive(call, {resource.name}));
  return {};
}

// --- Rules

struct RuleProperties {
  std::optional<std::string> name, description, event_bus_name, event_pattern, schedule_expression, state, role_arn;
  std::optional<std::vector<api::Target>> targets;
  TagList tags;

  static constexpr auto members() {
    using P = RuleProperties;
    return Members{member("Name", &P::name),
                   member("Description", &P::description),
                   member("EventBusName", &P::event_bus_name),
                   member("EventPattern", &P::event_pattern, {.pattern = kAnyJson}),
                   member("ScheduleExpression", &P::schedule_expression),
                   member("State", &P::state),
                   member("RoleArn", &P::role_arn),
                   member("Targets", &P::targets),
                   member("Tags", &P::tags)};
  }
};

// For kinds of target to which nothing is delivered here. Source: AWS::Events::Rule, Target.
constexpr std::array<std::string_view, 8> kSkippedParameters = {
    "AppSyncParameters", "BatchParameters",        "EcsParameters",        "HttpParameters",
    "KinesisParameters", "RedshiftDataParameters", "RunCommandParameters", "SageMakerPipelineParameters"};

// Drops from targets what PutTargets would skip, too.
Result<RuleProperties> read_rule(JsonValue given) {
  for (auto& [name, targets] : given.members) {
    if (name != "Targets") continue;
    for (auto& target : targets.items) {
      std::erase_if(target.members, [](const auto& member) {
        return std::ranges::find(kSkippedParameters, member.first) != kSkippedParameters.end();
      });
    }
  }
  return read_properties<RuleProperties>(given);
}

api::PutRuleRequest rule_request(const RuleProperties& properties, const std::string& name) {
  api::PutRuleRequest request;
  request.name = name;
  request.schedule_expression = properties.schedule_expression;
  request.event_pattern = properties.event_pattern;
  request.state = properties.state;
  request.description = properties.description;
  request.role_arn = properties.role_arn;
  request.tags = properties.tags;
  request.event_bus_name = properties.event_bus_name;
  return request;
}

api::PutTargetsRequest targets_request(const RuleProperties& properties, const std::string& name) {
  api::PutTargetsRequest request;
  request.rule = name;
  request.event_bus_name = properties.event_bus_name;
  request.targets = properties.targets.value_or(std::vector<api::Target>{});
  return request;
}

Result<Identity> identify_rule(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_rule(given));
  Identity identity;
  identity.name = naming.name(properties.name, kRuleNameMax);
  ATHANOR_CHECK(api::validate(rule_request(properties, identity.name)));
  if (!properties.event_pattern && !properties.schedule_expression) {
    return invalid_input("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (properties.event_pattern) ATHANOR_CHECK(pattern::parse_event_pattern(*properties.event_pattern));
  const auto targets = targets_request(properties, identity.name);
  if (!targets.targets.empty()) ATHANOR_CHECK(api::validate(targets));
  if (targets.targets.size() > limits::kTargetsPerRule) {
    return invalid_input(fmt::format("#/Targets: {} targets, but a rule can have at most {}", targets.targets.size(),
                                     limits::kTargetsPerRule));
  }
  for (auto at = targets.targets.begin(); at != targets.targets.end(); ++at) {
    if (std::ranges::find(at + 1, targets.targets.end(), at->id, &api::Target::id) != targets.targets.end()) {
      return invalid_input(fmt::format("#/Targets: two targets have the Id {}", at->id));
    }
    ATHANOR_CHECK(events::check_target(*at));
  }
  const std::string bus_arn = events::bus_arn(naming.caller, properties.event_bus_name);
  ATHANOR_CHECK(events::check_region(naming.caller, bus_arn));
  if (properties.schedule_expression) ATHANOR_CHECK(events::check_schedule(*properties.schedule_expression, bus_arn));
  const auto bus_name = events::bus_name(bus_arn);
  identity.arn = events::rule_arn(bus_arn, identity.name);
  // Source: AWS::Events::Rule, return values: on a custom bus Ref returns "bus|rule".
  identity.physical_id = bus_name == "default" ? identity.name : fmt::format("{}|{}", bus_name, identity.name);
  identity.attributes = {{"Arn", identity.arn}};
  return identity;
}

bool rule_exists(const engine::Call& call, const stack::StackResource& resource) {
  return call.works.rules.find_rule(resource.arn) != nullptr;
}

Result<void> put_targets(engine::Call& call, const RuleProperties& properties, const std::string& name) {
  const auto request = targets_request(properties, name);
  if (request.targets.empty()) return {};
  ATHANOR_TRY(response, events::put_targets(call, request));
  if (response.failed_entries.empty()) return {};
  const auto& failed = response.failed_entries.front();
  return invalid_input(
      fmt::format("target {}: {}", failed.target_id.value_or(""), failed.error_message.value_or("refused")));
}

Result<void> create_rule(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_rule(change.properties));
  ATHANOR_CHECK(events::put_rule(call, rule_request(properties, change.resource.name)));
  return put_targets(call, properties, change.resource.name);
}

Result<void> remove_targets(engine::Call& call, const bus::Rule& rule, const std::vector<api::Target>& kept) {
  api::RemoveTargetsRequest request;
  request.rule = rule.put.name;
  request.event_bus_name = rule.put.bus_arn;
  for (const auto& [id, target] : rule.targets) {
    if (std::ranges::find(kept, id, &api::Target::id) == kept.end()) request.ids.push_back(id);
  }
  if (!request.ids.empty()) ATHANOR_CHECK(events::remove_targets(call, request));
  return {};
}

Result<void> update_rule(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_rule(change.properties));
  ATHANOR_CHECK(events::put_rule(call, rule_request(properties, change.resource.name)));
  const bus::Rule& rule = *call.works.rules.find_rule(change.resource.arn);
  ATHANOR_CHECK(set_tags(call, change.resource.arn, rule.tags, properties.tags));
  // Before adding the new ones, so that a rule that swaps all its targets never exceeds the limit.
  ATHANOR_CHECK(remove_targets(call, rule, properties.targets.value_or(std::vector<api::Target>{})));
  return put_targets(call, properties, change.resource.name);
}

Result<void> remove_rule(engine::Call& call, const stack::StackResource& resource) {
  const bus::Rule* rule = call.works.rules.find_rule(resource.arn);
  if (rule == nullptr) return {};
  ATHANOR_CHECK(remove_targets(call, *rule, {}));
  api::DeleteRuleRequest request;
  request.name = resource.name;
  request.event_bus_name = rule->put.bus_arn;
  ATHANOR_CHECK(events::delete_rule(call, request));
  return {};
}

constexpr std::array<ResourceKind, 4> kKinds = {{{.type = "AWS::Events::EventBus",
                                                  .identify = identify_bus,
                                                  .exists = bus_exists,
                                                  .create = create_bus,
                                                  .update = update_bus,
                                                  .remove = remove_bus},
                                                 {.type = "AWS::Events::EventBusPolicy",
                                                  .identify = identify_bus_policy,
                                                  .exists = bus_policy_exists,
                                                  .create = put_bus_policy,
                                                  .update = put_bus_policy,
                                                  .remove = remove_bus_policy},
                                                 {.type = "AWS::Events::Archive",
                                                  .identify = identify_archive,
                                                  .exists = archive_exists,
                                                  .create = create_archive,
                                                  .update = update_archive,
                                                  .remove = remove_archive},
                                                 {.type = "AWS::Events::Rule",
                                                  .identify = identify_rule,
                                                  .exists = rule_exists,
                                                  .create = create_rule,
                                                  .update = update_rule,
                                                  .remove = remove_rule}}};

}  // namespace

std::span<const ResourceKind> event_kinds() { return kKinds; }

}  // namespace athanor::service::athanor
