// 64 bytes as two halves in registers, for x86-64 with AVX2 and carry-less multiplication (Processor::Avx2). To be
// included where __x86_64__ is defined, and called from functions that are ATHANOR_AVX2 themselves.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace athanor::base::avx2 {

#define ATHANOR_AVX2 __attribute__((target("avx2,pclmul,bmi,bmi2,popcnt,lzcnt")))
#define ATHANOR_AVX2_INLINE [[gnu::always_inline]] ATHANOR_AVX2 inline

struct Block {
  __m256i low, high;
};

ATHANOR_AVX2_INLINE Block load_64(const char* from) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from) + 1)};
}
ATHANOR_AVX2_INLINE __m256i all_of(char c) { return _mm256_set1_epi8(c); }

ATHANOR_AVX2_INLINE Block operator|(Block bytes, __m256i with) {
  return {_mm256_or_si256(bytes.low, with), _mm256_or_si256(bytes.high, with)};
}

// The upper bit of each byte, that of the first byte lowest.
ATHANOR_AVX2_INLINE std::uint64_t top_bits(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}
ATHANOR_AVX2_INLINE std::uint64_t bits_equal(Block bytes, char c) {
  return top_bits(_mm256_cmpeq_epi8(bytes.low, all_of(c)), _mm256_cmpeq_epi8(bytes.high, all_of(c)));
}

// Each bit becomes the parity of all bits up to and including it.
ATHANOR_AVX2_INLINE std::uint64_t parity(std::uint64_t bits) {
  const __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(bits)), _mm_set1_epi8(-1), 0);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

}  // namespace athanor::base::avx2
