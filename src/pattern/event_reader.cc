#include "pattern/event_reader.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "format/json.h"
#include "pattern/json_blocks.h"

namespace athanor::pattern {

void Findings::clear(std::uint32_t paths) {
  for (const std::uint32_t path : used_) {
    first_[path] = kNone;
    extremes_[path].is_known = false;
  }
  used_.clear();
  touched.clear();
  found_.clear();
  elements.clear();
  arrays.clear();
  scalars.clear();
  unescaped.clear();
  next_leaf = 0;
  around = kNoElement;
  if (first_.size() < paths) {
    first_.resize(paths, kNone);
    last_.resize(paths, kNone);
    extremes_.resize(paths);
  }
}

void Findings::add(const PathNode& node, format::JsonKind kind, std::string_view text) {
  const auto number = static_cast<std::uint32_t>(found_.size());
  found_.push_back({ValueView{kind, text}, {next_leaf++, around}});
  if (first_[node.path] == kNone) {
    first_[node.path] = number;
    touched.push_back(&node);
    used_.push_back(node.path);
  } else {
    found_[last_[node.path]].next = number;
  }
  last_[node.path] = number;
}

bool Findings::may_be_within(std::uint32_t path, const NumberRange& range) {
  Extremes& extremes = extremes_[path];
  if (!extremes.is_known) {
    extremes = {true, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (std::uint32_t i = first_[path]; i != kNone; i = found_[i].next) {
      const auto n = found_[i].value.nearly();
      if (!n) continue;
      const double slack = 1e-12 * std::abs(*n);
      extremes.low = std::min(extremes.low, *n - slack);
      extremes.high = std::max(extremes.high, *n + slack);
    }
  }
  return extremes.high >= range.low && extremes.low <= range.high;
}

namespace plain {
#define ATHANOR_BLOCKS PlainBlocks
#include "pattern/event_reader_walk.inc"
#undef ATHANOR_BLOCKS
}  // namespace plain

#pragma clang attribute push(__attribute__((target("avx2,pclmul,bmi,popcnt,lzcnt"))), apply_to = function)
namespace wide {
#define ATHANOR_BLOCKS WideBlocks
#include "pattern/event_reader_walk.inc"
#undef ATHANOR_BLOCKS
bool read(std::string_view text, const PathNode& node, bool is_root, Findings& findings) {
  return Reader{text, findings}.read(node, is_root);
}
}  // namespace wide
#pragma clang attribute pop

bool read_members_plainly(std::string_view text, const PathNode& node, bool is_root, Findings& findings) {
  return plain::Reader{text, findings}.read(node, is_root);
}

bool read_members(std::string_view text, const PathNode& node, bool is_root, Findings& findings) {
  static const bool is_wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
  return is_wide ? wide::read(text, node, is_root, findings) : read_members_plainly(text, node, is_root, findings);
}

}  // namespace athanor::pattern
