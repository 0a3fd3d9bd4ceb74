#include "pattern/explain/nearest_way.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "pattern/explain/accepted_value.h"

namespace athanor::pattern {
namespace {

using Way = std::vector<std::uint32_t>;  // chosen elements, ascending, at most one of each array

constexpr std::uint32_t kHopeless = 1'000'000;  // more edits than any event needs
constexpr std::size_t kNothing = static_cast<std::size_t>(-1);

class Search {
 public:
  Search(const Alternative& alternative, std::span<const PathStanding> paths, const LocatedFields& event,
         std::uint64_t& spent)
      : paths_(paths), event_(event), fields_(event.fields), spent_(spent) {
    // Where the change is made matters only if absence is asked for afterwards, within the elements chosen so far.
    bool absence_follows = false;
    place_matters_.resize(paths.size());
    for (std::size_t i = paths.size(); i-- > 0;) {
      place_matters_[i] = absence_follows;
      absence_follows = absence_follows || (paths[i].may_be_absent && !paths[i].all.empty());
    }
    elements_around_.resize(paths.size());
    if (!absence_follows) return;
    add_empty_elements();
    std::transform(alternative.begin(), alternative.end(), elements_around_.begin(),
                   [&](const PatternClause* clause) { return elements_around(clause->path); });
  }

  std::optional<NearestWay> run() {
    note_last_uses();
    states_.push_back({});
    std::vector<std::size_t> current{0};
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      const std::size_t first = states_.size();
      for (const std::size_t state : current) {
        if (!go_on(i, state)) return std::nullopt;
      }
      current = best_of_each_way(first);
    }
    return told(*std::min_element(current.begin(), current.end(),
                                  [&](std::size_t a, std::size_t b) { return states_[a].cost < states_[b].cost; }));
  }

 private:
  struct State {
    Way way;
    std::pair<std::uint32_t, std::uint32_t> cost;  // failing, edits
    std::size_t before = kNothing;
    Choice::Kind kind = Choice::Kind::Accepted;
    std::optional<Place> place;  // added to the way: a value's, or that of an element to put one in
    bool is_value = false;
  };

  bool spend(std::size_t steps) {
    spent_ += steps;
    return spent_ <= kStepsMax;
  }

  // One for each array, in addition to those with leaves: a new item, or one that no path leads into.
  void add_empty_elements() {
    for (std::uint32_t a = 0; a < fields_.arrays.size(); ++a) {
      const std::uint32_t begin = fields_.arrays[a].begin;
      if (begin < fields_.arrays[a].end) fields_.elements.push_back({event_.arrays_around[a], a, {begin, begin}});
    }
  }

  // Each array element that the path leads through, as the place of its first leaf.
  std::vector<Place> elements_around(std::string_view path) const {
    std::vector<Place> places;
    for (std::uint32_t e = 0; e < fields_.elements.size(); ++e) {
      const std::string& array = event_.array_paths[fields_.elements[e].array];
      if (path.starts_with(array) && (array.empty() || path.size() == array.size() || path[array.size()] == '.'))
        places.push_back({fields_.elements[e].leaves.begin, e});
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.leaf < b.leaf; });
    return places;
  }

