// Reads an event once, and keeps only what some rule asks for: the rest is skipped 64 bytes at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "pattern/compiled_rule.h"
#include "pattern/event_fields.h"
#include "pattern/path_tree.h"
#include "pattern/ways.h"

namespace athanor::pattern {

// What was found, all borrowed from the event's text or from here. Kept between events, so that reading one more
// allocates nothing.
class Findings {
 public:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

  struct Found {
    ValueView value;
    Place place;
    std::uint32_t next = kNone;  // of the same path
  };

  void clear(std::uint32_t paths);  // as many paths as there are numbers
  void add(const PathNode& node, format::JsonKind kind, std::string_view text);

  // Visits the values of a path, by ascending leaf, until visit() returns true; returns whether it did.
  template <class Visit>
  bool any(std::uint32_t path, Visit visit) const {
    for (std::uint32_t i = first_[path]; i != kNone; i = found_[i].next) {
      if (visit(found_[i])) return true;
    }
    return false;
  }
  bool has(std::uint32_t path) const { return first_[path] != kNone; }
  // The values of a path, for changing what is known of them.
  template <class Visit>
  void for_each(std::uint32_t path, Visit visit) {
    for (std::uint32_t i = first_[path]; i != kNone; i = found_[i].next) visit(found_[i].value);
  }
  // False only when none of the path's values is within the range.
  bool may_be_within(std::uint32_t path, const NumberRange& range);

  std::vector<const PathNode*> touched;  // paths that have a value
  std::vector<Element> elements;
  std::vector<LeafRange> arrays;

  // While reading: where the reader is.
  std::uint32_t next_leaf = 0;
  std::uint32_t around = kNoElement;
  std::vector<std::pair<format::JsonKind, std::string_view>> scalars;  // of the arrays that are open
  std::deque<std::string> unescaped;

 private:
  std::vector<Found> found_;
  std::vector<std::uint32_t> first_, last_;  // by path; kNone
  struct Extremes {
    bool is_known = false;
    double low = 0, high = 0;
  };
  std::vector<Extremes> extremes_;   // by path: of its numbers, and a little more
  std::vector<std::uint32_t> used_;  // the paths of touched, whose nodes may be gone when clear() comes
};

// Reads the members of the object `text` below `node`, which may be the root. `text` is valid JSON; of what is not,
// anything may be found, but nothing outside of it is read. False when it is seen to be broken.
bool read_members(std::string_view text, const PathNode& node, bool is_root, Findings& findings);
// The same as a machine without AVX2 does it.
bool read_members_plainly(std::string_view text, const PathNode& node, bool is_root, Findings& findings);

}  // namespace athanor::pattern
