// JSON 64 bytes at a time: where strings and brackets are, as bits. Its user is compiled for each kind of processor
// that has blocks of its own (event_reader.cc), and one is chosen at run time.
#pragma once

#include <cstdint>

#include "base/sixteen_bytes.h"

namespace athanor::pattern {

// The bytes of a block that are quotes, backslashes, opening and closing brackets of either kind.
struct BlockBits {
  std::uint64_t quotes, backslashes, opening, closing;
};

// Every processor.
struct PlainBlocks {
  static BlockBits classify(const char* block) {
    // One bit turns '[' and ']' into '{' and '}', and nothing else into either.
    const base::Bytes16 fold = base::all_of('\x20');
    return {equal(block, {}, '"'), equal(block, {}, '\\'), equal(block, fold, '{'), equal(block, fold, '}')};
  }
  // Each bit is the parity of those up to it: set between quotes.
  static std::uint64_t parity(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }

 private:
  [[gnu::always_inline]] static std::uint64_t equal(const char* block, base::Bytes16 fold, char c) {
    const auto sixteen = [&](int i) { return base::equal(base::load_16(block + 16 * i) | fold, base::all_of(c)); };
    return base::top_bits(sixteen(0), sixteen(1), sixteen(2), sixteen(3));
  }
};

}  // namespace athanor::pattern

#if defined(__x86_64__)
#include "pattern/json_blocks_avx2.h"
#endif
