// Choosing one element of each array, such that all paths of a pattern are satisfied within the chosen ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace athanor::pattern {

// An element of an array, itself an object or an array. Leaves are numbered in such an order that those within it are
// [begin, end), and those within any such element of the array [arrays[array].begin, arrays[array].end). A scalar in
// an array stands in no element of it: it is numbered behind them.
struct LeafRange {
  std::uint32_t begin = 0, end = 0;
};
struct Element {
  std::uint32_t around;  // the element that the array is in, or kNoElement
  std::uint32_t array;
  LeafRange leaves;
};
inline constexpr std::uint32_t kNoElement = 0xFFFF'FFFF;

// Where a value stands in its event.
struct Place {
  std::uint32_t leaf;     // its number
  std::uint32_t element;  // the innermost one it is in, or kNoElement
};

// One path, with the event's values there by ascending number.
struct Step {
  std::vector<Place> all;       // only if may_be_absent
  std::vector<Place> accepted;  // those that satisfy a condition
  bool may_be_absent = false;
};

// Our number, about a tenth of a second. What takes more steps does not match: an event that has objects in arrays,
// most of them at several levels or under a name that one object repeats (the choice among those is as hard as any),
// with hardly any that satisfies all paths.
inline constexpr std::uint64_t kStepsMax = 4'000'000;

struct WaySearch {
  bool found = false;
  std::uint64_t steps = 0;  // values and choices that were looked at: the same whatever else of the event is known
  bool gave_up() const { return steps > kStepsMax; }
};

// The places that are in no other element of the arrays that the chosen ones are in; `places` by ascending leaf.
std::vector<Place> within(std::span<const std::uint32_t> chosen, std::span<const Place> places,
                          std::span<const Element> elements, std::span<const LeafRange> arrays);

// Whether array elements can be chosen such that all steps are satisfied within them. The steps are taken in the order
// of their paths, as the reference does: that a value is absent is said of the elements chosen until then.
WaySearch find_way(std::span<const Step> steps, std::span<const Element> elements, std::span<const LeafRange> arrays);

}  // namespace athanor::pattern
