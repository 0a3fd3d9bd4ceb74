#include "sdk/decimal.h"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_int.hpp>

#include "base/assert.h"
#include "base/text.h"

namespace athanor::sdk {
namespace {

// Wide enough for every intermediate: the product of two 28-digit numbers has 56 digits, an aligned sum 58, a shifted
// dividend 57; 256 bits hold 77.
using Huge = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
    256, 256, boost::multiprecision::unsigned_magnitude, boost::multiprecision::unchecked, void>>;

constexpr int kPowers = 77;

const Huge& power_of_ten(int exponent) {
  static const auto kTable = [] {
    std::array<Huge, kPowers> table;
    table[0] = 1;
    for (std::size_t i = 1; i < table.size(); ++i) table[i] = table[i - 1] * 10;
    return table;
  }();
  ATHANOR_ASSERT(exponent >= 0 && exponent < kPowers);
  return kTable[static_cast<std::size_t>(exponent)];
}

int digits_of(const Huge& value) {
  int digits = 1;
  while (digits < kPowers && value >= power_of_ten(digits)) ++digits;
  return digits;
}

// value / 10^digits, rounded.
Huge drop_digits(const Huge& value, int digits, Rounding rounding) {
  if (digits == 0) return value;
  if (digits >= kPowers) return 0;
  const Huge& unit = power_of_ten(digits);
  Huge kept = value / unit;
  const Huge rest = value - kept * unit;
  const Huge half = unit / 2;  // exact: a power of ten is even
  switch (rounding) {
    case Rounding::Down:
      break;
    case Rounding::HalfUp:
      if (rest >= half) kept += 1;
      break;
    case Rounding::HalfEven:
      if (rest > half || (rest == half && kept % 2 == 1)) kept += 1;
      break;
  }
  return kept;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error not_a_decimal(std::string_view text) {
  return invalid_input("'" + std::string(text.substr(0, 60)) + "' is not a decimal number of at most 28 digits.");
}

}  // namespace

// The general decimal arithmetic (IBM, 1.70) over unbounded-looking intermediates, ending in one rounding.
struct Decimal::Arithmetic {
  static Huge coefficient(const Decimal& value) { return Huge{value.coefficient_}; }

  // A running total of exponents: only a long chain of products comes near the bound.
  static std::int32_t checked_exponent(std::int64_t exponent) {
    ATHANOR_ASSERT(exponent > -1'000'000'000 && exponent < 1'000'000'000);
    return static_cast<std::int32_t>(exponent);
  }

  static Decimal finish(bool negative, Huge value, std::int64_t exponent) {
    if (const int digits = digits_of(value); digits > kDigits) {
      value = drop_digits(value, digits - kDigits, Rounding::HalfEven);
      exponent += digits - kDigits;
      if (value == power_of_ten(kDigits)) {  // 9...9 went up to 10...0
        value /= 10;
        ++exponent;
      }
    }
    Decimal result;
    result.coefficient_ = static_cast<Wide>(value);
    result.exponent_ = checked_exponent(exponent);
    result.negative_ = negative;
    return result;
  }

  struct Aligned {
    Huge a;
    Huge b;
    std::int64_t exponent;
  };

  // Both over the lower exponent. An operand too small to show in 28 digits is replaced by a 1 that still rounds alike.
  static Aligned align(const Decimal& a, const Decimal& b) {
    if (a.exponent_ < b.exponent_) {
      auto swapped = align(b, a);
      std::swap(swapped.a, swapped.b);
      return swapped;
    }
    Huge high = coefficient(a);
    Huge low = coefficient(b);
    std::int64_t low_exponent = b.exponent_;
    const std::int64_t floor = a.exponent_ + std::min(-1, digits_of(high) - kDigits - 2);
    if (digits_of(low) + low_exponent - 1 < floor) {
      low = 1;
      low_exponent = floor;
    }
    high *= power_of_ten(static_cast<int>(a.exponent_ - low_exponent));
    return {high, low, low_exponent};
  }

