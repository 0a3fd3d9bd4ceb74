#include "pattern/explain/explain.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "pattern/explain/nearest_way.h"
#include "pattern/reference_matcher.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;

class Explainer {
 public:
  Explainer(const EventPattern& pattern, JsonValue event)
      : pattern_(pattern), event_(std::move(event)), located_(locate(event_, wanted_paths(pattern))) {}

  Explanation run() {
    const Verdict verdict = judge(pattern_, located_.fields);
    told_.matches = verdict.matches;
    told_.alternatives = pattern_.alternatives().size();
    told_.gave_up = (verdict.gave_up && !verdict.matches) || !rank_alternatives();
    if (told_.gave_up) return std::move(told_);
    if (told_.matches) {
      describe(nearest());
    } else {
      choose_changeable();
      describe(nearest());
      describe_miss(nearest());
    }
    describe_others();
    return std::move(told_);
  }

 private:
  struct Candidate {
    std::size_t number = 0;  // from 0
    std::vector<PathStanding> paths;
    std::size_t failing_alone = 0;
    std::optional<NearestWay> way;

    auto rank() const {
      return std::tuple{way->is_hopeless, way->failing, way->edits, -static_cast<std::ptrdiff_t>(paths.size()), number};
    }
  };

  const Alternative& alternative(const Candidate& candidate) const { return pattern_.alternatives()[candidate.number]; }
  const Candidate& nearest() const { return ranked_.front(); }

