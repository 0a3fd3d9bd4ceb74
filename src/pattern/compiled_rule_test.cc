#include "pattern/compiled_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace athanor::pattern {
namespace {

using format::JsonKind;

TEST(CompiledRule, LivesAsLongAsSomebodyHoldsIt) {
  const auto pattern =
      parse_event_pattern(R"({"a":["x",{"anything-but":{"prefix":["y","z"]}}],"b":[{"exists":false}]})");
  ASSERT_TRUE(pattern);
  CompiledRule last;
  std::vector<std::uint32_t> alternatives;
  {
    const CompiledRule first = CompiledRule::compile(7, *pattern, std::vector{0U, 1U}, alternatives);
    CompiledRule second = first;
    last = std::move(second);
  }
  EXPECT_EQ(last.rule(), 7U);
  std::vector<std::pair<std::uint32_t, bool>> clauses;
  ASSERT_EQ(alternatives.size(), 1U);
  last.clauses(alternatives[0]).all([&](const CompiledRule::Clause& clause) {
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

// No condition takes more bytes per character than a short address.
TEST(CompiledRule, HasRoomForWhateverAPatternSays) {
  std::string text = "{";
  std::size_t clauses = 0;
  for (; text.size() < 3'900; ++clauses) {
    text += "\"" + std::to_string(clauses) + "\":[\"::\"";
    for (const char digit : std::string_view{"123456789abcdef"}) text += std::string{",\"::"} + digit + "\"";
    text += "],";
  }
  text.back() = '}';
  const auto pattern = parse_event_pattern(text);
  ASSERT_TRUE(pattern) << pattern.error().message;
  std::vector<std::uint32_t> alternatives;
  const auto rule = CompiledRule::compile(1, *pattern, std::vector<std::uint32_t>(clauses), alternatives);
  EXPECT_GT(alternatives[0], 40'000U);
  EXPECT_EQ(rule.clauses(alternatives[0]).size(), clauses);
  EXPECT_TRUE(rule.clauses(alternatives[0]).all([](const CompiledRule::Clause& clause) {
    return clause.accepts({JsonKind::String, "::a"}) && !clause.accepts({JsonKind::String, "::1a"});
  }));
}

}  // namespace
}  // namespace athanor::pattern
