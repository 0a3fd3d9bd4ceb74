#include "service/athanor/resource_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "stack/nearest.h"

namespace athanor::service::athanor {
namespace {

constexpr std::size_t kRandomLetters = 12;  // as in CloudFormation

std::string random_letters(base::Random& random) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string letters;
  for (std::size_t i = 0; i < kRandomLetters; ++i) letters += kLetters[random.below(kLetters.size())];
  return letters;
}

std::string make_up(const Naming& naming, std::size_t length_max, std::string_view suffix) {
  const std::size_t room = length_max - kRandomLetters - suffix.size() - 1;
  std::string front = fmt::format("{}-{}", naming.stack_name, naming.logical_id);
  if (front.size() > room) {
    // The logical id says more than the stack's name, which is cut first.
    const auto logical_id = naming.logical_id.substr(0, room * 2 / 3);
    front = fmt::format("{}-{}", naming.stack_name.substr(0, room - logical_id.size() - 1), logical_id);
  }
  return fmt::format("{}-{}{}", front, random_letters(naming.random), suffix);
}

bool covers(std::string_view kind, std::string_view type) {
  return kind.ends_with('*') ? type.starts_with(kind.substr(0, kind.size() - 1)) : kind == type;
}

}  // namespace

std::string Naming::name(const std::optional<std::string>& given, std::size_t length_max,
                         std::string_view suffix) const {
  if (given) return *given;
  if (before != nullptr && !before->name.empty()) return before->name;
  return make_up(*this, length_max, suffix);
}

std::string Naming::made_up_id(std::size_t length_max) const {
  return before != nullptr ? before->physical_id : make_up(*this, length_max, {});
}

// Types that exist on AWS, so no typos. Source: CloudFormation's template reference.
constexpr std::array<std::string_view, 17> kNotSupported = {"AWS::CloudWatch::CompositeAlarm",
                                                            "AWS::CloudWatch::Dashboard",
                                                            "AWS::Events::ApiDestination",
                                                            "AWS::Events::Connection",
                                                            "AWS::Events::Endpoint",
                                                            "AWS::Lambda::Alias",
                                                            "AWS::Lambda::CapacityProvider",
                                                            "AWS::Lambda::CodeSigningConfig",
                                                            "AWS::Lambda::EventSourceMapping",
                                                            "AWS::Lambda::LayerVersion",
                                                            "AWS::Lambda::LayerVersionPermission",
                                                            "AWS::Lambda::Url",
                                                            "AWS::Lambda::Version",
                                                            "AWS::Logs::LogStream",
                                                            "AWS::SQS::QueueInlinePolicy",
                                                            "AWS::Scheduler::Schedule",
                                                            "AWS::Scheduler::ScheduleGroup"};

Result<const ResourceKind*> find_kind(std::string_view type) {
  std::vector<std::string_view> types;
  for (const auto kinds : {event_kinds(), queue_kinds(), function_kinds(), recorded_kinds()}) {
    for (const auto& kind : kinds) {
      if (covers(kind.type, type)) return &kind;
      types.push_back(kind.type);
    }
  }
  if (std::ranges::find(kNotSupported, type) != kNotSupported.end()) {
    return invalid_input(fmt::format("Template format error: {} is not supported", type));
  }
  return invalid_input(fmt::format("Template format error: Unrecognized resource types: [{}]{}", type,
                                   stack::did_you_mean(type, types)));
}

std::pair<std::string_view, std::string_view> split_name(std::string_view name) {
  const auto bar = name.find('|');
  if (bar == std::string_view::npos) return {name, {}};
  return {name.substr(0, bar), name.substr(bar + 1)};
}

std::map<std::string, std::string> tags_of(const TagList& list) {
  std::map<std::string, std::string> tags;
  for (const auto& tag : list.value_or(std::vector<api::Tag>{})) tags[tag.key] = tag.value;
  return tags;
}

TagChange tag_change(const std::map<std::string, std::string>& before,
                     const std::map<std::string, std::string>& after) {
  TagChange change;
  for (const auto& [key, value] : after) {
    const auto found = before.find(key);
    if (found == before.end() || found->second != value) change.set[key] = value;
  }
  for (const auto& [key, value] : before) {
    if (!after.contains(key)) change.removed.push_back(key);
  }
  return change;
}

}  // namespace athanor::service::athanor
