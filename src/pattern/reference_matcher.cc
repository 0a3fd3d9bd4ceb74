#include "pattern/reference_matcher.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace athanor::pattern {
namespace {

class Judge {
 public:
  explicit Judge(const Fields& fields) : fields_(fields) {}

  bool satisfied(const Alternative& alternative) {
    std::vector<Step> steps;
    for (const PatternClause* clause : alternative) {
      const auto& [path, conditions] = *clause;
      const bool may_be_absent = std::any_of(conditions.begin(), conditions.end(), [](const Condition& condition) {
        return condition.kind == Condition::Kind::Absent;
      });
      const auto found = fields_.by_path.find(path);
      if (found == fields_.by_path.end()) {
        if (!may_be_absent) return false;
        continue;
      }
      Step step{.may_be_absent = may_be_absent};
      for (const Field& field : found->second) {
        if (may_be_absent) step.all.push_back(field.place);
        if (accepts(conditions, field.value)) step.accepted.push_back(field.place);
      }
      // Without array elements a value is present for every choice.
      if (step.accepted.empty() && (!may_be_absent || fields_.elements.empty())) return false;
      steps.push_back(std::move(step));
    }
    if (fields_.elements.empty()) return true;
    const WaySearch search = find_way(steps, fields_.elements, fields_.arrays);
    verdict_.steps += search.steps;
    verdict_.gave_up = verdict_.gave_up || search.gave_up();
    return search.found;
  }

  Verdict decide(const EventPattern& pattern) {
    verdict_.matches = std::any_of(pattern.alternatives().begin(), pattern.alternatives().end(),
                                   [&](const Alternative& alternative) { return satisfied(alternative); });
    return verdict_;
  }

 private:
  static bool accepts(const std::vector<Condition>& conditions, const Value& value) {
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](const Condition& condition) { return condition.accepts(value); });
  }

  const Fields& fields_;
  Verdict verdict_;
};

}  // namespace

Verdict judge(const EventPattern& pattern, const Fields& fields) { return Judge{fields}.decide(pattern); }

bool matches(const EventPattern& pattern, const Fields& fields) { return judge(pattern, fields).matches; }

bool matches(const Alternative& alternative, const Fields& fields) { return Judge{fields}.satisfied(alternative); }

bool matches(const EventPattern& pattern, const Envelope& event) {
  return matches(pattern, flatten(event, wanted_paths(pattern)));
}

WantedPaths wanted_paths(const EventPattern& pattern) {
  WantedPaths wanted;
  for (const PatternClause& clause : pattern.clauses()) wanted.add(clause.path);
  return wanted;
}

}  // namespace athanor::pattern
