#include "pattern/ways.h"

#include <algorithm>
#include <utility>

namespace athanor::pattern {
namespace {

// The array elements chosen so far, ascending, at most one of each array.
using Way = std::vector<std::uint32_t>;
constexpr std::size_t kStepsPerWay = 4;  // and per element of it: it takes memory, where a value is only looked at

class Choice {
 public:
  Choice(std::span<const Element> elements, std::span<const LeafRange> arrays, std::uint64_t& spent)
      : elements_(elements), arrays_(arrays), spent_(spent) {}

  bool exists(std::span<const Step> steps) {
    if (!spend(arrays_.size())) return false;
    note_last_uses(steps);
    std::vector<Way> ways{{}};
    for (std::size_t i = 0; i < steps.size(); ++i) {
      std::vector<Way> next;
      for (const Way& way : ways) {
        const auto there = within(way, steps[i].all, elements_, arrays_);
        if (!spend(1 + way.size() + there.size())) return false;
        if (steps[i].may_be_absent && there.empty()) next.push_back(still_used(way, i));
        for (const Place& place : within(way, steps[i].accepted, elements_, arrays_)) {
          Way with_place = joined(way, place);
          if (!spend(kStepsPerWay * (1 + with_place.size()))) return false;
          next.push_back(still_used(std::move(with_place), i));
        }
      }
      // Equal ways are kept once. Few are different, as an array is forgotten with the last path that leads into it.
      std::sort(next.begin(), next.end());
      next.erase(std::unique(next.begin(), next.end()), next.end());
      ways = std::move(next);
    }
    return !ways.empty();
  }

 private:
  bool spend(std::size_t steps) {
    spent_ += steps;
    return spent_ <= kStepsMax;
  }

  void note_last_uses(std::span<const Step> steps) {
    constexpr auto kNone = static_cast<std::size_t>(-1);
    last_use_.assign(arrays_.size(), kNone);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      for (const Place& place : steps[i].may_be_absent ? steps[i].all : steps[i].accepted) {
        // What is around a noted array has been noted with it.
        for (std::uint32_t e = place.element; e != kNoElement; e = elements_[e].around) {
          if (std::exchange(last_use_[elements_[e].array], i) == i) break;
        }
      }
    }
  }

  Way joined(Way way, const Place& place) const {
    for (std::uint32_t e = place.element; e != kNoElement; e = elements_[e].around) way.push_back(e);
    std::sort(way.begin(), way.end());
    way.erase(std::unique(way.begin(), way.end()), way.end());
    return way;
  }

  Way still_used(Way way, std::size_t step) const {
    std::erase_if(way, [&](std::uint32_t e) { return last_use_[elements_[e].array] <= step; });
    return way;
  }

  std::span<const Element> elements_;
  std::span<const LeafRange> arrays_;
  std::uint64_t& spent_;
  std::vector<std::size_t> last_use_;  // of each array: the last step that leads into it
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

bool has_way(std::span<const Step> steps, std::span<const Element> elements, std::span<const LeafRange> arrays,
             std::uint64_t& spent) {
  return Choice{elements, arrays, spent}.exists(steps);
}

}  // namespace athanor::pattern
