// The blocks of json_block.h, which includes this, for x86-64 processors that compare 32 bytes at once.
#pragma once

#include "base/avx2.h"
#include "format/json_block.h"

namespace athanor::format {

struct Avx2Blocks {
  [[gnu::always_inline]] ATHANOR_AVX2 static StringBits string_bits(const char* block) {
    namespace avx2 = base::avx2;
    const avx2::Block bytes = avx2::load_64(block);
    const auto is_control = [](__m256i half) ATHANOR_AVX2 {
      return _mm256_cmpeq_epi8(_mm256_min_epu8(half, avx2::all_of('\x1F')), half);
    };
    return {.quotes = avx2::bits_equal(bytes, '"'),
            .backslashes = avx2::bits_equal(bytes, '\\'),
            .controls = avx2::top_bits(is_control(bytes.low), is_control(bytes.high))};
  }

  static void copy_without(const char* block, std::uint64_t removed, char* to) {
    PlainBlocks::copy_without(block, removed, to);
  }

  [[gnu::always_inline]] ATHANOR_AVX2 static TokenBits token_bits(const char* block) {
    namespace avx2 = base::avx2;
    const avx2::Block bytes = avx2::load_64(block);
    __m256i low = kinds(bytes.low);
    __m256i high = kinds(bytes.high);
    std::array<std::uint64_t, 4> plane{};
    for (std::uint64_t& bits : plane) {
      bits = avx2::top_bits(low, high);
      low = _mm256_add_epi8(low, low);
      high = _mm256_add_epi8(high, high);
    }
    // Compared as signed numbers, bytes beyond ASCII are below zero.
    const __m256i controls_or_beyond = _mm256_or_si256(_mm256_cmpgt_epi8(avx2::all_of(' '), bytes.low),
                                                       _mm256_cmpgt_epi8(avx2::all_of(' '), bytes.high));
    return token_bits_of(plane, _mm256_testz_si256(controls_or_beyond, controls_or_beyond) == 0);
  }

  [[gnu::always_inline]] ATHANOR_AVX2 static std::uint64_t parity(std::uint64_t bits) {
    return base::avx2::parity(bits);
  }

 private:
  [[gnu::always_inline]] ATHANOR_AVX2 static __m256i kinds(__m256i bytes) {
    const auto look_up = [](const KindRow& row, __m256i of) ATHANOR_AVX2 {
      const __m128i table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row.kinds.data()));
      // Bytes of other rows end up above 0x7F; of the others the shuffle sees the lower half.
      const __m256i places = _mm256_adds_epu8(_mm256_xor_si256(of, _mm256_set1_epi8(static_cast<char>(row.upper_half))),
                                              _mm256_set1_epi8(0x70));
      return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), places);
    };
    return _mm256_or_si256(_mm256_or_si256(look_up(kRow2, bytes), look_up(kRow3, bytes)),
                           look_up(kRow7, _mm256_or_si256(bytes, _mm256_set1_epi8(0x20))));
  }
};

}  // namespace athanor::format
