#include "sdk/decimal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/random.h"

namespace athanor::sdk {
namespace {

// 0.1 is not a tenth: neither a conversion nor arithmetic with a float compiles.
static_assert(!std::is_constructible_v<Decimal, double>);
static_assert(!std::is_constructible_v<Decimal, float>);
static_assert(!std::is_convertible_v<double, Decimal>);
static_assert(!std::is_convertible_v<int, Decimal>);
static_assert(std::is_constructible_v<Decimal, int>);

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
static_assert(!Addable<Decimal, double>);
static_assert(Addable<Decimal, Decimal>);

Decimal decimal(std::string_view text) {
  auto value = Decimal::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(Decimal{});
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"",
                           "-",
                           "+",
                           ".",
                           "-.",
                           "1.2.3",
                           "1e",
                           "1e+",
                           "e5",
                           "NaN",
                           "Infinity",
                           "0x10",
                           " 1",
                           "1 ",
                           "1,5",
                           "--1",
                           "1_000",
                           "1e1.5",
                           "12345678901234567890123456789",
                           "0.12345678901234567890123456789",
                           "1E+6145",
                           "1E-6145",
                           "1E99999999999"}) {
    const auto value = Decimal::parse(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().message, "'" + std::string(text) + "' is not a decimal number of at most 28 digits.");
  }
}

TEST(Decimal, KeepsTheTextItWasReadFrom) {
  for (const char* text :
       {"0", "-0", "0.00", "0E+2", "0E-20", "1", "1.10", "100", "1E+2", "1.5E+10", "0.000001", "1E-7", "1.20E-7",
        "-12.3400", "9999999999999999999999999999", "0.9999999999999999999999999999", "1E+6144", "0.05"}) {
    EXPECT_EQ(decimal(text).to_string(), text);
  }
  // Other ways to write the same number: the leading zeros and the letter are not kept.
  EXPECT_EQ(decimal("+007.50").to_string(), "7.50");
  EXPECT_EQ(decimal("1e2").to_string(), "1E+2");
  EXPECT_EQ(decimal(".5").to_string(), "0.5");
  EXPECT_EQ(decimal("5.").to_string(), "5");
}

TEST(Decimal, TakesIntegersOfAnySize) {
  EXPECT_EQ(Decimal{-7}.to_string(), "-7");
  EXPECT_EQ(Decimal{std::numeric_limits<std::int64_t>::min()}.to_string(), "-9223372036854775808");
  EXPECT_EQ(Decimal{std::numeric_limits<std::uint64_t>::max()}.to_string(), "18446744073709551615");
}

TEST(Decimal, RefusesToDivideByZero) {
  for (const char* divided : {"1", "0"}) {
    const auto quotient = divide(decimal(divided), decimal("0.00"));
    ASSERT_FALSE(quotient.has_value()) << divided;
    EXPECT_EQ(quotient.error().message, "Division of " + std::string(divided) + " by zero.");
  }
}

TEST(Decimal, ComparesByValue) {
  EXPECT_EQ(decimal("1.0"), decimal("1.00"));
  EXPECT_EQ(decimal("-0"), decimal("0E+9"));
  EXPECT_LT(decimal("-2"), decimal("-1"));
  EXPECT_LT(decimal("1E-6000"), decimal("1E+6000"));
  EXPECT_GT(decimal("1E+6000"), decimal("1E-6000"));
  EXPECT_LT(decimal("0.9999999999999999999999999999"), decimal("1"));
}

TEST(Decimal, RoundsToPlaces) {
  EXPECT_EQ(decimal("2.675").rounded(2, Rounding::HalfUp).to_string(), "2.68");
  EXPECT_EQ(decimal("2.665").rounded(2, Rounding::HalfEven).to_string(), "2.66");
  EXPECT_EQ(decimal("-2.665").rounded(2, Rounding::HalfUp).to_string(), "-2.67");
  EXPECT_EQ(decimal("2.669").rounded(2, Rounding::Down).to_string(), "2.66");
  EXPECT_EQ(decimal("0E+2").rounded(2, Rounding::HalfUp).to_string(), "0.00");
  EXPECT_EQ(decimal("3").rounded(2, Rounding::HalfUp).to_string(), "3.00");
  EXPECT_EQ(decimal("1E-6000").rounded(2, Rounding::HalfUp).to_string(), "0.00");
  EXPECT_EQ(decimal("1E+6000").rounded(2, Rounding::HalfUp).to_string(), "1E+6000");
}

// The oracle is another implementation: testdata/decimal_vectors.txt was computed by CPython.
TEST(Decimal, ComputesWhatPythonComputes) {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "testdata/decimal_vectors.txt");
  ASSERT_TRUE(file.is_open());
  std::string line;
  std::size_t rows = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string operation, a_text, b_text, expected;
    fields >> operation >> a_text >> b_text >> expected;
    const Decimal a = decimal(a_text);
    const Decimal b = decimal(b_text);
    std::string actual;
    if (operation == "+") actual = (a + b).to_string();
    if (operation == "-") actual = (a - b).to_string();
    if (operation == "*") actual = (a * b).to_string();
    if (operation == "/") actual = divide(a, b)->to_string();
    if (operation == "cmp") actual = a < b ? "-1" : a == b ? "0" : "1";
    if (operation == "quantize2up") actual = a.rounded(2, Rounding::HalfUp).to_string();
    if (operation == "quantize2even") actual = a.rounded(2, Rounding::HalfEven).to_string();
    EXPECT_EQ(actual, expected) << line;
    ++rows;
  }
  EXPECT_GT(rows, 3'000u);
}

Decimal random_decimal(base::Random& random) {
  std::string text = random.one_in(3) ? "-" : "";
  const auto digits = 1 + random.below(Decimal::kDigits);
  const auto point = random.below(digits + 4);
  for (std::uint64_t i = 0; i < digits; ++i) {
    if (i == point) text += i == 0 ? "0." : ".";
    text += static_cast<char>('0' + random.below(10));
  }
  if (random.one_in(4)) text += "E" + std::to_string(static_cast<int>(random.below(40)) - 20);
  return decimal(text);
}

TEST(Decimal, HoldsTheLawsOfArithmetic) {
  base::Random random{7};
  for (int round = 0; round < 20'000; ++round) {
    const Decimal a = random_decimal(random);
    const Decimal b = random_decimal(random);
    EXPECT_EQ(decimal(a.to_string()).to_string(), a.to_string());
    EXPECT_EQ((a + b).to_string(), (b + a).to_string());
    EXPECT_EQ((a * b).to_string(), (b * a).to_string());
    EXPECT_EQ(a - a, Decimal{});
    EXPECT_EQ(-(-a), a);
    EXPECT_EQ(a<b, b> a);
    EXPECT_EQ(a * Decimal{1}, a);
    if (!b.is_zero()) {
      EXPECT_EQ(*divide(b, b), Decimal{1});
    }
  }
}

}  // namespace
}  // namespace athanor::sdk
