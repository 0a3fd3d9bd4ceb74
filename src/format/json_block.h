// JSON 64 bytes at a time: which bytes of a block are what, as bits. One interface for each kind of processor
// (base/processor.h): its users are compiled for all of them (the .inc files), and one is chosen at run time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/sixteen_bytes.h"

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
  return base::top_bits(is(base::load_16(block)), is(base::load_16(block + 16)), is(base::load_16(block + 32)),
                        is(base::load_16(block + 48)));
}
inline std::uint64_t bits_equal(const char* block, char c) {
  return bits_of(block, [c](base::Bytes16 bytes) { return base::equal(bytes, base::all_of(c)); });
}
inline std::uint64_t bits_beyond_ascii(const char* block) {
  return bits_of(block, [](base::Bytes16 bytes) { return bytes; });
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

// The kinds of the bytes whose upper half is `upper_half`, by their lower half.
struct KindRow {
  std::uint8_t upper_half;
  std::array<std::uint8_t, 16> kinds;
};
inline constexpr KindRow kRow2{0x20, {kSpace, 0, kQuote, 0, 0, 0, 0, 0, 0, 0, 0, 0, kComma, kMinus, kPoint, 0}};
inline constexpr KindRow kRow3{0x30,
                               {kZero, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kColon}};
// Setting one bit turns row 5, which has brackets too, into row 7.
inline constexpr KindRow kRow7{0x70, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, kOpening, kBackslash, kClosing}};

// What four bits for each byte, the uppermost first, say of it.
[[gnu::always_inline]] inline TokenBits token_bits_of(const std::array<std::uint64_t, 4>& kinds,
                                                      bool has_controls_or_beyond_ascii) {
  const auto [of_number, of_mark, third, fourth] = kinds;
  const std::uint64_t others = ~(of_number | of_mark);
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
          .is_plain = (others & third & fourth) == 0 && !has_controls_or_beyond_ascii};
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

// For each subset of eight bytes, a row for look_up: the bytes not in it, in order.
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

// Every processor.
struct PlainBlocks {
  static StringBits string_bits(const char* block) {
    return {.quotes = bits_equal(block, '"'),
            .backslashes = bits_equal(block, '\\'),
            .controls = bits_of(block, [](base::Bytes16 bytes) { return base::at_most(bytes, base::all_of('\x1F')); })};
  }

  // Stores 64 bytes, beginning with those of the block that are not `removed`.
  static void copy_without(const char* block, std::uint64_t removed, char* to) {
    if (removed == 0) {
      std::memcpy(to, block, kBlock);
      return;
    }
    for (std::size_t i = 0; i < kBlock; i += 8, removed >>= 8) {
      const auto& row = kWithout[removed & 0xFF];
      base::store_8(to, base::look_up(base::load_8(block + i), base::load_8(row.data())));
      to += 8 - count_of(removed & 0xFF);
    }
  }

  [[gnu::always_inline]] static TokenBits token_bits(const char* block) {
    const auto look_up = [](const KindRow& row, base::Bytes16 bytes) {
      return base::look_up_row(base::load_16(row.kinds.data()), row.upper_half, bytes);
    };
    std::array<base::Bytes16, 4> kinds;
    base::Bytes16 controls{};
    base::Bytes16 any{};
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < 4; ++i) {
      const base::Bytes16 bytes = base::load_16(block + 16 * i);
      controls |= base::at_most(bytes, base::all_of('\x1F'));
      any |= bytes;
      kinds[i] = look_up(kRow2, bytes) | look_up(kRow3, bytes) | look_up(kRow7, bytes | base::all_of('\x20'));
    }
    std::array<std::uint64_t, 4> plane{};
    for (std::uint64_t& bits : plane) {
      bits = base::top_bits(kinds[0], kinds[1], kinds[2], kinds[3]);
      for (base::Bytes16& kind : kinds) kind += kind;
    }
    return token_bits_of(plane, base::top_bits(controls | any) != 0);
  }

  // Each bit becomes the parity of all bits up to and including it.
  [[gnu::always_inline]] static std::uint64_t parity(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }
};

}  // namespace athanor::format

#if defined(__x86_64__)
#include "format/json_block_avx2.h"
#include "format/json_block_avx512.h"
#endif
