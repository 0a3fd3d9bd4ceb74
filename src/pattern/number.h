// Decimal numbers as written in an event, read as fast as their digits can be scanned.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/sixteen_bytes.h"

namespace athanor::pattern {

inline constexpr std::uint64_t kWholePowersOfTen[] = {1,
                                                      10,
                                                      100,
                                                      1'000,
                                                      10'000,
                                                      100'000,
                                                      1'000'000,
                                                      10'000'000,
                                                      100'000'000,
                                                      1'000'000'000,
                                                      10'000'000'000,
                                                      100'000'000'000,
                                                      1'000'000'000'000,
                                                      10'000'000'000'000,
                                                      100'000'000'000'000,
                                                      1'000'000'000'000'000,
                                                      10'000'000'000'000'000,
                                                      100'000'000'000'000'000,
                                                      1'000'000'000'000'000'000};

// Appends the digits at `at` to `digits` and returns how many; sixteen at once where that many bytes can be read.
[[gnu::always_inline]] inline std::ptrdiff_t take_digits(const char*& at, const char* end, std::uint64_t& digits) {
  // From byte n on: where each of n digits comes from when they move to the end, with zeros in front of them.
  static constexpr std::array<std::int8_t, 32> kToTheEnd = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                            -1, -1, -1, -1, -1, 0,  1,  2,  3,  4,  5,
                                                            6,  7,  8,  9,  10, 11, 12, 13, 14, 15};
  const char* const begin = at;
  while (end - at >= 16) {
    const base::Bytes16 bytes = base::load_16(at) - base::all_of('0');
    const int count = std::countr_one(base::top_bits(base::at_most(bytes, base::all_of(std::uint8_t{9}))));
    digits = digits * kWholePowersOfTen[count] +
             base::number_of(base::look_up(bytes, base::load_16(kToTheEnd.data() + count)));
    at += count;
    if (count != 16) return at - begin;
  }
  for (; at != end && *at >= '0' && *at <= '9'; ++at) digits = digits * 10 + static_cast<unsigned>(*at - '0');
  return at - begin;
}

// A plain decimal number. What follows it decides whether it was one: an exponent is not read.
struct DecimalDigits {
  static constexpr std::ptrdiff_t kMost = 18;  // with more, `digits` is meaningless

  const char* end = nullptr;
  std::uint64_t digits = 0;  // ignoring the point
  std::ptrdiff_t count = 0;  // including leading zeros
  std::ptrdiff_t behind_point = 0;
  bool negative = false;
};

[[gnu::always_inline]] inline DecimalDigits decimal_digits(const char* at, const char* end) {
  DecimalDigits d;
  d.negative = at != end && *at == '-';
  at += d.negative;
  const char* const begin = at;
  for (; at != end && *at >= '0' && *at <= '9'; ++at) d.digits = d.digits * 10 + static_cast<unsigned>(*at - '0');
  d.count = at - begin;
  if (at != end && *at == '.') {
    ++at;
    d.behind_point = take_digits(at, end, d.digits);
    d.count += d.behind_point;
  }
  d.end = at;
  return d;
}

// The number itself, or one within a few units in the last of 53 bits.
struct NearNumber {
  enum class Is : std::uint8_t { Unknown, Near, Exact };

  const char* end = nullptr;
  double number = 0;
  Is is = Is::Unknown;
};

[[gnu::always_inline]] inline NearNumber near_number(const DecimalDigits& d) {
  static constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                            1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  static constexpr double kTenths[] = {1e0,   1e-1,  1e-2,  1e-3,  1e-4,  1e-5,  1e-6,  1e-7,  1e-8, 1e-9,
                                       1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18};
  // Every decimal number with this many digits survives the way to a double and back. Source: DBL_DIG of IEEE 754.
  constexpr int kDigitsThatSurvive = 15;
  if (d.count == 0 || d.count > DecimalDigits::kMost) return {.end = d.end};
  const auto whole = static_cast<double>(static_cast<std::int64_t>(d.digits));
  // With 15 digits both are exact, and the division rounds once, and correctly. An approximation needs no division.
  const bool is_exact = d.count <= kDigitsThatSurvive;
  const double number = is_exact ? whole / kPowersOfTen[d.behind_point] : whole * kTenths[d.behind_point];
  return {d.end, d.negative ? -number : number, is_exact ? NearNumber::Is::Exact : NearNumber::Is::Near};
}
[[gnu::always_inline]] inline NearNumber near_number(const char* at, const char* end) {
  return near_number(decimal_digits(at, end));
}

}  // namespace athanor::pattern
