#include "pattern/reference_matcher.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace athanor::pattern {
namespace {

using Elements = std::map<std::uint32_t, std::uint32_t>;  // array to element

// Both choices of elements together, unless they want two elements of one array.
std::optional<Elements> combine(const Elements& chosen, const Field& field) {
  Elements both = chosen;
  for (const auto& [array, element] : field.elements) {
    const auto [it, is_new] = both.emplace(array, element);
    if (!is_new && it->second != element) return std::nullopt;
  }
  return both;
}

bool matches(const Alternative& alternative, const Fields& fields) {
  // All ways of choosing array elements that satisfy the paths so far. Equal ways are kept once.
  std::set<Elements> ways{{}};
  for (const auto& [path, conditions] : alternative) {
    const auto found = fields.find(path);
    std::set<Elements> next;
    for (const Condition& condition : conditions) {
      if (condition.kind == Condition::Kind::Absent) {
        if (found == fields.end()) next.insert(ways.begin(), ways.end());
        continue;
      }
      if (found == fields.end()) continue;
      for (const Field& field : found->second) {
        if (!condition.accepts(field.value)) continue;
        for (const Elements& way : ways) {
          if (auto both = combine(way, field)) next.insert(*std::move(both));
        }
      }
    }
    if (next.empty()) return false;
    ways = std::move(next);
  }
  return true;
}

}  // namespace

bool matches(const EventPattern& pattern, const Fields& fields) {
  return std::any_of(pattern.alternatives().begin(), pattern.alternatives().end(),
                     [&](const Alternative& alternative) { return matches(alternative, fields); });
}

bool matches(const EventPattern& pattern, const Envelope& event) {
  return matches(pattern, flatten(event, wanted_paths(pattern)));
}

WantedPaths wanted_paths(const EventPattern& pattern) {
  WantedPaths wanted;
  for (const Alternative& alternative : pattern.alternatives()) {
    for (const auto& [path, conditions] : alternative) wanted.add(path);
  }
  return wanted;
}

Result<bool> test_event_pattern(std::string_view pattern_text, std::string_view event) {
  ATHANOR_TRY(pattern, parse_event_pattern(pattern_text));
  const Error invalid = invalid_input("Parameter Event is not valid.");
  const auto tree = format::parse_json(event);
  if (!tree || !tree->is_object()) return invalid;
  for (const char* name : {"id", "account", "source", "time", "region", "detail-type"}) {
    if (tree->find(name) == nullptr) return invalid;
  }
  return matches(pattern, flatten(event, wanted_paths(pattern)));
}

}  // namespace athanor::pattern
