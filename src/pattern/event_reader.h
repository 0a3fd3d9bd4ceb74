// Reads an event once and keeps only what some rule asks for: the rest is skipped 64 bytes at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "pattern/event_fields.h"
#include "pattern/path_tree.h"
#include "pattern/value_view.h"
#include "pattern/ways.h"

namespace athanor::pattern {

// What was found, all borrowed from the event's text or from here. Reused between events, so that reading another
// allocates nothing.
class Findings {
 public:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

  struct Found {
    Found(format::JsonKind kind, std::string_view text, const NearNumber& number, Place the_place)
        : value(kind, text, number), place(the_place) {}
    ValueView value;
    Place place;
    std::uint32_t next = kNone;  // of the same path
  };

  struct Scalar {
    format::JsonKind kind;
    std::string_view text;
    NearNumber number;
  };

  void clear(std::uint32_t paths);  // `paths`: how many path numbers there are
  void add(const PathNode& node, format::JsonKind kind, std::string_view text, const NearNumber& number = {});

  // Visits the values of a path, by ascending leaf, until visit() returns true; returns whether it did.
  template <class Visit>
  bool any(std::uint32_t path, Visit visit) const {
    for (std::uint32_t i = columns_[path].first; i != kNone; i = found_[i].next) {
      if (visit(found_[i])) return true;
    }
    return false;
  }
  bool has(std::uint32_t path) const { return columns_[path].first != kNone; }
  // The values of a path, for changing what is known about them.
  template <class Visit>
  void for_each(std::uint32_t path, Visit visit) {
    for (std::uint32_t i = columns_[path].first; i != kNone; i = found_[i].next) visit(found_[i].value);
  }
  // False only when none of the path's values is within the range.
  bool may_be_within(std::uint32_t path, const NumberRange& range) const {
    const auto& [first, last, low, high] = columns_[path];
    const double slack = 1e-12 * std::max(std::abs(low), std::abs(high));  // the bounds are approximate
    return (range.low_open ? high + slack > range.low : high + slack >= range.low) &&
           (range.high_open ? low - slack < range.high : low - slack <= range.high);
  }

  std::vector<const PathNode*> touched;  // paths that have a value
  std::vector<Element> elements;
  std::vector<LeafRange> arrays;

  std::size_t longest_text = 0;  // of the values, in bytes

  // While reading: where the reader is.
  std::uint32_t next_leaf = 0;
  std::uint32_t around = kNoElement;
  std::vector<Scalar> scalars;  // of the open arrays
  std::deque<std::string> unescaped;

 private:
  std::vector<Found> found_;
  // The values of one path.
  struct Column {
    std::uint32_t first = kNone, last = kNone;
    // Close to its smallest and largest number.
    double low = kInfinity, high = -kInfinity;
  };
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<Column> columns_;      // by path
  std::vector<std::uint32_t> used_;  // the paths of touched, whose nodes may no longer exist when clear() is called
};

// Reads the members of the object `text` below `node`, which may be the root. `text` is valid JSON; if it is not,
// anything may be found, but nothing outside it is read. False when it is noticed to be broken.
bool read_members(std::string_view text, const PathNode& node, bool is_root, Findings& findings);
// The same, as done on a machine without AVX2.
bool read_members_plainly(std::string_view text, const PathNode& node, bool is_root, Findings& findings);

[[gnu::always_inline]] inline void Findings::add(const PathNode& node, format::JsonKind kind, std::string_view text,
                                                 const NearNumber& number) {
  const auto place = static_cast<std::uint32_t>(found_.size());
  found_.emplace_back(kind, text, number, Place{next_leaf++, around});
  Column& column = columns_[node.path];
  if (column.first == kNone) {
    column.first = place;
    touched.push_back(&node);
    used_.push_back(node.path);
  } else {
    found_[column.last].next = place;
  }
  column.last = place;
  if (kind != format::JsonKind::Number) {
    longest_text = std::max(longest_text, text.size());
  } else if (number.is != NearNumber::Is::Unknown) {
    column.low = std::min(column.low, number.number);
    column.high = std::max(column.high, number.number);
  } else {
    column.low = -kInfinity;
    column.high = kInfinity;
  }
}

}  // namespace athanor::pattern
