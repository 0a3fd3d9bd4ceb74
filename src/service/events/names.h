// Converts names of buses, rules, archives and replays, as callers give them, to ARNs and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/events_buses.h"
#include "base/describe.h"
#include "base/result.h"
#include "bus/rule_book.h"
#include "engine/call.h"
#include "service/page_token.h"

namespace athanor::service::events {

// The ARN of the bus given as "orders", as an ARN, or not at all (the default bus).
std::string bus_arn(const engine::Caller& caller, const std::optional<std::string>& name_or_arn);
std::string_view bus_name(std::string_view bus_arn);

// "rule/NAME" on the default bus, "rule/BUS/NAME" elsewhere.
std::string rule_arn(std::string_view bus_arn, std::string_view rule_name);
// The prefix of the ARNs of all rules of a bus. That of the default bus is also a prefix of other buses' rule ARNs.
std::string rule_arn_prefix(std::string_view bus_arn);

std::string archive_arn(const engine::Caller& caller, std::string_view name);
std::string replay_arn(const engine::Caller& caller, std::string_view name);

// Checks that the ARN is in the caller's region. Source of the wording: AWS's responses, as reported by its clients.
// Another account is no error: its policy may allow the call, and policies are not enforced here.
Result<void> check_region(const engine::Caller& caller, std::string_view arn);
// The bus, or AWS's not-found error; InvalidInput for a bus in another region.
Result<const bus::EventBus*> find_bus(const engine::Call& call, std::string_view bus_arn);
Result<const bus::Rule*> find_rule(const engine::Call& call, std::string_view bus_arn, std::string_view rule_name);

// The error when a service limit is exceeded, in AWS's words.
Error too_many();

// Checks each string in the list at `path` against the model's constraints, which a struct's description cannot
// express. Errors are in AWS's words.
Result<void> check_each(const std::vector<std::string>& texts, std::string_view path, const base::Constraints& each);

// `tags` together with those that a request adds, or why a resource may not carry them all.
Result<bus::Tags> with_tags(bus::Tags tags, const std::vector<api::Tag>& added);

// The page of `items` that `request` asks for, each converted by `shown`; `items` are ordered by name. InvalidInput
// when the request's token does not belong to this list. Source of the wording: AWS's responses, as reported by its
// clients.
template <class Op>
Result<typename Op::Response> page_of(PagedList list, const typename Op::Request& request, const auto& items,
                                      const auto& name, const auto& shown) {
  const auto before = name_before_page(list, request.next_token);
  if (!before) return invalid_input("Parameter NextToken is not valid.");
  const auto count_max = static_cast<std::size_t>(request.limit.value_or(100));
  typename Op::Response response;
  auto& [page, next_token] = response;
  next_token = show_page(list, *before, count_max, items, name, [&](const auto& item) { page.push_back(shown(item)); });
  return response;
}

}  // namespace athanor::service::events
