#include "pattern/ways.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

namespace athanor::pattern {
namespace {

constexpr auto kNever = static_cast<std::size_t>(-1);
constexpr std::size_t kStepsPerState = 4;  // and per chosen element: a state takes memory, a value is only looked at

// Depth-first search: ends at the first way through, and remembers dead ends.
class Choice {
 public:
  Choice(std::span<const Step> steps, std::span<const Element> elements, std::span<const LeafRange> arrays)
      : steps_(steps), elements_(elements), arrays_(arrays) {}

  WaySearch run() {
    note_arrays();
    const bool found = go_on(0);
    return {found, spent_};
  }

 private:
  // For an array: an element that the steps lead into, and whether there is another. An array with only one to choose
  // excludes nothing, however deeply it is nested.
  struct Use {
    std::uint32_t element = kNoElement;
    bool is_choice = false;
    std::size_t last_step = kNever;
    std::uint32_t chosen = kNoElement;
  };

  void note_arrays() {
    uses_.resize(arrays_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      for (const Place& place : steps_[i].may_be_absent ? steps_[i].all : steps_[i].accepted) {
        // The arrays around a noted array have been noted with it.
        for (std::uint32_t e = place.element; e != kNoElement; e = elements_[e].around) {
          Use& use = uses_[elements_[e].array];
          if (use.element == kNoElement) use.element = e;
          use.is_choice = use.is_choice || use.element != e;
          if (std::exchange(use.last_step, i) == i) break;
        }
      }
    }
    choices_.assign(elements_.size(), kUnknown);
  }

  // The innermost element at or around `e` that is one of several.
  std::uint32_t choice_at(std::uint32_t e) {
    std::uint32_t found = e;
    while (found != kNoElement && choices_[found] == kUnknown && !uses_[elements_[found].array].is_choice)
      found = elements_[found].around;
    if (found != kNoElement && choices_[found] != kUnknown) found = choices_[found];
    for (; e != found && e != kNoElement && choices_[e] == kUnknown; e = elements_[e].around) choices_[e] = found;
    return found;
  }

  // Whether the steps from `i` on can be satisfied within what is chosen.
  bool go_on(std::size_t i) {
    if (i == steps_.size()) return true;
    if (!spend(kStepsPerState * (1 + chosen_.size())) || !is_new(i)) return false;
    const Step& step = steps_[i];
    if (step.may_be_absent && next_within(step.all, 0) == step.all.size()) return go_on(i + 1);
    const std::vector<Place>& places = step.accepted;
    for (std::size_t at = next_within(places, 0); at < places.size(); at = next_within(places, at + 1)) {
      const std::size_t chosen_before = chosen_.size();
      choose(places[at].element);
      if (go_on(i + 1)) return true;
      for (; chosen_.size() > chosen_before; chosen_.pop_back()) use_of(chosen_.back()).chosen = kNoElement;
    }
    return false;
  }

  // Whether this step is reached for the first time with these choices, counting only arrays that it or a later step
  // leads into. Few differ, as the steps of an array usually follow each other.
  bool is_new(std::size_t step) {
    state_.assign(1, static_cast<std::uint32_t>(step));
    for (const std::uint32_t e : chosen_) {
      if (use_of(e).last_step >= step) state_.push_back(e);
    }
    std::sort(state_.begin() + 1, state_.end());
    return states_.emplace(reinterpret_cast<const char*>(state_.data()), state_.size() * sizeof(std::uint32_t)).second;
  }

  // The first of the places from `at` on that is in no element but the chosen one of each array that has one; the size
  // when there is none, or no steps are left.
  std::size_t next_within(const std::vector<Place>& places, std::size_t at) {
    while (at < places.size()) {
      std::uint32_t skip_to = 0;
      for (std::uint32_t e = choice_at(places[at].element); e != kNoElement; e = choice_at(elements_[e].around)) {
        if (!spend(1)) return places.size();
        const Element& element = elements_[e];
        const std::uint32_t chosen = use_of(e).chosen;
        if (chosen == e) break;  // and so is what is around it
        if (chosen == kNoElement) continue;
        const LeafRange& leaves = elements_[chosen].leaves;
        skip_to = places[at].leaf < leaves.begin ? leaves.begin : arrays_[element.array].end;
      }
      if (!spend(1)) return places.size();
      if (skip_to == 0) return at;
      const auto next = std::lower_bound(places.begin() + static_cast<std::ptrdiff_t>(at), places.end(), skip_to,
                                         [](const Place& place, std::uint32_t leaf) { return place.leaf < leaf; });
      at = static_cast<std::size_t>(next - places.begin());
    }
    return at;
  }

  void choose(std::uint32_t element) {
    for (std::uint32_t e = choice_at(element); e != kNoElement; e = choice_at(elements_[e].around)) {
      if (std::exchange(use_of(e).chosen, e) == e) break;  // and so is what is around it
      chosen_.push_back(e);
    }
  }

  Use& use_of(std::uint32_t element) { return uses_[elements_[element].array]; }

  bool spend(std::size_t steps) {
    spent_ += steps;
    return spent_ <= kStepsMax;
  }

  static constexpr std::uint32_t kUnknown = kNoElement - 1;
  std::span<const Step> steps_;
  std::span<const Element> elements_;
  std::span<const LeafRange> arrays_;
  std::uint64_t spent_ = 0;
  std::vector<Use> uses_;                   // of each array
  std::vector<std::uint32_t> choices_;      // of each element, what choice_at() says, or kUnknown
  std::vector<std::uint32_t> chosen_;       // at most one element of each array
  std::unordered_set<std::string> states_;  // a step and the elements chosen before it, as bytes
  std::vector<std::uint32_t> state_;        // the one being looked up
};

}  // namespace

std::vector<Place> within(std::span<const std::uint32_t> chosen, std::span<const Place> places,
                          std::span<const Element> elements, std::span<const LeafRange> arrays) {
  std::vector<LeafRange> excluded;
  for (const std::uint32_t e : chosen) {
    const Element& element = elements[e];
    excluded.push_back({arrays[element.array].begin, element.leaves.begin});
    excluded.push_back({element.leaves.end, arrays[element.array].end});
  }
  // No two overlap: what an inner element excludes is within the outer one.
  std::sort(excluded.begin(), excluded.end(), [](const LeafRange& a, const LeafRange& b) {
    return std::pair{a.begin, a.end} < std::pair{b.begin, b.end};
  });
  std::vector<Place> found;
  auto at = places.begin();
  for (const LeafRange& range : excluded) {
    for (; at != places.end() && at->leaf < range.begin; ++at) found.push_back(*at);
    at = std::lower_bound(at, places.end(), range.end,
                          [](const Place& place, std::uint32_t leaf) { return place.leaf < leaf; });
  }
  found.insert(found.end(), at, places.end());
  return found;
}

WaySearch find_way(std::span<const Step> steps, std::span<const Element> elements, std::span<const LeafRange> arrays) {
  return Choice{steps, elements, arrays}.run();
}

}  // namespace athanor::pattern