  // The nearest first; only candidates for that are searched. False past kStepsMax.
  bool rank_alternatives() {
    for (std::size_t i = 0; i < pattern_.alternatives().size(); ++i) {
      auto paths = standings(pattern_.alternatives()[i], located_.fields, spent_);
      if (!paths) return false;
      const auto failing = std::count_if(paths->begin(), paths->end(), [](const auto& p) { return !p.may_hold(); });
      ranked_.push_back({i, std::move(*paths), static_cast<std::size_t>(failing), {}});
    }
    std::sort(ranked_.begin(), ranked_.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair{a.failing_alone, a.number} < std::pair{b.failing_alone, b.number};
    });
    std::size_t best = static_cast<std::size_t>(-1);
    for (Candidate& candidate : ranked_) {
      if (candidate.failing_alone > best) break;
      candidate.way = nearest_way(alternative(candidate), candidate.paths, located_, spent_);
      if (!candidate.way) return false;
      if (!candidate.way->is_hopeless) best = std::min(best, std::size_t{candidate.way->failing});
    }
    std::sort(ranked_.begin(), ranked_.end(), [](const Candidate& a, const Candidate& b) {
      return a.way && b.way ? a.rank() < b.rank() : std::pair{!a.way, a.number} < std::pair{!b.way, b.number};
    });
    return true;
  }

  // Among equally near ones, the first that fails because of a likely mistake goes first; then the change is searched
  // for.
  void choose_changeable() {
    const auto equally_near = std::find_if(ranked_.begin(), ranked_.end(), [&](const Candidate& c) {
      return !c.way || c.way->is_hopeless || nearest().way->failing < c.way->failing ||
             nearest().way->edits < c.way->edits || nearest().paths.size() != c.paths.size();
    });
    const auto mistaken = std::find_if(ranked_.begin(), equally_near, [&](const Candidate& c) {
      const auto clauses = clauses_of(c);
      return std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) { return clause.hint.has_value(); });
    });
    if (mistaken != equally_near) std::rotate(ranked_.begin(), mistaken, mistaken + 1);
    told_.change = change_to_match(event_, alternative(nearest()), spent_);
  }

  void describe(const Candidate& candidate) {
    told_.nearest = candidate.number + 1;
    told_.clauses = clauses_of(candidate);
    told_.clauses_failing = candidate.way->failing;
    const auto failing = std::find_if(told_.clauses.begin(), told_.clauses.end(),
                                      [](const Clause& c) { return c.verdict != Clause::Verdict::Holds; });
    if (failing != told_.clauses.end()) told_.decided = static_cast<std::size_t>(failing - told_.clauses.begin());
  }

  void describe_miss(const Candidate& candidate) {
    told_.is_possible = !candidate.way->is_hopeless;
    if (std::none_of(told_.clauses.begin(), told_.clauses.end(),
                     [](const Clause& c) { return c.verdict == Clause::Verdict::Fails; }))
      told_.disjoint_arrays = disjoint_arrays(candidate);
    if (told_.clauses_failing != 1 || !told_.decided) return;
    const Clause& clause = told_.clauses[*told_.decided];
    if (!clause.hint || !clause.hint->instead) return;
    PatternClause changed{clause.path, clause.wanted};
    changed.conditions[clause.hint->condition] = *clause.hint->instead;
    Alternative with_it = alternative(candidate);
    with_it[*told_.decided] = &changed;
    if (matches(with_it, located_.fields))
      told_.condition_change = ConditionChange{clause.path, std::move(changed.conditions)};
  }

  void describe_others() {
    for (const Candidate& candidate : ranked_) {
      if (candidate.number + 1 == told_.nearest) continue;
      OtherAlternative& other = told_.others.emplace_back();
      other.number = candidate.number + 1;
      other.clauses = candidate.paths.size();
      std::size_t i = 0;
      for (const PatternClause* clause : alternative(candidate)) {
        if (!holds_somewhere(candidate.paths[i++])) other.failing.push_back(clause->path);
      }
    }
    std::sort(told_.others.begin(), told_.others.end(), [](const OtherAlternative& a, const OtherAlternative& b) {
      return std::pair{a.failing.size(), a.number} < std::pair{b.failing.size(), b.number};
    });
  }

  std::vector<Clause> clauses_of(const Candidate& candidate) const {
    std::vector<Clause> clauses;
    std::size_t i = 0;
    for (const PatternClause* asked : alternative(candidate)) {
      const PathStanding& standing = candidate.paths[i];
      const Choice& choice = candidate.way->choices[i];
      ++i;
      Clause& clause = clauses.emplace_back();
      clause.path = asked->path;
      clause.wanted = asked->conditions;
      clause.verdict = !choice.fails()             ? Clause::Verdict::Holds
                       : holds_somewhere(standing) ? Clause::Verdict::HoldsElsewhere
                                                   : Clause::Verdict::Fails;
      tell_found(clause, standing, choice, candidate.way->elements);
    }
    return clauses;
  }

  // Whether the clause holds by itself, or would within the elements around one place.
  bool holds_somewhere(const PathStanding& standing) const {
    constexpr std::uint32_t kElementsMax = 1'000;  // to check: so many are seldom of two kinds
    if (!standing.accepted.empty() || !standing.may_be_absent || standing.all.empty()) return standing.may_hold();
    const auto& elements = located_.fields.elements;
    for (std::uint32_t number = 0; number < std::min<std::size_t>(elements.size(), kElementsMax); ++number) {
      std::vector<std::uint32_t> chosen;
      for (std::uint32_t e = number; e != kNoElement; e = elements[e].around) chosen.push_back(e);
      if (within(chosen, standing.all, located_.fields).empty()) return true;
    }
    return false;
  }

  void tell_found(Clause& clause, const PathStanding& standing, const Choice& choice,
                  const std::vector<std::uint32_t>& elements) const {
    const auto found = located_.fields.by_path.find(clause.path);
    clause.found_count = standing.all.size();
    const bool is_in_the_way = choice.kind == Choice::Kind::Remove;
    const auto chosen = is_in_the_way ? choice.places : within(elements, standing.all, located_.fields);
    std::vector<std::pair<int, const Field*>> order;
    if (found != located_.fields.by_path.end()) {
      for (const Field& field : found->second) {
        const bool is_chosen = contains(chosen, field.place);
        const bool decides = choice.place && choice.place->leaf == field.place.leaf;
        // What decides, what else is in the chosen elements, what would be accepted elsewhere, the rest.
        order.emplace_back(decides ? 0 : is_chosen ? 1 : contains(standing.accepted, field.place) ? 2 : 3, &field);
      }
    }
    std::sort(order.begin(), order.end());  // the fields of a path are in one array
    if (order.size() > Clause::kFoundMax) order.resize(Clause::kFoundMax);
    for (const auto& [rank, field] : order) {
      clause.found.push_back({place_name(event_, located_.leaves[field->place.leaf]), field->value,
                              contains(standing.accepted, field->place), rank < 2});
    }
    if (standing.all.empty()) {
      Absence absence = absence_of(clause.path, clause.wanted, event_);
      clause.there = std::move(absence.there);
      if (choice.fails()) clause.hint = std::move(absence.hint);
      return;
    }
    if (!choice.fails()) return;
    for (const FoundValue& value : clause.found) {
      if (!clause.hint && value.is_chosen && !value.is_accepted)
        clause.hint = hint_of_value(clause.wanted, value.value);
    }
  }

  static bool contains(const std::vector<Place>& places, const Place& place) {
    const auto at = std::lower_bound(places.begin(), places.end(), place.leaf,
                                     [](const Place& p, std::uint32_t leaf) { return p.leaf < leaf; });
    return at != places.end() && at->leaf == place.leaf;
  }

  // The arrays in which a failing clause would need a different element from the chosen one.
  std::vector<std::string> disjoint_arrays(const Candidate& candidate) const {
    std::vector<std::string> arrays;
    const auto& elements = located_.fields.elements;
    const auto is_chosen_from = [&](std::uint32_t array) {
      return std::any_of(candidate.way->elements.begin(), candidate.way->elements.end(),
                         [&](std::uint32_t chosen) { return elements[chosen].array == array; });
    };
    for (std::size_t i = 0; i < candidate.paths.size(); ++i) {
      if (!candidate.way->choices[i].fails()) continue;
      for (const Place& place : candidate.paths[i].all) {
        std::uint32_t e = place.element;
        while (e != kNoElement && !is_chosen_from(elements[e].array)) e = elements[e].around;
        if (e == kNoElement) continue;
        const std::string& path = located_.array_paths[elements[e].array];
        if (std::find(arrays.begin(), arrays.end(), path) == arrays.end()) arrays.push_back(path);
      }
    }
    return arrays;
  }

  const EventPattern& pattern_;
  const JsonValue event_;
  const LocatedFields located_;
  std::vector<Candidate> ranked_;
  std::uint64_t spent_ = 0;
  Explanation told_;
};

}  // namespace

Explanation explain(const EventPattern& pattern, std::string_view event_text) {
  auto event = format::parse_json(event_text);
  ATHANOR_ASSERT(event && event->is_object());
  return Explainer{pattern, std::move(*event)}.run();
}

}  // namespace athanor::pattern
