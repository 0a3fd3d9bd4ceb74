#include "pattern/lint/schema_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

#include "pattern/explain/condition_words.h"

namespace athanor::pattern {
namespace {

using Fault = LintFinding::Fault;

std::vector<Condition> exactly(const std::string& text) { return {{.kind = Condition::Kind::Exact, .text = text}}; }

std::string why_impossible(const std::string& path, const ClauseSet& clause, const ClauseSet& allowed) {
  if (clause.may_be_absent && !allowed.may_be_absent) return fmt::format("always has {}", path);
  if (!allowed.member) return fmt::format("has no {}", path);
  return fmt::format("has other values there, such as {}", as_json_text(*allowed.member));
}

}  // namespace

SchemaLint::SchemaLint(std::span<const EventSchema> schemas, ClauseSets& sets) : schemas_(schemas), sets_(sets) {
  for (const EventSchema& schema : schemas) {
    events_.push_back({{"source", &sets.of("source", exactly(schema.source()))},
                       {"detail-type", &sets.of("detail-type", exactly(schema.detail_type()))}});
  }
}

SchemaLint::Verdict SchemaLint::judge(const Alternative& alternative, const Region& region) {
  // Each of the schemas' regions divides it at most twice, in two.
  std::uint64_t pieces = std::numeric_limits<std::uint64_t>::max();
  if (!without({region}, events_, Events::All, sets_, pieces).empty()) return {};
  Verdict all;
  bool is_possible = false;
  std::optional<std::vector<Fault>> unnamed;
  for (std::size_t i = 0; i < schemas_.size(); ++i) {
    const bool is_asked_for = std::all_of(events_[i].begin(), events_[i].end(), [&](const auto& clause) {
      const auto own = region.find(clause.first);
      return own == region.end() || sets_.both(*own->second, *clause.second) != nullptr;
    });
    if (!is_asked_for) continue;
    Verdict of_one = judge(schemas_[i], alternative, region);
    is_possible = is_possible || of_one.impossible.empty();
    std::move(of_one.impossible.begin(), of_one.impossible.end(), std::back_inserter(all.impossible));
    if (!unnamed) unnamed = of_one.unnamed;
    std::erase_if(*unnamed, [&](const Fault& fault) {  // what one of them names is not a mistake
      return std::none_of(of_one.unnamed.begin(), of_one.unnamed.end(),
                          [&](const Fault& other) { return other.path == fault.path; });
    });
  }
  if (is_possible) {
    all.impossible.clear();
    all.unnamed = std::move(*unnamed);
  }
  return all;
}

SchemaLint::Verdict SchemaLint::judge(const EventSchema& schema, const Alternative& alternative, const Region& region) {
  Verdict verdict;
  for (const PatternClause* asked : alternative) {
    const auto& [path, wanted] = *asked;
    const auto clause = region.find(path);
    if (standing_at(path) != Standing::Anything) continue;
    const Field& there = field(schema, path);
    if (clause != region.end() && sets_.both(*clause->second, *there.set) == nullptr) {
      verdict.impossible.push_back(
          {path, wanted, fmt::format("{} {}", schema.name(), why_impossible(path, *clause->second, *there.set))});
    } else if (!there.is_named) {
      verdict.unnamed.push_back({path, wanted, fmt::format("the schema of {} has no {}", schema.name(), path)});
    }
  }
  return verdict;
}

const SchemaLint::Field& SchemaLint::field(const EventSchema& schema, const std::string& path) {
  const auto known = fields_.find({&schema, path});
  if (known != fields_.end()) return known->second;
  Field found{nullptr, false};
  found.set = &sets_.made([&](Effort& effort) -> ClauseSet {
    EventSchema::Field field = schema.field(path, effort);
    found.is_named = field.is_named;
    return {std::move(field.values), field.may_be_absent, {}, {}};
  });
  return fields_.emplace(std::pair{&schema, path}, found).first->second;
}

}  // namespace athanor::pattern
