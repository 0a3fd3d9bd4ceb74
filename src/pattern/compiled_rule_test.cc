#include "pattern/compiled_rule.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"

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
  if (random.one_in(2)) text += "." + digits(random, 1 + random.below(20));
  if (random.one_in(5)) text += fmt::format("e{}{}", random.one_in(2) ? "-" : "", random.below(330));
  return text;
}

TEST(ValueView, KnowsTheNumbersThatComparableNumberKnows) {
  base::Random random{11};
  int comparable = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = number(random);
    const ValueView value{JsonKind::Number, text};
    if (random.one_in(2)) static_cast<void>(value.nearly());
    ASSERT_EQ(value.comparable(), comparable_number(text)) << text;
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
    const std::string text = number(random);
    const auto n = comparable_number(text);
    const double near = n.value_or(1);
    const double bounds[] = {near, std::nextafter(near, 1e300), std::nextafter(near, -1e300), 0.0, -1e12, 1e12};
    const NumberRange range{bounds[random.below(6)], bounds[random.below(6)], random.one_in(2), random.one_in(2)};
    const bool expected = n && (range.low_open ? *n > range.low : *n >= range.low) &&
                          (range.high_open ? *n < range.high : *n <= range.high);
    ASSERT_EQ((ValueView{JsonKind::Number, text}).is_within(range), expected)
        << text << fmt::format(" in {} {}", range.low, range.high);
    within += expected;
  }
  EXPECT_GT(within, 10'000);
}

TEST(CompiledRule, LivesAsLongAsSomebodyHoldsIt) {
  const auto pattern =
      parse_event_pattern(R"({"a":["x",{"anything-but":{"prefix":["y","z"]}}],"b":[{"exists":false}]})");
  ASSERT_TRUE(pattern);
  CompiledRule last;
  {
    const CompiledRule first = CompiledRule::compile(7, pattern->alternatives().front(),
                                                     [](std::string_view path) { return path == "a" ? 0U : 1U; });
    CompiledRule second = first;
    last = std::move(second);
  }
  EXPECT_EQ(last.rule(), 7U);
  std::vector<std::pair<std::uint32_t, bool>> clauses;
  last.all([&](const CompiledRule::Clause& clause) {
    clauses.emplace_back(clause.path(), clause.may_be_absent());
    if (clause.path() == 0) {
      EXPECT_TRUE(clause.accepts({JsonKind::String, "x"}));
      EXPECT_TRUE(clause.accepts({JsonKind::String, "w"}));
      EXPECT_FALSE(clause.accepts({JsonKind::String, "yes"}));
    }
    return true;
  });
  EXPECT_EQ(clauses, (std::vector<std::pair<std::uint32_t, bool>>{{0, false}, {1, true}}));
}

}  // namespace
}  // namespace athanor::pattern
