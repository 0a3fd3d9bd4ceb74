// JSON 64 bytes at a time: which bytes of a block are what, as bits. One interface for two kinds of machine: its users
// are compiled for each (the .inc files), and the right ones are chosen at run time.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace athanor::format {

inline constexpr std::size_t kBlock = 64;

inline std::uint64_t first_bits(std::size_t count) {
  return count < 64 ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}
inline std::size_t count_of(std::uint64_t bits) { return static_cast<std::size_t>(std::popcount(bits)); }
inline std::size_t first_of(std::uint64_t bits) { return static_cast<std::size_t>(std::countr_zero(bits)); }

// The 64 bytes from `at` on. If the text ends earlier, they are in `copy`, padded with `behind`.
inline const char* block_at(std::string_view text, std::size_t at, std::array<char, kBlock>& copy, char behind = '\0') {
  if (text.size() - at >= kBlock) return text.data() + at;
  copy.fill(behind);
  std::memcpy(copy.data(), text.data() + at, text.size() - at);
  return copy.data();
}

// A bit for each byte of the block that `is`, which looks at sixteen bytes at a time, selects.
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
inline std::uint64_t bits_beyond_ascii(const char* block) {
  return bits_of(block, [](__m128i bytes) { return bytes; });
}

// Which bytes are quotes, backslashes, control characters.
struct StringBits {
  std::uint64_t quotes = 0, backslashes = 0, controls = 0;
};

// What the bytes of a block are when outside strings. `blanks` has only the spaces, which are all the blanks of a block
// that `is_plain`: without control characters, backslashes, or anything beyond ASCII.
struct TokenBits {
  std::uint64_t quotes = 0, commas = 0, colons = 0, opening = 0, closing = 0, blanks = 0;
  std::uint64_t digits = 0, zeros = 0, points = 0, minuses = 0;
  bool is_plain = false;
};

// Kinds are numbered in four bits, the upper half of a byte: gathering a bit for each kind would take twice as long.
enum ByteKind : std::uint8_t {
  kSpace = 0x10,
  kQuote = 0x20,
  kBackslash = 0x30,  // also '|'
  kComma = 0x40,
  kColon = 0x50,
  kOpening = 0x60,
  kClosing = 0x70,
  kDigit = 0x80,
  kZero = 0x90,
  kPoint = 0xA0,
  kMinus = 0xB0
};

// Looks up the kind of each byte whose upper half is `upper_half`, by its lower half; other bytes get 0.
inline __m128i kinds_in_row(__m128i bytes, char upper_half, __m128i table) {
  // Bytes of other rows end up above 0x7F, for which the shuffle gives 0.
  const __m128i place = _mm_adds_epu8(_mm_xor_si128(bytes, _mm_set1_epi8(upper_half)), _mm_set1_epi8(0x70));
  return _mm_shuffle_epi8(table, place);
}

// The bytes after a backslash that is not itself escaped (Langdale and Lemire, "Parsing gigabytes of JSON per second",
// 2019, section 3.1.1, in the form that subtracts). `carried`: in, whether the block's first byte is one; out, whether
// the next block's is.
inline std::uint64_t escaped_bytes(std::uint64_t backslashes, bool& carried) {
  constexpr std::uint64_t kOdd = 0xAAAA'AAAA'AAAA'AAAA;
  const std::uint64_t first = carried ? 1 : 0;
  const std::uint64_t starting = backslashes & ~first;
  const std::uint64_t series = (((starting << 1) | kOdd) - starting) ^ kOdd;
  carried = ((series & starting) >> 63) != 0;
  return (series ^ starting) | first;
}

// For each subset of eight bytes, a row for _mm_shuffle_epi8: the bytes not in it, in order.
inline constexpr auto kWithout = [] {
  std::array<std::array<std::uint8_t, 8>, 256> rows{};
  for (std::size_t set = 0; set < rows.size(); ++set) {
    std::size_t to = 0;
    for (std::uint8_t from = 0; from < 8; ++from) {
      if ((set >> from & 1) == 0) rows[set][to++] = from;
    }
  }
  return rows;
}();
template <class Byte>
__m128i eight_bytes(const Byte* bytes) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes));
}

