#include "pattern/event_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/processor.h"
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

#if defined(__x86_64__)
#pragma clang attribute push(ATHANOR_AVX2, apply_to = function)
namespace avx2 {
#define ATHANOR_BLOCKS Avx2Blocks
#include "pattern/event_reader_walk.inc"
#undef ATHANOR_BLOCKS
}  // namespace avx2
#pragma clang attribute pop
#else
namespace avx2 = plain;
#endif

bool read_members_plainly(std::string_view text, const PathNode& node, bool is_root, Findings& findings) {
  return plain::read(text, node, is_root, findings);
}

bool read_members(std::string_view text, const PathNode& node, bool is_root, Findings& findings) {
  return base::this_processor() >= base::Processor::Avx2 ? avx2::read(text, node, is_root, findings)
                                                         : read_members_plainly(text, node, is_root, findings);
}

}  // namespace athanor::pattern