  void note_last_uses() {
    last_use_.assign(fields_.arrays.size(), kNothing);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      note(paths_[i].accepted, i);
      if (paths_[i].may_be_absent || place_matters_[i]) note(paths_[i].all, i);
      if (place_matters_[i]) note(elements_around_[i], i);
    }
  }
  void note(const std::vector<Place>& places, std::size_t step) {
    for (const Place& place : places) {
      for (std::uint32_t e = place.element; e != kNoElement; e = fields_.elements[e].around) {
        if (std::exchange(last_use_[fields_.elements[e].array], step) == step) break;
      }
    }
  }

  bool go_on(std::size_t step, std::size_t from) {
    const PathStanding& path = paths_[step];
    const Way way = states_[from].way;
    const auto there = path.may_be_absent ? within(way, path.all, fields_) : std::vector<Place>{};
    const auto accepted = within(way, path.accepted, fields_);
    if (!spend(1 + way.size() + there.size() + accepted.size())) return false;
    if (path.may_be_absent && there.empty()) return add(step, from, way, Choice::Kind::Absent, {}, 0);
    bool is_free = false;
    for (const Place& place : accepted) {
      if (!add(step, from, joined(way, place), Choice::Kind::Accepted, place, 0, true)) return false;
      is_free = is_free || place.element == kNoElement;
    }
    if (is_free && !place_matters_[step]) return true;  // nothing to gain from failing
    if (!path.some_value_would) {
      return path.may_be_absent
                 ? add(step, from, way, Choice::Kind::Remove, {}, static_cast<std::uint32_t>(there.size()))
                 : add(step, from, way, Choice::Kind::Hopeless, {}, kHopeless);
    }
    if (!add(step, from, way, Choice::Kind::Change, {}, 1)) return false;
    if (!place_matters_[step]) return true;
    for (const std::vector<Place>* places : {&path.all, std::as_const(elements_around_).data() + step}) {
      for (const Place& place : within(way, *places, fields_)) {
        // within() cannot see that an empty element is excluded by another of its array.
        if (is_chosen_from(way, place)) continue;
        if (!add(step, from, joined(way, place), Choice::Kind::Change, place, 1, places == &path.all)) return false;
      }
    }
    return true;
  }

  bool is_chosen_from(const Way& way, const Place& place) const {
    return place.element != kNoElement && std::any_of(way.begin(), way.end(), [&](std::uint32_t e) {
             return e != place.element && fields_.elements[e].array == fields_.elements[place.element].array;
           });
  }

  bool add(std::size_t step, std::size_t from, Way way, Choice::Kind kind, std::optional<Place> place,
           std::uint32_t edits, bool is_value = false) {
    constexpr std::size_t kStepsPerState = 8;  // a state takes memory, a value is only looked at
    if (!spend(kStepsPerState * (1 + way.size()))) return false;
    std::erase_if(way, [&](std::uint32_t e) { return last_use_[fields_.elements[e].array] <= step; });
    auto cost = states_[from].cost;
    cost.first += kind >= Choice::Kind::Change ? 1 : 0;
    cost.second += edits;
    states_.push_back({std::move(way), cost, from, kind, place, is_value});
    return true;
  }

  Way joined(Way way, const Place& place) const {
    for (std::uint32_t e = place.element; e != kNoElement; e = fields_.elements[e].around) way.push_back(e);
    std::sort(way.begin(), way.end());
    way.erase(std::unique(way.begin(), way.end()), way.end());
    return way;
  }

  std::vector<std::size_t> best_of_each_way(std::size_t first) const {
    std::vector<std::size_t> numbers(states_.size() - first);
    std::generate(numbers.begin(), numbers.end(), [next = first]() mutable { return next++; });
    std::sort(numbers.begin(), numbers.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(states_[a].way, states_[a].cost, a) < std::tie(states_[b].way, states_[b].cost, b);
    });
    numbers.erase(std::unique(numbers.begin(), numbers.end(),
                              [&](std::size_t a, std::size_t b) { return states_[a].way == states_[b].way; }),
                  numbers.end());
    return numbers;
  }

  NearestWay told(std::size_t last) const {
    NearestWay nearest{.failing = states_[last].cost.first,
                       .edits = states_[last].cost.second,
                       .is_hopeless = states_[last].cost.second >= kHopeless};
    nearest.choices.resize(paths_.size());
    Way all;
    std::size_t state = last;
    for (std::size_t i = paths_.size(); i-- > 0; state = states_[state].before) {
      Choice& choice = nearest.choices[i];
      choice.kind = states_[state].kind;
      if (states_[state].is_value) choice.place = states_[state].place;
      if (states_[state].place) all = joined(std::move(all), *states_[state].place);
      if (choice.kind == Choice::Kind::Remove)
        choice.places = within(states_[states_[state].before].way, paths_[i].all, fields_);
    }
    std::erase_if(all, [&](std::uint32_t e) { return e >= event_.fields.elements.size(); });
    nearest.elements = std::move(all);
    return nearest;
  }

  std::span<const PathStanding> paths_;
  const LocatedFields& event_;
  Fields fields_;  // of the event, plus empty elements
  std::uint64_t& spent_;
  std::vector<std::vector<Place>> elements_around_;  // of each path
  std::vector<bool> place_matters_;                  // of each path
  std::vector<std::size_t> last_use_;                // of each array: the last step that leads into it
  std::vector<State> states_;
};

}  // namespace

std::optional<std::vector<PathStanding>> standings(const Alternative& alternative, const Fields& fields,
                                                   std::uint64_t& spent) {
  std::vector<PathStanding> paths;
  for (const PatternClause* clause : alternative) {
    const auto& [path, conditions] = *clause;
    PathStanding& standing = paths.emplace_back();
    standing.may_be_absent = std::any_of(conditions.begin(), conditions.end(),
                                         [](const Condition& c) { return c.kind == Condition::Kind::Absent; });
    standing.some_value_would = accepted_value(conditions, nullptr).has_value();
    const auto found = fields.by_path.find(path);
    if (found == fields.by_path.end()) continue;
    spent += conditions.size() * found->second.size();
    if (spent > kStepsMax) return std::nullopt;
    for (const Field& field : found->second) {
      standing.all.push_back(field.place);
      if (std::any_of(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.accepts(field.value); }))
        standing.accepted.push_back(field.place);
    }
  }
  return paths;
}

std::optional<NearestWay> nearest_way(const Alternative& alternative, const std::vector<PathStanding>& paths,
                                      const LocatedFields& event, std::uint64_t& spent) {
  return Search{alternative, paths, event, spent}.run();
}

}  // namespace athanor::pattern