// Every x86-64 since 2009.
struct PlainBlocks {
  static StringBits string_bits(const char* block) {
    return {.quotes = bits_equal(block, '"'),
            .backslashes = bits_equal(block, '\\'),
            .controls = bits_of(
                block, [](__m128i bytes) { return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes); })};
  }

  // Stores 64 bytes, beginning with those of the block that are not `removed`.
  static void copy_without(const char* block, std::uint64_t removed, char* to) {
    if (removed == 0) {
      std::memcpy(to, block, kBlock);
      return;
    }
    for (std::size_t i = 0; i < kBlock; i += 8, removed >>= 8) {
      const auto& row = kWithout[removed & 0xFF];
      _mm_storel_epi64(reinterpret_cast<__m128i*>(to),
                       _mm_shuffle_epi8(eight_bytes(block + i), eight_bytes(row.data())));
      to += 8 - count_of(removed & 0xFF);
    }
  }

  [[gnu::always_inline]] static TokenBits token_bits(const char* block) {
    constexpr auto kind = [](ByteKind of) { return static_cast<char>(of); };
    const __m128i row_2 = _mm_setr_epi8(kind(kSpace), 0, kind(kQuote), 0, 0, 0, 0, 0, 0, 0, 0, 0, kind(kComma),
                                        kind(kMinus), kind(kPoint), 0);
    const char digit = kind(kDigit);
    const __m128i row_3 = _mm_setr_epi8(kind(kZero), digit, digit, digit, digit, digit, digit, digit, digit, digit,
                                        kind(kColon), 0, 0, 0, 0, 0);
    const __m128i row_7 =
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, kind(kOpening), kind(kBackslash), kind(kClosing), 0, 0);
    std::array<std::uint64_t, 4> plane{};
    __m128i least = _mm_set1_epi8(-1);
    __m128i any = _mm_setzero_si128();
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; ++i) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
      least = _mm_min_epu8(least, bytes);
      any = _mm_or_si128(any, bytes);
      // Setting one bit turns row 5, which has brackets too, into row 7.
      __m128i kinds = _mm_or_si128(kinds_in_row(bytes, 0x20, row_2), kinds_in_row(bytes, 0x30, row_3));
      kinds = _mm_or_si128(kinds, kinds_in_row(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 0x70, row_7));
      for (std::uint64_t& bits : plane) {
        bits |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(kinds))} << (16 * i);
        kinds = _mm_add_epi8(kinds, kinds);
      }
    }
    const auto [of_number, of_mark, third, fourth] = plane;
    const std::uint64_t others = ~(of_number | of_mark);
    const __m128i has_controls = _mm_cmpeq_epi8(_mm_min_epu8(least, _mm_set1_epi8(0x1F)), least);
    return {.quotes = others & third & ~fourth,
            .commas = of_mark & ~third & ~fourth,
            .colons = of_mark & ~third & fourth,
            .opening = of_mark & third & ~fourth,
            .closing = of_mark & third & fourth,
            .blanks = others & ~third & fourth,
            .digits = of_number & ~third,
            .zeros = of_number & ~third & fourth,
            .points = of_number & third & ~fourth,
            .minuses = of_number & third & fourth,
            .is_plain = (others & third & fourth) == 0 && _mm_movemask_epi8(_mm_or_si128(has_controls, any)) == 0};
  }

  // Each bit becomes the parity of all bits up to and including it.
  [[gnu::always_inline]] static std::uint64_t parity(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }
};

// Machines since Ice Lake and Zen 4: AVX-512, which compares 64 bytes at once.
#define ATHANOR_WIDE \
  __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,pclmul,bmi,bmi2,popcnt,lzcnt")))
struct WideBlocks {
  [[gnu::always_inline]] ATHANOR_WIDE static StringBits string_bits(const char* block) {
    const __m512i bytes = _mm512_loadu_si512(block);
    return {.quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
            .backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
            .controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20))};
  }

  [[gnu::always_inline]] ATHANOR_WIDE static void copy_without(const char* block, std::uint64_t removed, char* to) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi8(~removed, _mm512_loadu_si512(block)));
  }

  [[gnu::always_inline]] ATHANOR_WIDE static TokenBits token_bits(const char* block) {
    const __m512i bytes = _mm512_loadu_si512(block);
    const __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    const auto are = [](__m512i of, char c) ATHANOR_WIDE { return _mm512_cmpeq_epi8_mask(of, _mm512_set1_epi8(c)); };
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

  [[gnu::always_inline]] ATHANOR_WIDE static std::uint64_t parity(std::uint64_t bits) {
    const __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(bits)), _mm_set1_epi8(-1), 0);
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
  }
};
inline bool is_wide() {
  static const bool is = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2") &&
                         __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi") &&
                         __builtin_cpu_supports("bmi2");
  return is;
}

}  // namespace athanor::format
