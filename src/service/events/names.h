// Names of buses, rules, archives and replays, as callers give them, to ARNs and back.
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

// "orders", or an ARN, or nothing (the default bus), to the bus's ARN.
std::string bus_arn(const engine::Caller& caller, const std::optional<std::string>& name_or_arn);
std::string_view bus_name(std::string_view bus_arn);

// "rule/NAME" on the default bus, "rule/BUS/NAME" elsewhere.
std::string rule_arn(std::string_view bus_arn, std::string_view rule_name);
// What the ARNs of all rules of a bus begin with. On the default bus also those of other buses do.
std::string rule_arn_prefix(std::string_view bus_arn);

std::string archive_arn(const engine::Caller& caller, std::string_view name);
std::string replay_arn(const engine::Caller& caller, std::string_view name);

// That the ARN is of the caller's region. Source of the words: answers of AWS, as its clients report them. Another
// account's is no error: its policy may allow the call, and here policies are not enforced.
Result<void> check_region(const engine::Caller& caller, std::string_view arn);
// The bus, or AWS's not-found error; one of another region is InvalidInput.
Result<const bus::EventBus*> find_bus(const engine::Call& call, std::string_view bus_arn);
Result<const bus::Rule*> find_rule(const engine::Call& call, std::string_view bus_arn, std::string_view rule_name);

// A limit of the service, in AWS's words.
Error too_many();

// What the model says of each text in the list at `path`, which a description cannot carry. In AWS's words.
Result<void> check_each(const std::vector<std::string>& texts, std::string_view path, const base::Constraints& each);

// `tags` with those that a request brings, or why a resource may not carry them all.
Result<bus::Tags> with_tags(bus::Tags tags, const std::vector<api::Tag>& added);

// The page that `request` asks for of `items`, which are in order of their names; each as `shown` shows it.
// InvalidInput when the request's token is none of this list's. Source of the words: answers of AWS, as its clients
// report them.
template <class Op>
Result<typename Op::Response> page_of(PagedList list, const typename Op::Request& request, const auto& items,
                                      const auto& name, const auto& shown) {
  const auto before = name_before_page(list, request.next_token);
  if (!before) return invalid_input("Parameter NextToken is not valid.");
  const auto count_max = static_cast<std::size_t>(request.limit.value_or(100));
  typename Op::Response response;
  auto& [page, next_token] = response;
  std::string_view last;
  for (const auto& item : items) {
    if (name(item) <= *before) continue;
    if (page.size() == count_max) {
      next_token = page_token(list, last);
      break;
    }
    last = name(item);
    page.push_back(shown(item));
  }
  return response;
}

}  // namespace athanor::service::events
