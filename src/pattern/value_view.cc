#include "pattern/value_view.h"

#include <bit>
#include <cstdint>

#include "pattern/condition.h"

namespace athanor::pattern {
namespace {

using Wide = __int128;

// Of a double. Source: IEEE 754, binary64.
constexpr int kFractionBits = 52;
constexpr int kExponentOfOne = 1023;
constexpr std::uint64_t kHiddenBit = std::uint64_t{1} << kFractionBits;

struct Comparable {
  enum { Yes, No, Unknown } verdict = Unknown;
  double number = 0;
};

// What comparable_number() says about digits / 10^behind_point, where 128-bit integers can decide it: for numbers of
// usual size with 16 or 17 digits. We look for the number's double m / 2^s, and whether no other decimal that is
// shorter or as long is as close to it. Multiplied by 2^s 10^behind_point, all of these are whole numbers.
Comparable decide(std::uint64_t digits, std::ptrdiff_t behind_point) {
  for (; behind_point > 0 && digits % 10 == 0; --behind_point) digits /= 10;
  if (digits % 10 == 0 || digits < kWholePowersOfTen[15]) return {};
  if (digits >= kWholePowersOfTen[17]) return {Comparable::No};
  const double near =
      static_cast<double>(digits) / static_cast<double>(kWholePowersOfTen[behind_point]);  // 0.001 or more
  const auto bits = std::bit_cast<std::uint64_t>(near);
  const int s = kExponentOfOne + kFractionBits - static_cast<int>(bits >> kFractionBits);
  if (s < 0 || s > 64) return {};
  const Wide ten = kWholePowersOfTen[behind_point];  // between two doubles
  const Wide step = Wide{1} << s;                    // between two decimals of this length
  // If at most one decimal of this length is near a double, it is this one; and division of whole numbers below 2^53 is
  // correct.
  if (step > ten && digits < 2 * kHiddenBit) return {Comparable::Yes, near};
  auto m = static_cast<std::int64_t>((bits & (kHiddenBit - 1)) | kHiddenBit);
  Wide away = digits * step - m * ten;
  for (; 2 * away > ten; away -= ten) ++m;
  for (; 2 * away < -ten; away += ten) --m;
  // A power of two is closer to its lower neighbour.
  if (m <= static_cast<std::int64_t>(kHiddenBit) || m >= static_cast<std::int64_t>(2 * kHiddenBit)) return {};
  const Wide distance = away < 0 ? -away : away;
  const auto last = static_cast<std::int64_t>(digits % 10);
  const Wide below = last * step - away;         // to the next shorter decimal
  const Wide above = (10 - last) * step + away;  // and to the one on the other side
  if (2 * distance == ten || 2 * distance == step || 2 * below == ten || 2 * above == ten) return {};
  if (2 * distance > step || 2 * below < ten || 2 * above < ten) return {Comparable::No};
  const std::uint64_t exponent = (bits >> kFractionBits) << kFractionBits;
  return {Comparable::Yes, std::bit_cast<double>(exponent | (static_cast<std::uint64_t>(m) - kHiddenBit))};
}

}  // namespace

void ValueView::settle() const {
  if (kind != format::JsonKind::Number || known_ == Known::NotComparable) return;
  const char* const end = text.data() + text.size();
  const DecimalDigits d = decimal_digits(text.data(), end);
  if (const NearNumber near = near_number(d); near.end == end) {
    if (near.is == NearNumber::Is::Exact) {
      known_ = Known::Comparable;
      number_ = near.number;
      return;
    }
    const Comparable found = near.is == NearNumber::Is::Near ? decide(d.digits, d.behind_point) : Comparable{};
    if (found.verdict != Comparable::Unknown) {
      known_ = found.verdict == Comparable::Yes ? Known::Comparable : Known::NotComparable;
      number_ = d.negative ? -found.number : found.number;
      return;
    }
  }
  const auto number = comparable_number(text);
  known_ = number ? Known::Comparable : Known::NotComparable;
  number_ = number.value_or(0);
}

}  // namespace athanor::pattern
