#include "pattern/sorted_conditions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.h"
#include "pattern/compiled_rule.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;

// Few characters, so that many begin and end with each other; some beyond ASCII, some of two cases.
std::string word(base::Random& random) {
  static constexpr const char* kParts[] = {"a", "b", "B", "c", "é", "É", "K", "\u212A", "z"};
  std::string text;
  for (std::uint64_t i = random.below(5); i > 0; --i) text += kParts[random.below(std::size(kParts))];
  return text;
}
std::string address(base::Random& random) {
  if (random.one_in(3)) return fmt::format("0a0{}::{:x}", random.below(2), random.below(40));
  return fmt::format("10.0.{}.{}", random.below(3), random.below(256));
}
std::string number(base::Random& random) {
  static constexpr const char* kOdd[] = {"1e400", "9007199254740993", "9223372036854776000", "-0", "0.1", "1e1"};
  return random.one_in(4) ? kOdd[random.below(std::size(kOdd))] : std::to_string(random.below(60));
}

std::string condition(base::Random& random, std::uint64_t kind) {
  switch (kind) {
    case 0:
      return fmt::format(R"("{}")", word(random));
    case 1:
      return fmt::format(R"({{"prefix":"{}"}})", word(random) + "a");
    case 2:
      return fmt::format(R"({{"suffix":"{}"}})", word(random) + "b");
    case 3:
      return fmt::format(R"({{"equals-ignore-case":"{}"}})", word(random));
    case 4:
      return fmt::format(R"({{"cidr":"{}/{}"}})", address(random), 20 + random.below(12));
    case 5:
      return fmt::format(R"("{}")", address(random));
    case 6:
      return number(random);
    case 7: {
      const auto low = random.below(58);
      return fmt::format(R"({{"numeric":["{}",{},"{}",{}]}})", random.one_in(2) ? ">" : ">=", low,
                         random.one_in(2) ? "<" : "<=", low + 1 + random.below(2));
    }
    default:
      return fmt::format(R"({{"prefix":{{"equals-ignore-case":"{}"}}}})", word(random) + "k");
  }
}

std::string list(base::Random& random) {
  constexpr std::uint64_t kKinds = 9;
  std::string text = "[";
  const bool is_mixed = random.one_in(2);
  const std::uint64_t kind = random.below(kKinds);
  for (std::uint64_t i = 1 + random.below(40); i > 0; --i)
    text += condition(random, is_mixed ? random.below(kKinds) : kind) + (i > 1 ? "," : "]");
  return text;
}

// anything-but with a list of one kind.
std::string refused_list(base::Random& random) {
  static constexpr const char* kOperators[] = {"", "prefix", "suffix", "equals-ignore-case"};
  const std::string op = kOperators[random.below(4)];
  const bool is_number = op.empty() && random.one_in(2);
  std::string texts = "[";
  for (std::uint64_t i = 1 + random.below(40); i > 0; --i) {
    texts += is_number ? std::to_string(random.below(60)) : fmt::format(R"("{}")", word(random) + "a");
    texts += i > 1 ? "," : "]";
  }
  return fmt::format(R"([{{"anything-but":{}}}])", op.empty() ? texts : fmt::format(R"({{"{}":{}}})", op, texts));
}

TEST(SortedConditions, AcceptWhatOneOfThemAccepts) {
  base::Random random{20'261'129};
  int accepted = 0;
  int refused = 0;
  for (int round = 0; round < 4'000; ++round) {
    const std::string conditions = random.one_in(3) ? refused_list(random) : list(random);
    const auto pattern = parse_event_pattern(R"({"a":)" + conditions + "}");
    ASSERT_TRUE(pattern) << conditions << pattern.error().message;
    std::vector<std::uint32_t> alternatives;
    const CompiledRule rule = CompiledRule::compile(1, *pattern, std::vector{0U}, alternatives);
    for (int i = 0; i < 50; ++i) {
      const bool is_number = random.one_in(3);
      const Value value{is_number ? JsonKind::Number : JsonKind::String,
                        is_number          ? number(random)
                        : random.one_in(2) ? address(random)
                                           : word(random) + (random.one_in(2) ? "a" : "")};
      const bool expected = std::ranges::any_of(pattern->clauses().front().conditions,
                                                [&](const Condition& c) { return c.accepts(value); });
      rule.clauses(alternatives[0]).all([&](const CompiledRule::Clause& clause) {
        EXPECT_EQ(clause.accepts({value.kind, value.text}), expected) << conditions << " on " << value.text;
        return true;
      });
      ++(expected ? accepted : refused);
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(accepted, 20'000);
  EXPECT_GT(refused, 20'000);
}

}  // namespace
}  // namespace athanor::pattern
