// The blocks of json_blocks.h, which includes this, for x86-64 processors that compare 32 bytes at once.
#pragma once

#include "base/avx2.h"
#include "pattern/json_blocks.h"

namespace athanor::pattern {

struct Avx2Blocks {
  [[gnu::always_inline]] ATHANOR_AVX2 static BlockBits classify(const char* block) {
    namespace avx2 = base::avx2;
    const avx2::Block bytes = avx2::load_64(block);
    const avx2::Block folded = bytes | avx2::all_of('\x20');
    return {avx2::bits_equal(bytes, '"'), avx2::bits_equal(bytes, '\\'), avx2::bits_equal(folded, '{'),
            avx2::bits_equal(folded, '}')};
  }
  [[gnu::always_inline]] ATHANOR_AVX2 static std::uint64_t parity(std::uint64_t bits) {
    return base::avx2::parity(bits);
  }
};

}  // namespace athanor::pattern
