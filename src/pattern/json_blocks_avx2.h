// The blocks of json_blocks.h, which includes this, for x86-64 machines since 2013.
#pragma once

#include <immintrin.h>

#include "pattern/json_blocks.h"

namespace athanor::pattern {

// AVX2, and carry-less multiplication.
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

// Whether this machine has them.
inline bool is_wide() {
  static const bool is = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
  return is;
}

}  // namespace athanor::pattern
