// JSON 64 bytes at a time: where strings and brackets are, as bits. Two kinds of machine, one interface; its user is
// compiled for each (event_reader.cc), and one is chosen at run time.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace athanor::pattern {

// The bytes of a block that are quotes, backslashes, opening and closing brackets of either kind.
struct BlockBits {
  std::uint64_t quotes, backslashes, opening, closing;
};

// Every x86-64: SSE2.
struct PlainBlocks {
  static BlockBits classify(const char* block) {
    BlockBits bits{};
    for (unsigned i = 0; i < 4; ++i) {
      const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
      // One bit turns '[' and ']' into '{' and '}', and nothing else into either.
      const __m128i folded = _mm_or_si128(b, _mm_set1_epi8(0x20));
      bits.quotes |= equal(b, '"') << (16 * i);
      bits.backslashes |= equal(b, '\\') << (16 * i);
      bits.opening |= equal(folded, '{') << (16 * i);
      bits.closing |= equal(folded, '}') << (16 * i);
    }
    return bits;
  }
  // Each bit is the parity of those up to it: set between quotes.
  static std::uint64_t parity(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }

 private:
  static std::uint64_t equal(__m128i block, char c) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c))));
  }
};

// Machines since 2013: AVX2, and carry-less multiplication.
struct WideBlocks {
#define ATHANOR_WIDE __attribute__((target("avx2,pclmul,bmi,popcnt,lzcnt"), always_inline))
  ATHANOR_WIDE static BlockBits classify(const char* block) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block) + 1);
    const __m256i fold = _mm256_set1_epi8(0x20);
    const __m256i folded_a = _mm256_or_si256(a, fold);
    const __m256i folded_b = _mm256_or_si256(b, fold);
    return {equal(a, b, '"'), equal(a, b, '\\'), equal(folded_a, folded_b, '{'), equal(folded_a, folded_b, '}')};
  }
  ATHANOR_WIDE static std::uint64_t parity(std::uint64_t bits) {
    const __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(bits)), _mm_set1_epi8(-1), 0);
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
  }

 private:
  ATHANOR_WIDE static std::uint64_t equal(__m256i a, __m256i b, char c) {
    const __m256i wanted = _mm256_set1_epi8(c);
    const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, wanted)));
    const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, wanted)));
    return low | static_cast<std::uint64_t>(high) << 32;
  }
#undef ATHANOR_WIDE
};

}  // namespace athanor::pattern
