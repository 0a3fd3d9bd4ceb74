// Sixteen bytes at a time: what the compiler's vectors lack, for x86-64 (SSE 4.1) and for 64-bit ARM (NEON). All that
// differs between these two is here, but for what only one of them has.
//
// The bytes are unsigned. Comparisons give 0xFF where they hold, and 0 elsewhere; | & ^ + - are the language's.
#pragma once

#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include <array>
#include <cstdint>
#include <cstring>

namespace athanor::base {

using Bytes16 = std::uint8_t __attribute__((vector_size(16)));

// Of the functions here that are compiled for more than one kind of machine, none may be a copy for the wrong one.
#define ATHANOR_INLINE [[gnu::always_inline]] inline

ATHANOR_INLINE Bytes16 load_16(const void* from) {
  Bytes16 bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}
// With eight zeros behind them.
ATHANOR_INLINE Bytes16 load_8(const void* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  const std::uint64_t __attribute__((vector_size(16))) words = {bytes, 0};
  return reinterpret_cast<Bytes16>(words);
}
ATHANOR_INLINE void store_16(void* to, Bytes16 bytes) { std::memcpy(to, &bytes, sizeof bytes); }
// The first eight.
ATHANOR_INLINE void store_8(void* to, Bytes16 bytes) { std::memcpy(to, &bytes, 8); }

ATHANOR_INLINE Bytes16 all_of(std::uint8_t byte) { return Bytes16{} + byte; }
ATHANOR_INLINE Bytes16 all_of(char c) { return all_of(static_cast<std::uint8_t>(c)); }

ATHANOR_INLINE Bytes16 equal(Bytes16 a, Bytes16 b) { return reinterpret_cast<Bytes16>(a == b); }
ATHANOR_INLINE Bytes16 at_most(Bytes16 a, Bytes16 b) { return reinterpret_cast<Bytes16>(a <= b); }

#if defined(__aarch64__)

// The upper bit of each byte, that of the first byte lowest.
ATHANOR_INLINE std::uint64_t top_bits(Bytes16 a, Bytes16 b, Bytes16 c, Bytes16 d) {
  const uint8x16_t places = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const auto placed = [places](Bytes16 bytes) {
    return vandq_u8(vreinterpretq_u8_s8(vshrq_n_s8(reinterpret_cast<int8x16_t>(bytes), 7)), places);
  };
  // Each sum of neighbours halves the bytes; after three, the bits of eight bytes are in one.
  const uint8x16_t quarters = vpaddq_u8(vpaddq_u8(placed(a), placed(b)), vpaddq_u8(placed(c), placed(d)));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(quarters, quarters)), 0);
}
ATHANOR_INLINE std::uint32_t top_bits(Bytes16 bytes) {
  return static_cast<std::uint32_t>(top_bits(bytes, Bytes16{}, Bytes16{}, Bytes16{}));
}

// For each place, 0 to 15, the byte of the table there; 0 for a place of 0x80 or more.
ATHANOR_INLINE Bytes16 look_up(Bytes16 table, Bytes16 places) {
  return reinterpret_cast<Bytes16>(
      vqtbl1q_u8(reinterpret_cast<uint8x16_t>(table), reinterpret_cast<uint8x16_t>(places)));
}
// Looks up each byte whose upper half is `upper_half`, by its lower half; other bytes get 0.
ATHANOR_INLINE Bytes16 look_up_row(Bytes16 table, std::uint8_t upper_half, Bytes16 bytes) {
  return look_up(table, bytes ^ all_of(upper_half));  // which gives 0 from 0x10 on
}

// The number of sixteen decimal digits, each from 0 to 9.
ATHANOR_INLINE std::uint64_t number_of(Bytes16 digits) {
  const uint8x16_t tens = {10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1};
  const uint16x8_t hundreds = {100, 1, 100, 1, 100, 1, 100, 1};
  const uint32x4_t ten_thousands = {10'000, 1, 10'000, 1};
  const uint16x8_t of_two = vpaddlq_u8(vmulq_u8(reinterpret_cast<uint8x16_t>(digits), tens));
  const uint32x4_t of_four = vpaddlq_u16(vmulq_u16(of_two, hundreds));
  const uint64x2_t of_eight = vpaddlq_u32(vmulq_u32(of_four, ten_thousands));
  return vgetq_lane_u64(of_eight, 0) * 100'000'000 + vgetq_lane_u64(of_eight, 1);
}

#else

ATHANOR_INLINE std::uint32_t top_bits(Bytes16 bytes) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
}
ATHANOR_INLINE std::uint64_t top_bits(Bytes16 a, Bytes16 b, Bytes16 c, Bytes16 d) {
  return top_bits(a) | std::uint64_t{top_bits(b)} << 16 | std::uint64_t{top_bits(c)} << 32 |
         std::uint64_t{top_bits(d)} << 48;
}

ATHANOR_INLINE Bytes16 look_up(Bytes16 table, Bytes16 places) {
  return reinterpret_cast<Bytes16>(
      _mm_shuffle_epi8(reinterpret_cast<__m128i>(table), reinterpret_cast<__m128i>(places)));
}
ATHANOR_INLINE Bytes16 look_up_row(Bytes16 table, std::uint8_t upper_half, Bytes16 bytes) {
  // Bytes of other rows end up above 0x7F; of the others the shuffle sees the lower half.
  const auto places = reinterpret_cast<__m128i>(bytes ^ all_of(upper_half));
  return look_up(table, reinterpret_cast<Bytes16>(_mm_adds_epu8(places, _mm_set1_epi8(0x70))));
}

ATHANOR_INLINE std::uint64_t number_of(Bytes16 digits) {
  // Pairs become numbers below 100, pairs of those numbers below 10,000, and pairs of these below 100,000,000.
  __m128i numbers = _mm_maddubs_epi16(reinterpret_cast<__m128i>(digits), _mm_set1_epi16(0x010A));
  numbers = _mm_madd_epi16(numbers, _mm_set1_epi32(0x0001'0064));
  numbers = _mm_madd_epi16(_mm_packus_epi32(numbers, numbers), _mm_set1_epi32(0x0001'2710));
  const auto halves = static_cast<std::uint64_t>(_mm_cvtsi128_si64(numbers));
  return (halves & 0xFFFF'FFFF) * 100'000'000 + (halves >> 32);
}

#endif

#undef ATHANOR_INLINE

}  // namespace athanor::base
