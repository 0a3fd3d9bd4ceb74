#include "pattern/event_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "format/json.h"
#include "pattern/json_blocks.h"

namespace athanor::pattern {

void Findings::clear(std::uint32_t paths) {
  for (const std::uint32_t path : used_) columns_[path] = {};
  used_.clear();
  touched.clear();
  found_.clear();
  elements.clear();
  arrays.clear();
  scalars.clear();
  unescaped.clear();
  longest_text = 0;
  next_leaf = 0;
  around = kNoElement;
  if (columns_.size() < paths) columns_.resize(paths);
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
