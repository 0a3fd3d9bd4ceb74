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
