#include "service/events/event_buses.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/arn.h"
#include "auth/resource_policy.h"
#include "base/limits.h"
#include "bus/rule_book.h"
#include "format/json.h"
#include "service/events/names.h"
#include "service/unless_empty.h"

namespace athanor::service::events {
namespace {

constexpr base::Constraints kTagKey{.length_min = 1,
                                    .length_max = limits::kTagKeyCharacters};  // Source: service model, TagKey

using format::JsonValue;

// Source: EventBridge API Reference, PutPermission.
constexpr std::size_t kPolicyBytes = 10'240;

Error policy_too_long() {
  return {
      ErrorCode::PolicyTooLong, fmt::format("The policy of an event bus may have at most {} bytes.", kPolicyBytes), {}};
}

std::optional<api::DeadLetterConfig> dead_letter_config(const std::string& arn) {
  if (arn.empty()) return std::nullopt;
  return api::DeadLetterConfig{arn};
}

std::optional<api::LogConfig> log_config(const bus::EventBusPut& put) {
  if (put.log_include_detail.empty() && put.log_level.empty()) return std::nullopt;
  return api::LogConfig{unless_empty(put.log_include_detail), unless_empty(put.log_level)};
}

void set_log_config(bus::EventBusPut& put, const api::LogConfig& config) {
  put.log_include_detail = config.include_detail.value_or("");
  put.log_level = config.level.value_or("");
}

bool is_default(std::string_view arn) { return bus_name(arn) == "default"; }

// The bus as a record that can be put again; the default bus has none before its first change.
bus::EventBusPut put_of(const bus::EventBus& bus, std::string_view arn, base::Time now) {
  bus::EventBusPut put = bus.put;
  put.arn = arn;
  put.name = bus_name(arn);
  put.modified = now;
  return put;
}

// The tags of the bus or rule; its own not-found error otherwise.
Result<bus::Tags> tags_of(const engine::Call& call, const std::string& arn) {
  const auto parsed = api::parse_arn(arn);
  if (!parsed || parsed->service != "events")
    return invalid_input("Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.");
  ATHANOR_CHECK(check_region(call.caller, arn));
  if (parsed->resource.starts_with("rule/")) {
    const bus::Rule* rule = call.works.rules.find_rule(arn);
    if (rule != nullptr) return rule->tags;
    const auto parts = parsed->resource.substr(5);
    const auto slash = parts.find('/');
    return not_found(fmt::format("Rule {} does not exist on EventBus {}.",
                                 parts.substr(slash == std::string_view::npos ? 0 : slash + 1),
                                 slash == std::string_view::npos ? "default" : parts.substr(0, slash)));
  }
  if (!parsed->resource.starts_with("event-bus/"))
    return invalid_input("Parameter ResourceARN is not valid. Reason: Only rules and event buses have tags.");
  ATHANOR_TRY(bus, find_bus(call, arn));
  return bus->tags;
}

// A policy with the statement of that Sid replaced or added, or removed when `statement` is nullptr.
Result<std::string> changed_policy(const std::string& policy, const std::string& sid, const JsonValue* statement) {
  JsonValue document = JsonValue::object({{"Version", JsonValue::of("2012-10-17")}});
  if (!policy.empty()) {
    if (auto parsed = format::parse_json(policy)) document = *std::move(parsed);
  }
  if (document.find("Statement") == nullptr) document.set("Statement", JsonValue::array());
  JsonValue* statements = document.find("Statement");
  if (!statements->is_array()) return invalid_input("The policy of this bus has no list of statements.");
  const auto before = statements->items.size();
  std::erase_if(statements->items,
                [&](const JsonValue& s) { return s.find("Sid") != nullptr && s.find("Sid")->text == sid; });
  if (statement != nullptr)
    statements->items.push_back(*statement);
  else if (before == statements->items.size())
    return not_found("Statement with the provided id does not exist.");
  return statements->items.empty() ? std::string{} : format::print_json(document);
}

// The policy of PutPermission's Policy.
Result<std::string> whole_policy(const std::string& given) {
  if (given.size() > kPolicyBytes) return policy_too_long();
  auto policy = auth::parse_resource_policy(given);
  if (!policy) return invalid_input(fmt::format("Parameter Policy is not valid. Reason: {}", policy.error().message));
  // A single statement need not be in a list (IAM User Guide, policy elements); kept as one, so that others can be
  // added.
  JsonValue* statement = policy->find("Statement");
  if (statement == nullptr || !statement->is_object()) return given;
  *statement = JsonValue::array({*statement});
  return format::print_json(*policy);
}

// The statement of PutPermission's other parameters, about the bus `arn`.
Result<JsonValue> statement_of(const api::PutPermissionRequest& request, const std::string& arn) {
  if (!request.action || !request.principal || !request.statement_id)
    return invalid_input("Parameters Action, Principal and StatementId must be specified, or Policy.");
  if (*request.action != "events:PutEvents")
    return invalid_input("Provided value in parameter 'action' is not supported.");
  // Source: EventBridge API Reference, Condition; the wording is ours.
  const auto& condition = request.condition;
  if (condition &&
      (condition->type != "StringEquals" || condition->key != "aws:PrincipalOrgID" || condition->value.empty()))
    return invalid_input("Provided value in parameter 'condition' is not supported.");
  JsonValue principal = JsonValue::of("*");
  if (*request.principal != "*")
    principal = JsonValue::object({{"AWS", JsonValue::of(fmt::format("arn:aws:iam::{}:root", *request.principal))}});
  JsonValue statement = JsonValue::object({{"Sid", JsonValue::of(*request.statement_id)},
                                           {"Effect", JsonValue::of("Allow")},
                                           {"Principal", std::move(principal)},
                                           {"Action", JsonValue::of(*request.action)},
                                           {"Resource", JsonValue::of(arn)}});
  if (condition) {
    statement.set(
        "Condition",
        JsonValue::object({{condition->type, JsonValue::object({{condition->key, JsonValue::of(condition->value)}})}}));
  }
  return statement;
}

}  // namespace

Result<api::CreateEventBusResponse> create_event_bus(engine::Call& call, const api::CreateEventBusRequest& request) {
  if (request.name == "default") return Error{ErrorCode::AlreadyExists, "Event bus default already exists.", {}};
  if (request.name.find('/') != std::string::npos) return invalid_input("Event bus name must not contain '/'.");
  const std::string arn = bus_arn(call.caller, request.name);
  if (call.works.rules.find_bus(arn) != nullptr)
    return Error{ErrorCode::AlreadyExists, fmt::format("Event bus {} already exists.", request.name), {}};
  // The default bus has an entry from its first change on, but does not count towards the limit.
  const auto buses = call.works.rules.buses(bus_arn(call.caller, ""));
  const auto made = std::ranges::count_if(buses, [](const bus::EventBus* bus) { return !is_default(bus->put.arn); });
  if (static_cast<std::size_t>(made) >= limits::kBusesPerRegion) return too_many();
  ATHANOR_TRY(tags, with_tags({}, request.tags.value_or(std::vector<api::Tag>{})));
  bus::EventBusPut put{
      .arn = arn,
      .name = request.name,
      .description = request.description.value_or(""),
      .policy = {},
      .dead_letter_arn = request.dead_letter_config ? request.dead_letter_config->arn.value_or("") : "",
      .kms_key_identifier = request.kms_key_identifier.value_or(""),
      .created = call.now,
      .modified = call.now};
  if (request.log_config) set_log_config(put, *request.log_config);
  call.journal.write(put);
  if (!tags.empty()) call.journal.write(bus::TagsPut{arn, std::move(tags)});
  return api::CreateEventBusResponse{.event_bus_arn = arn,
                                     .description = request.description,
                                     .kms_key_identifier = request.kms_key_identifier,
                                     .dead_letter_config = request.dead_letter_config,
                                     .log_config = request.log_config};
}

Result<api::DescribeEventBusResponse> describe_event_bus(engine::Call& call,
                                                         const api::DescribeEventBusRequest& request) {
  const std::string arn = bus_arn(call.caller, request.name);
  ATHANOR_TRY(bus, find_bus(call, arn));
  const bus::EventBusPut put = put_of(*bus, arn, bus->put.modified);
  return api::DescribeEventBusResponse{.name = put.name,
                                       .arn = arn,
                                       .description = unless_empty(put.description),
                                       .kms_key_identifier = unless_empty(put.kms_key_identifier),
                                       .dead_letter_config = dead_letter_config(put.dead_letter_arn),
                                       .policy = unless_empty(put.policy),
                                       .log_config = log_config(put),
                                       .creation_time = put.created,
                                       .last_modified_time = put.modified};
}

Result<api::UpdateEventBusResponse> update_event_bus(engine::Call& call, const api::UpdateEventBusRequest& request) {
  const std::string arn = bus_arn(call.caller, request.name);
  ATHANOR_TRY(bus, find_bus(call, arn));
  bus::EventBusPut put = put_of(*bus, arn, call.now);
  if (request.description) put.description = *request.description;
  if (request.kms_key_identifier) put.kms_key_identifier = *request.kms_key_identifier;
  if (request.dead_letter_config) put.dead_letter_arn = request.dead_letter_config->arn.value_or("");
  if (request.log_config) set_log_config(put, *request.log_config);
  call.journal.write(put);
  return api::UpdateEventBusResponse{.arn = arn,
                                     .name = put.name,
                                     .kms_key_identifier = unless_empty(put.kms_key_identifier),
                                     .description = unless_empty(put.description),
                                     .dead_letter_config = dead_letter_config(put.dead_letter_arn),
                                     .log_config = log_config(put)};
}

Result<api::ListEventBusesResponse> list_event_buses(engine::Call& call, const api::ListEventBusesRequest& request) {
  const std::string arn_prefix = bus_arn(call.caller, "");
  const std::string prefix = request.name_prefix.value_or("");
  // The default bus has an entry from its first change on.
  using Named = std::pair<std::string_view, const bus::EventBus*>;
  std::vector<Named> buses{{"default", call.works.rules.find_bus(bus_arn(call.caller, std::nullopt))}};
  for (const bus::EventBus* bus : call.works.rules.buses(arn_prefix)) {
    if (!is_default(bus->put.arn)) buses.emplace_back(bus->put.name, bus);
  }
  std::erase_if(buses, [&](const Named& bus) { return !bus.first.starts_with(prefix); });
  std::ranges::sort(buses);
  const auto shown = [&](const Named& named) {
    const auto& [name, bus] = named;
    return api::EventBus{.name = std::string{name},
                         .arn = bus_arn(call.caller, std::string{name}),
                         .description = unless_empty(bus->put.description),
                         .policy = unless_empty(bus->put.policy),
                         .creation_time = bus->put.created,
                         .last_modified_time = bus->put.modified};
  };
  return page_of<api::ListEventBuses>(
      {api::ListEventBuses::info.name, arn_prefix, prefix}, request, buses, [](const Named& bus) { return bus.first; },
      shown);
}

Result<api::NoResponse> delete_event_bus(engine::Call& call, const api::DeleteEventBusRequest& request) {
  const std::string arn = bus_arn(call.caller, request.name);
  if (is_default(arn)) return invalid_input("Cannot delete event bus default.");
  ATHANOR_TRY(bus, find_bus(call, arn));
  if (bus->rule_count > 0) return invalid_input("EventBus can't be deleted since it has rules.");
  call.journal.write(bus::EventBusDeleted{arn});
  return api::NoResponse{};
}

Result<api::NoResponse> put_permission(engine::Call& call, const api::PutPermissionRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_TRY(bus, find_bus(call, arn));
  bus::EventBusPut put = put_of(*bus, arn, call.now);
  if (request.policy) {
    ATHANOR_TRY(policy, whole_policy(*request.policy));
    put.policy = std::move(policy);
  } else {
    ATHANOR_TRY(statement, statement_of(request, arn));
    ATHANOR_TRY(policy, changed_policy(put.policy, *request.statement_id, &statement));
    put.policy = std::move(policy);
  }
  if (put.policy.size() > kPolicyBytes) return policy_too_long();
  call.journal.write(put);
  return api::NoResponse{};
}

Result<api::NoResponse> remove_permission(engine::Call& call, const api::RemovePermissionRequest& request) {
  const std::string arn = bus_arn(call.caller, request.event_bus_name);
  ATHANOR_TRY(bus, find_bus(call, arn));
  bus::EventBusPut put = put_of(*bus, arn, call.now);
  if (request.remove_all_permissions.value_or(false)) {
    put.policy.clear();
  } else {
    ATHANOR_TRY(policy, changed_policy(put.policy, request.statement_id.value_or(""), nullptr));
    put.policy = std::move(policy);
  }
  call.journal.write(put);
  return api::NoResponse{};
}

Result<api::TagResourceResponse> tag_resource(engine::Call& call, const api::TagResourceRequest& request) {
  ATHANOR_TRY(before, tags_of(call, request.resource_arn));
  ATHANOR_TRY(tags, with_tags(std::move(before), request.tags));
  call.journal.write(bus::TagsPut{request.resource_arn, tags});
  return api::TagResourceResponse{};
}

Result<api::UntagResourceResponse> untag_resource(engine::Call& call, const api::UntagResourceRequest& request) {
  ATHANOR_CHECK(check_each(request.tag_keys, "tagKeys", kTagKey));
  ATHANOR_TRY(tags, tags_of(call, request.resource_arn));
  for (const std::string& key : request.tag_keys) tags.erase(key);
  call.journal.write(bus::TagsPut{request.resource_arn, tags});
  return api::UntagResourceResponse{};
}

Result<api::ListTagsForResourceResponse> list_tags_for_resource(engine::Call& call,
                                                                const api::ListTagsForResourceRequest& request) {
  ATHANOR_TRY(tags, tags_of(call, request.resource_arn));
  api::ListTagsForResourceResponse response;
  for (const auto& [key, value] : tags) response.tags.push_back({key, value});
  return response;
}

}  // namespace athanor::service::events
