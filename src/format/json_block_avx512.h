// The blocks of json_block.h, which includes this, for x86-64 processors that compare 64 bytes at once.
#pragma once

#include <immintrin.h>

#include "base/avx2.h"
#include "format/json_block.h"

namespace athanor::format {

#define ATHANOR_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,pclmul,bmi,bmi2,popcnt,lzcnt")))

struct Avx512Blocks {
  [[gnu::always_inline]] ATHANOR_AVX512 static StringBits string_bits(const char* block) {
    const __m512i bytes = _mm512_loadu_si512(block);
    return {.quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
            .backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
            .controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20))};
  }

  [[gnu::always_inline]] ATHANOR_AVX512 static void copy_without(const char* block, std::uint64_t removed, char* to) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi8(~removed, _mm512_loadu_si512(block)));
  }

  [[gnu::always_inline]] ATHANOR_AVX512 static TokenBits token_bits(const char* block) {
    const __m512i bytes = _mm512_loadu_si512(block);
    const __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    const auto are = [](__m512i of, char c) ATHANOR_AVX512 { return _mm512_cmpeq_epi8_mask(of, _mm512_set1_epi8(c)); };
    const auto not_plain =
        _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)) | are(bytes, '\\') | _mm512_movepi8_mask(bytes);
    return {.quotes = are(bytes, '"'),
            .commas = are(bytes, ','),
            .colons = are(bytes, ':'),
            .opening = are(folded, '{'),
            .closing = are(folded, '}'),
            .blanks = are(bytes, ' '),
            .digits = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(10)),
            .zeros = are(bytes, '0'),
            .points = are(bytes, '.'),
            .minuses = are(bytes, '-'),
            .is_plain = not_plain == 0};
  }

  [[gnu::always_inline]] ATHANOR_AVX512 static std::uint64_t parity(std::uint64_t bits) {
    return base::avx2::parity(bits);
  }
};

}  // namespace athanor::format
