#include "pattern/reference_matcher.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "format/json.h"

namespace athanor::pattern {
namespace {

class Judge {
 public:
  explicit Judge(const Fields& fields) : fields_(fields) {}

  bool satisfied(const Alternative& alternative) {
    std::vector<Step> steps;
    for (const auto& [path, conditions] : alternative) {
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
        if (!spend(conditions.size())) return false;
        if (may_be_absent) step.all.push_back(field.place);
        if (accepts(conditions, field.value)) step.accepted.push_back(field.place);
      }
      // Without array elements a value that is there is there for everybody.
      if (step.accepted.empty() && (!may_be_absent || fields_.elements.empty())) return false;
      steps.push_back(std::move(step));
    }
    return fields_.elements.empty() || has_way(steps, fields_.elements, fields_.arrays, spent_);
  }

  std::uint64_t spent() const { return spent_; }

 private:
  static bool accepts(const std::vector<Condition>& conditions, const Value& value) {
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](const Condition& condition) { return condition.accepts(value); });
  }

  bool spend(std::size_t steps) {
    spent_ += steps;
    return spent_ <= kStepsMax;
  }

  const Fields& fields_;
  std::uint64_t spent_ = 0;
};

bool is_whole_event(std::string_view event) {
  if (event.size() > kTestedEventBytesMax || !format::is_valid_json_object(event)) return false;
  std::vector<std::string_view> missing = {"id", "account", "source", "time", "region", "detail-type"};
  format::JsonCursor cursor{event};
  cursor.enter_object();
  for (std::string_view raw_key; cursor.next_member(raw_key); cursor.take_raw())
    std::erase(missing, format::unescape_json(raw_key));
  return missing.empty();
}

}  // namespace

Verdict judge(const EventPattern& pattern, const Fields& fields) {
  Judge judge{fields};
  const bool matches = std::any_of(pattern.alternatives().begin(), pattern.alternatives().end(),
                                   [&](const Alternative& alternative) { return judge.satisfied(alternative); });
  return {matches, judge.spent()};
}

bool matches(const EventPattern& pattern, const Fields& fields) { return judge(pattern, fields).matches; }

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
  if (!is_whole_event(event)) return invalid_input("Parameter Event is not valid.");
  return matches(pattern, flatten(event, wanted_paths(pattern)));
}

}  // namespace athanor::pattern
