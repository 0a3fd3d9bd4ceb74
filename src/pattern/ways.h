// Choosing one element of each array such that all paths of a pattern are satisfied within the chosen elements.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace athanor::pattern {

// An element of an array, itself an object or an array. Leaves are numbered so that those within it are [begin, end),
// and those within any such element of the array are [arrays[array].begin, arrays[array].end). A scalar in an array
// belongs to no element of it and is numbered after them.
struct LeafRange {
  std::uint32_t begin = 0, end = 0;
};
struct Element {
  std::uint32_t around;  // the element that contains the array, or kNoElement
  std::uint32_t array;
  LeafRange leaves;
};
inline constexpr std::uint32_t kNoElement = 0xFFFF'FFFF;

// Where a value is in its event.
struct Place {
  std::uint32_t leaf;     // its number
  std::uint32_t element;  // the innermost one that contains it, or kNoElement
};

// One path, with the event's values there in ascending order of leaf.
struct Step {
  std::vector<Place> all;       // only if may_be_absent
  std::vector<Place> accepted;  // those that satisfy a condition
  bool may_be_absent = false;
};

// Our number, about a tenth of a second. An event that takes more steps does not match: one with objects in arrays,
// mostly at several levels or under a name that one object repeats (choosing among those is as hard as any choice),
// hardly any of which satisfies all paths.
inline constexpr std::uint64_t kStepsMax = 4'000'000;

struct WaySearch {
  bool found = false;
  std::uint64_t steps = 0;  // values and choices examined: the same however much else of the event is known
  bool gave_up() const { return steps > kStepsMax; }
};

// The places that are in no element but the chosen one of each array that has one; `places` in ascending order of leaf.
std::vector<Place> within(std::span<const std::uint32_t> chosen, std::span<const Place> places,
                          std::span<const Element> elements, std::span<const LeafRange> arrays);

// Whether array elements can be chosen such that all steps are satisfied within them. The steps are taken in the order
// of their paths, as in the reference: a value counts as absent with regard to the elements chosen so far.
WaySearch find_way(std::span<const Step> steps, std::span<const Element> elements, std::span<const LeafRange> arrays);

}  // namespace athanor::pattern
