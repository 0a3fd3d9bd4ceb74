#include "pattern/value_view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/random.h"
#include "pattern/condition.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;

std::string digits(base::Random& random, std::uint64_t count) {
  std::string text;
  for (; count > 0; --count) text += static_cast<char>('0' + random.below(10));
  return text;
}

// Numbers of every length, with and without fraction and exponent; many at the edge of what a double holds.
std::string number(base::Random& random) {
  std::string text = random.one_in(3) ? "-" : "";
  text += random.one_in(4) ? "0" : std::to_string(1 + random.below(9)) + digits(random, random.below(20));
  if (random.one_in(2))
    text += "." + digits(random, 1 + random.below(20));
  else if (random.one_in(3))
    text.append(random.below(8), '0');
  if (random.one_in(5)) text += fmt::format("e{}{}", random.one_in(2) ? "-" : "", random.below(330));
  return text;
}

// As a program prints a double, sometimes with another last digit: 16 and 17 digits, just comparable or just not.
std::string printed(base::Random& random) {
  const double one = static_cast<double>(random.next() >> 11) / 9'007'199'254'740'992.0;
  std::string text = fmt::format("{}", std::ldexp(one - 0.5, static_cast<int>(random.below(70)) - 20));
  if (random.one_in(3)) text.back() = static_cast<char>('0' + random.below(10));
  return text;
}

// What JavaScript and Python print of doubles past 2^53 compares by value, in any notation; their exact digits do not.
TEST(ComparableNumber, TakesWholeNumbersPastTheFractionBits) {
  const struct {
    const char* text;
    double number;
  } rows[] = {{"9223372036854776000", 9223372036854775808.0},   {"9.223372036854776e18", 9223372036854775808.0},
              {"9223372036854776000.0", 9223372036854775808.0}, {"-18446744073709552000", -18446744073709551616.0},
              {"1700000000123456800", 1700000000123456768.0},   {"96167679930319800", 96167679930319808.0},
              {"123456789012345680", 123456789012345680.0},     {"9007199254740994", 9007199254740994.0},
              {"36028797018963970", 36028797018963968.0}};
  for (const auto& row : rows) {
    EXPECT_EQ(comparable_number(row.text), row.number) << row.text;
    EXPECT_EQ((ValueView{JsonKind::Number, row.text}).comparable(), row.number) << row.text;
  }
  for (const char* none : {"9223372036854775808", "9007199254740993", "9223372036854776001", "36028797018963968"}) {
    EXPECT_EQ(comparable_number(none), std::nullopt) << none;
    EXPECT_EQ((ValueView{JsonKind::Number, none}).comparable(), std::nullopt) << none;
  }
}

TEST(ValueView, KnowsTheNumbersThatComparableNumberKnows) {
  base::Random random{11};
  int comparable = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string text = random.one_in(2) ? number(random) : printed(random);
    const ValueView value{JsonKind::Number, text};
    ASSERT_EQ(value.comparable(), comparable_number(text)) << text;
    const NearNumber near = near_number(text.data(), text.data() + text.size());
    if (near.end == text.data() + text.size()) {
      const ValueView scanned{JsonKind::Number, text, near};
      if (near.is != NearNumber::Is::Unknown) {
        ASSERT_NEAR(near.number, std::stod(text), 1e-14 * std::abs(std::stod(text))) << text;
      }
      ASSERT_EQ(scanned.comparable(), comparable_number(text)) << text;
    }
    comparable += value.comparable().has_value();
  }
  EXPECT_GT(comparable, 30'000);
  EXPECT_EQ((ValueView{JsonKind::String, "1"}).comparable(), std::nullopt);
}

// Bounds at the number, next to it and far away.
TEST(ValueView, IsWithinARangeWhenItsNumberIs) {
  base::Random random{12};
  int within = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = random.one_in(2) ? number(random) : printed(random);
    const auto n = comparable_number(text);
    const double itself = n.value_or(1);
    const double bounds[] = {itself, std::nextafter(itself, 1e300), std::nextafter(itself, -1e300), 0.0, -1e12, 1e12};
    const NumberRange range{bounds[random.below(6)], bounds[random.below(6)], random.one_in(2), random.one_in(2)};
    const bool expected = n && (range.low_open ? *n > range.low : *n >= range.low) &&
                          (range.high_open ? *n < range.high : *n <= range.high);
    const std::string context = fmt::format("{} in {} {}", text, range.low, range.high);
    ASSERT_EQ((ValueView{JsonKind::Number, text}).is_within(range), expected) << context;
    const NearNumber near = near_number(text.data(), text.data() + text.size());
    if (near.end == text.data() + text.size()) {
      ASSERT_EQ((ValueView{JsonKind::Number, text, near}).is_within(range), expected) << context;
    }
    within += expected;
  }
  EXPECT_GT(within, 10'000);
}

}  // namespace
}  // namespace athanor::pattern
