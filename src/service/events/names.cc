#include "service/events/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>

#include "api/arn.h"
#include "api/validate.h"
#include "base/text.h"
#include "service/tags.h"

namespace athanor::service::events {

std::string bus_arn(const engine::Caller& caller, const std::optional<std::string>& name_or_arn) {
  const std::string_view name = name_or_arn ? std::string_view{*name_or_arn} : std::string_view{"default"};
  if (name.starts_with("arn:")) return std::string{name};
  return api::make_arn("events", caller.region, caller.account, fmt::format("event-bus/{}", name));
}

std::string_view bus_name(std::string_view arn) { return api::arn_name(arn, "event-bus"); }

std::string rule_arn_prefix(std::string_view arn) {
  const auto parsed = api::parse_arn(arn);
  const std::string_view name = bus_name(arn);
  if (!parsed || name.empty()) return {};
  const std::string resource = name == "default" ? std::string{"rule/"} : fmt::format("rule/{}/", name);
  return api::make_arn("events", parsed->region, parsed->account, resource);
}

std::string rule_arn(std::string_view arn, std::string_view rule_name) {
  return rule_arn_prefix(arn) + std::string{rule_name};
}

std::string archive_arn(const engine::Caller& caller, std::string_view name) {
  return api::make_arn("events", caller.region, caller.account, fmt::format("archive/{}", name));
}

std::string replay_arn(const engine::Caller& caller, std::string_view name) {
  return api::make_arn("events", caller.region, caller.account, fmt::format("replay/{}", name));
}

Result<void> check_region(const engine::Caller& caller, std::string_view arn) {
  const auto parsed = api::parse_arn(arn);
  if (!parsed || parsed->region == caller.region) return {};
  return invalid_input("Cross-region API call is not allowed.");
}

Result<const bus::EventBus*> find_bus(const engine::Call& call, std::string_view arn) {
  ATHANOR_CHECK(check_region(call.caller, arn));
  const bus::EventBus* bus = call.works.rules.find_bus(arn);
  if (bus == nullptr) {
    const std::string_view name = bus_name(arn);
    return not_found(fmt::format("Event bus {} does not exist.", name.empty() ? arn : name));
  }
  return bus;
}

Result<const bus::Rule*> find_rule(const engine::Call& call, std::string_view arn, std::string_view rule_name) {
  ATHANOR_CHECK(find_bus(call, arn));
  const bus::Rule* rule = call.works.rules.find_rule(rule_arn(arn, rule_name));
  if (rule == nullptr)
    return not_found(fmt::format("Rule {} does not exist on EventBus {}.", rule_name, bus_name(arn)));
  return rule;
}

Error too_many() {
  return {ErrorCode::LimitExceeded, "The requested resource exceeds the maximum number allowed.", {}};
}

Result<void> check_each(const std::vector<std::string>& texts, std::string_view path, const base::Constraints& each) {
  const auto is_good = [&](const std::string& text) {
    const auto length = static_cast<std::int64_t>(base::utf8_length(text));
    return length >= each.length_min && length <= each.length_max &&
           (each.pattern.empty() || api::matches_pattern(text, each.pattern));
  };
  if (std::ranges::all_of(texts, is_good)) return {};
  std::string wanted = fmt::format("Member must have length less than or equal to {}", each.length_max);
  if (each.length_min > 0)
    wanted += fmt::format(", Member must have length greater than or equal to {}", each.length_min);
  if (!each.pattern.empty())
    wanted += fmt::format(", Member must satisfy regular expression pattern: {}", each.pattern);
  return api::violation(fmt::format("'[{}]'", fmt::join(texts, ", ")), path,
                        fmt::format("Member must satisfy constraint: [{}]", wanted));
}

Result<bus::Tags> with_tags(bus::Tags tags, const std::vector<api::Tag>& added) {
  bus::Tags wanted;
  for (const api::Tag& tag : added) wanted[tag.key] = tag.value;
  ATHANOR_CHECK(check_tags(wanted, tags));
  wanted.merge(tags);
  return wanted;
}

}  // namespace athanor::service::events
