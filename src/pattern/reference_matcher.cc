#include "pattern/reference_matcher.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace athanor::pattern {
namespace {

// One path of an alternative, with the event's values there by ascending number.
struct Step {
  std::vector<const Field*> all;       // only if may_be_absent
  std::vector<const Field*> accepted;  // those that satisfy a condition
  bool may_be_absent = false;
};

// The array elements chosen so far, ascending, at most one of each array.
using Way = std::vector<std::uint32_t>;
constexpr std::size_t kStepsPerWay = 4;  // and per element of it: it takes memory, where a value is only looked at

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
        if (may_be_absent) step.all.push_back(&field);
        if (accepts(conditions, field.value)) step.accepted.push_back(&field);
      }
      // Without array elements a value that is there is there for everybody.
      if (step.accepted.empty() && (!may_be_absent || fields_.elements.empty())) return false;
      steps.push_back(std::move(step));
    }
    return fields_.elements.empty() || has_way(steps);
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

  // Whether array elements can be chosen such that all steps are satisfied within them. The steps are taken in the
  // order of their paths, as the reference does: that a value is absent is said of the elements chosen until then.
  bool has_way(const std::vector<Step>& steps) {
    if (!spend(fields_.arrays.size())) return false;
    note_last_uses(steps);
    std::vector<Way> ways{{}};
    for (std::size_t i = 0; i < steps.size(); ++i) {
      std::vector<Way> next;
      for (const Way& way : ways) {
        const auto there = within(way, steps[i].all);
        if (!spend(1 + way.size() + there.size())) return false;
        if (steps[i].may_be_absent && there.empty()) next.push_back(still_used(way, i));
        for (const Field* field : within(way, steps[i].accepted)) {
          Way with_field = joined(way, *field);
          if (!spend(kStepsPerWay * (1 + with_field.size()))) return false;
          next.push_back(still_used(std::move(with_field), i));
        }
      }
      // Equal ways are kept once. Few are different, as an array is forgotten with the last path that leads into it.
      std::sort(next.begin(), next.end());
      next.erase(std::unique(next.begin(), next.end()), next.end());
      ways = std::move(next);
    }
    return !ways.empty();
  }

  void note_last_uses(const std::vector<Step>& steps) {
    constexpr auto kNone = static_cast<std::size_t>(-1);
    last_use_.assign(fields_.arrays.size(), kNone);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      for (const Field* field : steps[i].may_be_absent ? steps[i].all : steps[i].accepted) {
        // What is around a noted array has been noted with it.
        for (std::uint32_t e = field->element; e != kNoElement; e = fields_.elements[e].around) {
          if (std::exchange(last_use_[fields_.elements[e].array], i) == i) break;
        }
      }
    }
  }

  // The fields that are in no other element of the arrays that the way has chosen from.
  std::vector<const Field*> within(const Way& way, const std::vector<const Field*>& fields) const {
    std::vector<LeafRange> excluded;
    for (const std::uint32_t e : way) {
      const Element& element = fields_.elements[e];
      excluded.push_back({fields_.arrays[element.array].begin, element.leaves.begin});
      excluded.push_back({element.leaves.end, fields_.arrays[element.array].end});
    }
    // No two overlap: what an inner element excludes is within the outer one.
    std::sort(excluded.begin(), excluded.end(), [](const LeafRange& a, const LeafRange& b) {
      return std::pair{a.begin, a.end} < std::pair{b.begin, b.end};
    });
    std::vector<const Field*> found;
    auto at = fields.begin();
    for (const LeafRange& range : excluded) {
      for (; at != fields.end() && (*at)->leaf < range.begin; ++at) found.push_back(*at);
      at = std::lower_bound(at, fields.end(), range.end,
                            [](const Field* field, std::uint32_t leaf) { return field->leaf < leaf; });
    }
    found.insert(found.end(), at, fields.end());
    return found;
  }

  Way joined(Way way, const Field& field) const {
    for (std::uint32_t e = field.element; e != kNoElement; e = fields_.elements[e].around) way.push_back(e);
    std::sort(way.begin(), way.end());
    way.erase(std::unique(way.begin(), way.end()), way.end());
    return way;
  }

  Way still_used(Way way, std::size_t step) const {
    std::erase_if(way, [&](std::uint32_t e) { return last_use_[fields_.elements[e].array] <= step; });
    return way;
  }

  const Fields& fields_;
  std::vector<std::size_t> last_use_;  // of each array: the last step that leads into it
  std::uint64_t spent_ = 0;
};

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
  const Error invalid = invalid_input("Parameter Event is not valid.");
  const auto tree = format::parse_json(event);
  if (!tree || !tree->is_object()) return invalid;
  for (const char* name : {"id", "account", "source", "time", "region", "detail-type"}) {
    if (tree->find(name) == nullptr) return invalid;
  }
  return matches(pattern, flatten(event, wanted_paths(pattern)));
}

}  // namespace athanor::pattern
