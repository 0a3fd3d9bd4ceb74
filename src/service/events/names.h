// Names of buses, rules, archives and replays, as callers give them, to ARNs and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/rule_book.h"
#include "engine/call.h"

namespace athanor::service::events {

// "orders", or an ARN, or nothing (the default bus), to the bus's ARN.
std::string bus_arn(const engine::Caller& caller, const std::optional<std::string>& name_or_arn);
std::string_view bus_name(std::string_view bus_arn);

// "rule/NAME" on the default bus, "rule/BUS/NAME" elsewhere.
std::string rule_arn(std::string_view bus_arn, std::string_view rule_name);
// What the ARNs of all rules of a bus begin with. On the default bus also those of other buses do: see is_rule_of.
std::string rule_arn_prefix(std::string_view bus_arn);

std::string archive_arn(const engine::Caller& caller, std::string_view name);
std::string replay_arn(const engine::Caller& caller, std::string_view name);

// The bus, or AWS's not-found error.
Result<const bus::EventBus*> find_bus(const engine::Call& call, std::string_view bus_arn);
Result<const bus::Rule*> find_rule(const engine::Call& call, std::string_view bus_arn, std::string_view rule_name);

// One page of a sorted list: `limit` items behind the one that `token` names. `next_token` is set when more follow.
template <class Item, class Name>
std::vector<Item> page_of(std::vector<Item> items, const std::optional<std::int64_t>& limit,
                          const std::optional<std::string>& token, std::optional<std::string>& next_token, Name name) {
  std::vector<Item> page;
  const auto count_max = static_cast<std::size_t>(limit.value_or(100));
  for (Item& item : items) {
    if (token && name(item) <= *token) continue;
    if (page.size() == count_max) {
      next_token = std::string{name(page.back())};
      break;
    }
    page.push_back(std::move(item));
  }
  return page;
}

}  // namespace athanor::service::events