  static Decimal add_to_zero(const Decimal& zero, const Decimal& value) {
    const std::int64_t lowest = std::min<std::int64_t>(zero.exponent_, value.exponent_);
    const std::int64_t exponent = std::max<std::int64_t>(lowest, std::int64_t{value.exponent_} - kDigits - 1);
    return finish(value.negative_, coefficient(value) * power_of_ten(static_cast<int>(value.exponent_ - exponent)),
                  exponent);
  }
};

Result<Decimal> Decimal::parse(std::string_view text) {
  const std::string_view whole = text;
  Decimal value;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    value.negative_ = text[0] == '-';
    text.remove_prefix(1);
  }
  std::int64_t exponent = 0;
  if (const auto e = text.find_first_of("eE"); e != text.npos) {
    std::string_view power = text.substr(e + 1);
    const bool minus = power.starts_with('-');
    if (minus || power.starts_with('+')) power.remove_prefix(1);
    if (power.empty() || power.size() > 9 || !all_digits(power)) return not_a_decimal(whole);
    exponent = base::to_int(power).value_or(0) * (minus ? -1 : 1);
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  const std::string_view integer = text.substr(0, point);
  const std::string_view fraction = point == text.npos ? std::string_view{} : text.substr(point + 1);
  if (integer.empty() && fraction.empty()) return not_a_decimal(whole);
  if (!all_digits(integer) || !all_digits(fraction)) return not_a_decimal(whole);
  int digits = 0;
  for (const std::string_view part : {integer, fraction}) {
    for (const char c : part) {
      if (digits > 0 || c != '0') ++digits;  // leading zeros do not count
      if (digits > kDigits) return not_a_decimal(whole);
      value.coefficient_ = value.coefficient_ * 10 + static_cast<unsigned>(c - '0');
    }
  }
  exponent -= static_cast<std::int64_t>(fraction.size());
  if (exponent > kExponentMax || exponent < -kExponentMax) return not_a_decimal(whole);
  value.exponent_ = static_cast<std::int32_t>(exponent);
  return value;
}

std::string Decimal::to_string() const {
  std::string digits;
  for (Wide rest = coefficient_; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + rest % 10));
  if (digits.empty()) digits = "0";
  const auto size = static_cast<std::int64_t>(digits.size());
  const std::int64_t left = exponent_ + size;  // digits before the point, if written out
  std::string out = negative_ ? "-" : "";
  const std::int64_t point = exponent_ <= 0 && left > -6 ? left : 1;
  if (point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else if (point >= size) {
    out += digits + std::string(static_cast<std::size_t>(point - size), '0');
  } else {
    const auto at = static_cast<std::size_t>(point);
    out += digits.substr(0, at) + "." + digits.substr(at);
  }
  if (left != point) out += (left > point ? "E+" : "E") + std::to_string(left - point);
  return out;
}

Decimal Decimal::abs() const {
  Decimal value = *this;
  value.negative_ = false;
  return value;
}

Decimal Decimal::rounded(int places, Rounding rounding) const {
  const std::int64_t wanted = -std::int64_t{places};
  Decimal result = *this;
  if (is_zero()) {
    result.exponent_ = static_cast<std::int32_t>(wanted);
    return result;
  }
  Huge value = Arithmetic::coefficient(*this);
  if (exponent_ >= wanted) {
    if (exponent_ - wanted > kDigits) return *this;
    value *= power_of_ten(static_cast<int>(exponent_ - wanted));
  } else {
    value = drop_digits(value, static_cast<int>(std::min<std::int64_t>(wanted - exponent_, kPowers)), rounding);
  }
  if (digits_of(value) > kDigits) return *this;
  result.coefficient_ = static_cast<Wide>(value);
  result.exponent_ = static_cast<std::int32_t>(wanted);
  return result;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const int sign_a = a.is_zero() ? 0 : a.negative_ ? -1 : 1;
  const int sign_b = b.is_zero() ? 0 : b.negative_ ? -1 : 1;
  if (sign_a != sign_b || sign_a == 0) return sign_a <=> sign_b;
  const auto aligned = Decimal::Arithmetic::align(a, b);
  const auto order = aligned.a == aligned.b  ? std::strong_ordering::equal
                     : aligned.a < aligned.b ? std::strong_ordering::less
                                             : std::strong_ordering::greater;
  return sign_a > 0 ? order : 0 <=> order;
}

Decimal operator-(Decimal a) {
  a.negative_ = !a.negative_ && !a.is_zero();
  return a;
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  using Arithmetic = Decimal::Arithmetic;
  if (a.is_zero() && b.is_zero()) {
    return Arithmetic::finish(a.negative_ && b.negative_, 0, std::min(a.exponent_, b.exponent_));
  }
  if (a.is_zero()) return Arithmetic::add_to_zero(a, b);
  if (b.is_zero()) return Arithmetic::add_to_zero(b, a);
  const auto aligned = Arithmetic::align(a, b);
  if (a.negative_ == b.negative_) return Arithmetic::finish(a.negative_, aligned.a + aligned.b, aligned.exponent);
  if (aligned.a == aligned.b) return Arithmetic::finish(false, 0, std::min(a.exponent_, b.exponent_));
  return aligned.a > aligned.b ? Arithmetic::finish(a.negative_, aligned.a - aligned.b, aligned.exponent)
                               : Arithmetic::finish(b.negative_, aligned.b - aligned.a, aligned.exponent);
}

Decimal operator-(const Decimal& a, const Decimal& b) {
  Decimal subtrahend = b;
  subtrahend.negative_ = !b.negative_;  // of a zero too: the sign of -0 - 0 depends on it
  return a + subtrahend;
}

Decimal operator*(const Decimal& a, const Decimal& b) {
  using Arithmetic = Decimal::Arithmetic;
  return Arithmetic::finish(a.negative_ != b.negative_, Arithmetic::coefficient(a) * Arithmetic::coefficient(b),
                            std::int64_t{a.exponent_} + b.exponent_);
}

Result<Decimal> divide(const Decimal& a, const Decimal& b) {
  using Arithmetic = Decimal::Arithmetic;
  if (b.is_zero()) return invalid_input("Division of " + a.to_string() + " by zero.");
  const bool negative = a.negative_ != b.negative_;
  const std::int64_t ideal = std::int64_t{a.exponent_} - b.exponent_;
  if (a.is_zero()) return Arithmetic::finish(negative, 0, ideal);
  Huge dividend = Arithmetic::coefficient(a);
  Huge divisor = Arithmetic::coefficient(b);
  const int shift = digits_of(divisor) - digits_of(dividend) + Decimal::kDigits + 1;
  std::int64_t exponent = ideal - shift;
  dividend *= power_of_ten(shift);  // at least 1: both have at most kDigits digits
  Huge quotient = dividend / divisor;
  if (quotient * divisor != dividend) {
    if (quotient % 5 == 0) quotient += 1;  // so that what was cut off can no longer look like a tie
  } else {
    while (exponent < ideal && quotient % 10 == 0) {
      quotient /= 10;
      ++exponent;
    }
  }
  return Arithmetic::finish(negative, std::move(quotient), exponent);
}

Decimal operator""_decimal(const char* text, std::size_t size) {
  auto value = Decimal::parse({text, size});
  ATHANOR_ASSERT(value.has_value());
  return *value;
}

}  // namespace athanor::sdk
