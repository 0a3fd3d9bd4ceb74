// Exact decimal numbers: money, weights, quantities.
//
// The arithmetic of Python's `decimal` in its default context: 28 significant digits, results rounded half-even, the
// exponent of each operand kept (1.10 + 2.20 is 3.30, and "0E+2" stays "0E+2"). A floating-point number cannot be
// converted to one.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace athanor::sdk {

enum class Rounding : std::uint8_t { HalfEven, HalfUp, Down };

class Decimal {
 public:
  // Significant digits of a result, and of parsed text. Source: the trading system's arithmetic context.
  static constexpr int kDigits = 28;
  // The largest power of ten in parsed text: beyond any real amount, yet safe. Our choice.
  static constexpr int kExponentMax = 6'144;

  constexpr Decimal() = default;
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>)
  constexpr explicit Decimal(Integer value)
      : coefficient_(value < 0 ? Wide{0} - static_cast<Wide>(value) : static_cast<Wide>(value)), negative_(value < 0) {}
  template <std::floating_point Float>
  Decimal(Float) = delete;  // 0.1 is not a tenth: write "0.1"

  // "12", "-0.050", "0E+2". InvalidInput on anything else, on NaN and infinity, and past kDigits or kExponentMax:
  // a number is taken exactly as written or not at all.
  static Result<Decimal> parse(std::string_view text);

  // Parses back to the same digits: trailing zeros and the exponent are kept.
  std::string to_string() const;

  bool is_zero() const { return coefficient_ == 0; }
  bool is_negative() const { return negative_ && coefficient_ != 0; }
  bool is_positive() const { return !negative_ && coefficient_ != 0; }
  Decimal abs() const;

  // With `places` digits after the decimal point. A value too large to hold that many is returned as it is.
  Decimal rounded(int places, Rounding rounding) const;

  // Equal by value: 1.0 == 1.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == std::strong_ordering::equal; }

  friend Decimal operator-(Decimal a);
  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b);
  friend Decimal operator*(const Decimal& a, const Decimal& b);
  Decimal& operator+=(const Decimal& b) { return *this = *this + b; }
  Decimal& operator-=(const Decimal& b) { return *this = *this - b; }

  // a / b; InvalidInput when b is zero. Not an operator, so that this case cannot be forgotten.
  friend Result<Decimal> divide(const Decimal& a, const Decimal& b);

 private:
  __extension__ using Wide = unsigned __int128;
  struct Arithmetic;  // decimal.cc
  Wide coefficient_ = 0;
  std::int32_t exponent_ = 0;
  bool negative_ = false;
};

Result<Decimal> divide(const Decimal& a, const Decimal& b);

// "0.05"_decimal; asserts on text that is not a number.
Decimal operator""_decimal(const char* text, std::size_t size);

}  // namespace athanor::sdk
