// JSON 64 bytes at a time: which bytes of a block are what, as bits.
#pragma once

#include <tmmintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace athanor::format {

inline constexpr std::size_t kBlock = 64;

// The 64 bytes from `at` on. Where the text ends before, they are in `copy`, and zeros behind it.
inline const char* block_at(std::string_view text, std::size_t at, std::array<char, kBlock>& copy) {
  if (text.size() - at >= kBlock) return text.data() + at;
  copy.fill('\0');
  std::memcpy(copy.data(), text.data() + at, text.size() - at);
  return copy.data();
}

// A bit for each byte of the block of which `is`, told of sixteen, says so.
template <class Is>
std::uint64_t bits_of(const char* block, Is is) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    bits |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(is(bytes)))} << (16 * i);
  }
  return bits;
}
inline std::uint64_t bits_equal(const char* block, char c) {
  return bits_of(block, [c](__m128i bytes) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); });
}

// Which are quotes, backslashes, control characters.
struct StringBits {
  std::uint64_t quotes = 0, backslashes = 0, controls = 0;
};
inline StringBits string_bits(const char* block) {
  return {.quotes = bits_equal(block, '"'),
          .backslashes = bits_equal(block, '\\'),
          .controls = bits_of(
              block, [](__m128i bytes) { return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes); })};
}

// Outside of strings: which are brackets, colons, commas; blanks; digits; zeros; points.
struct TokenBits {
  std::uint64_t marks = 0, blanks = 0, digits = 0, zeros = 0, points = 0;
};
inline TokenBits token_bits(const char* block) {
  // A byte is of a kind when both of its halves are: 1 the comma, 2 the colon, 4 brackets, 8 and 16 blanks, 32 digits,
  // 64 the point.
  const __m128i by_high = _mm_setr_epi8(16, 0, 1 | 8 | 64, 2 | 32, 0, 4, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i by_low = _mm_setr_epi8(8 | 32, 32, 32, 32, 32, 32, 32, 32, 32, 16 | 32, 2 | 16, 4, 1, 4 | 16, 64, 0);
  std::array<__m128i, 4> kinds;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0F));
    kinds[i] = _mm_and_si128(_mm_shuffle_epi8(by_high, high), _mm_shuffle_epi8(by_low, bytes));
  }
  const auto has = [&](char kind) {
    return bits_of(reinterpret_cast<const char*>(kinds.data()), [=](__m128i of) {
      return _mm_cmpgt_epi8(_mm_and_si128(of, _mm_set1_epi8(kind)), _mm_setzero_si128());
    });
  };
  return {.marks = has(1 | 2 | 4),
          .blanks = has(8 | 16),
          .digits = has(32),
          .zeros = bits_equal(block, '0'),
          .points = has(64)};
}

inline std::uint64_t first_bits(std::size_t count) {
  return count < 64 ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}
inline std::size_t count_of(std::uint64_t bits) { return static_cast<std::size_t>(std::popcount(bits)); }
inline std::size_t first_of(std::uint64_t bits) { return static_cast<std::size_t>(std::countr_zero(bits)); }

// The bytes behind a backslash that is not itself behind one (Langdale and Lemire, "Parsing gigabytes of JSON per
// second", 2019, section 3.1.1, in the form that subtracts). `carried`: whether the block's first byte is one; then,
// whether the next block's is.
inline std::uint64_t escaped_bytes(std::uint64_t backslashes, bool& carried) {
  constexpr std::uint64_t kOdd = 0xAAAA'AAAA'AAAA'AAAA;
  const std::uint64_t first = carried ? 1 : 0;
  const std::uint64_t starting = backslashes & ~first;
  const std::uint64_t series = (((starting << 1) | kOdd) - starting) ^ kOdd;
  carried = ((series & starting) >> 63) != 0;
  return (series ^ starting) | first;
}

// Each bit the parity of those up to it.
inline std::uint64_t parity_of(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

}  // namespace athanor::format
