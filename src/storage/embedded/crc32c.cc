#include "storage/embedded/crc32c.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#if defined(__aarch64__)
#include <arm_acle.h>
#else
#include <wmmintrin.h>

#include <nmmintrin.h>
#endif

namespace athanor::storage {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli's, bits reversed

using Table = std::array<std::uint32_t, 256>;

// tables[k][b] is what byte b does to the checksum when k more bytes follow it ("slicing by eight").
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xFF];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

std::uint32_t crc32c_by_table(std::uint32_t before, std::string_view bytes) {
  std::uint32_t crc = ~before;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const std::uint64_t word = word_at(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 0xFF];
  }
  for (const char c : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

#if defined(__aarch64__)

std::uint32_t crc32c(std::uint32_t before, std::string_view bytes) {
  std::uint32_t crc = ~before;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) crc = __crc32cd(crc, word_at(bytes.data()));
  for (const char c : bytes) crc = __crc32cb(crc, static_cast<unsigned char>(c));
  return ~crc;
}

#else

namespace {

// Each step of the instruction waits for the one before, but three can be in flight at once: three lanes are summed
// side by side, and each sum is shifted past the lanes after it by one carry-less multiplication.

// x^n modulo the polynomial, bits reversed: the highest bit is x^0.
constexpr std::uint32_t power_of_x(std::size_t n) {
  std::uint32_t power = 0x8000'0000;
  for (; n > 0; --n) power = (power & 1) != 0 ? (power >> 1) ^ kPolynomial : power >> 1;
  return power;
}

// The product of two reversed 32-bit values is one bit short of 64, and the instruction multiplies by x^32: x^33 less.
template <std::size_t kBytes>
constexpr std::uint32_t kMoveOver = power_of_x(8 * kBytes - 33);

// Consumes the front of `bytes` in steps of three lanes of kLane bytes each.
template <std::size_t kLane>
__attribute__((target("pclmul"))) std::uint64_t sum_lanes(std::uint64_t crc, std::string_view& bytes) {
  const auto moved = [](std::uint64_t lane, std::uint32_t over) __attribute__((target("pclmul"))) {
    return _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(lane)),
                                _mm_cvtsi32_si128(static_cast<int>(over)), 0);
  };
  for (; bytes.size() >= 3 * kLane; bytes.remove_prefix(3 * kLane)) {
    const char* const first = bytes.data();
    std::uint64_t second_crc = 0, third_crc = 0;
    std::size_t at = 0;
    for (; at < kLane - 8; at += 8) {
      crc = _mm_crc32_u64(crc, word_at(first + at));
      second_crc = _mm_crc32_u64(second_crc, word_at(first + kLane + at));
      third_crc = _mm_crc32_u64(third_crc, word_at(first + 2 * kLane + at));
    }
    crc = _mm_crc32_u64(crc, word_at(first + at));
    second_crc = _mm_crc32_u64(second_crc, word_at(first + kLane + at));
    const __m128i both = _mm_xor_si128(moved(crc, kMoveOver<2 * kLane>), moved(second_crc, kMoveOver<kLane>));
    crc =
        _mm_crc32_u64(third_crc, word_at(first + 2 * kLane + at) ^ static_cast<std::uint64_t>(_mm_cvtsi128_si64(both)));
  }
  return crc;
}

}  // namespace

std::uint32_t crc32c(std::uint32_t before, std::string_view bytes) {
  static const bool can_multiply = __builtin_cpu_supports("pclmul") != 0;
  std::uint64_t crc = ~before;
  if (can_multiply) {
    crc = sum_lanes<256>(crc, bytes);
    crc = sum_lanes<64>(crc, bytes);
  }
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) crc = _mm_crc32_u64(crc, word_at(bytes.data()));
  auto last = static_cast<std::uint32_t>(crc);
  for (const char c : bytes) last = _mm_crc32_u8(last, static_cast<unsigned char>(c));
  return ~last;
}

#endif

}  // namespace athanor::storage
