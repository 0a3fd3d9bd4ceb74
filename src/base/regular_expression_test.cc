#include "base/regular_expression.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace athanor::base {
namespace {

TEST(RegularExpression, MatchesTheWholeText) {
  const struct {
    std::string_view pattern, text;
    bool matches;
  } rows[] = {
      {"", "", true},
      {"", "a", false},
      {"a|b", "ab", false},
      {"a|b|", "", true},
      {"^$|^[a-z]+$", "", true},
      {"^$|^[a-z]+$", "abc", true},
      {"^$|^[a-z]+$", "abc1", false},
      {"(^a|b)c$", "bc", true},
      {"a^b", "ab", false},
      {"a$b", "ab", false},
      {"x{0}", "", true},
      {"x{300}", std::string_view{"xxx"}, false},
      {"(ab?){2,3}", "aba", true},
      {"(ab?){2,3}", "a", false},
      {"(ab?){2,3}", "aaaa", false},
      {"a+?b*?", "aab", true},
      {"(?:ab)+", "abab", true},
      {"[^0-9]+", "ab-", true},
      {"[^0-9]+", "ab0", false},
      {"[])(|]+", "])(|", true},
      {"([)])x", ")x", true},
      {R"([\w.-]+@[\w.-]+\.\w{2,4})", "a.b-c@example.com", true},
      {R"([\w.-]+@[\w.-]+\.\w{2,4})", "a.b-c@example", false},
      {R"([+\-*/]\t\s\S\D)", "-\t x_", true},
      {R"([\.-9]+)", "./09", true},
      {R"([!-\/]+)", "!$/", true},
      {R"([ -\~]*)", "a b~", true},
      {R"([\t-\r]+)", "\t\n\r", true},
      {R"([\x20-\x7E]*)", "a $~", true},
      {R"([\x20-\x7E]*)", "a\n", false},
      {R"(\x41\u0042\f\v)", "AB\f\v", true},
      {R"((?=.*\d)(?=.*[a-z])(?!.*\s).{8,12})", "abcdefg8", true},
      {R"((?=.*\d)(?=.*[a-z])(?!.*\s).{8,12})", "abcdefgh", false},
      {R"((?=.*\d)(?=.*[a-z])(?!.*\s).{8,12})", "abc efg8", false},
      {R"((?=.*\d)(?=.*[a-z])(?!.*\s).{8,12})", "abc8", false},
      {"(?!default$).*", "default", false},
      {"(?!default$).*", "default2", true},
  };
  for (const auto& row : rows) {
    const auto expression = RegularExpression::parse(row.pattern);
    ASSERT_TRUE(expression.has_value()) << row.pattern;
    EXPECT_EQ(expression->matches(row.text), row.matches) << row.pattern << " on " << row.text;
  }
}

TEST(RegularExpression, CountsExactly) {
  const auto expression = RegularExpression::parse("[a-z]{1,1024}");
  ASSERT_TRUE(expression.has_value());
  EXPECT_TRUE(expression->matches(std::string(1'024, 'a')));
  EXPECT_FALSE(expression->matches(std::string(1'025, 'a')));
}

TEST(RegularExpression, RefusesWhatItCannotRead) {
  for (const std::string_view pattern :
       {"(",     ")",           "a)b",    "[a",       "*",         "a**",       "a{",          "a{x}",    "a{2,1}",
        "a{,3}", "a++",         R"(\)",   R"((a)\1)", R"(\bword)", R"(\p{L})",  "(?i)a",       "(?<!a)b", "(?<name>a)",
        "[z-a]", "[a-z&&[^b]]", R"(\x4)", R"(\xzz)",  R"(\u00e9)", R"([a-\d])", "[[:alpha:]]", "a{99999}"}) {
    EXPECT_FALSE(RegularExpression::parse(pattern).has_value()) << pattern;
  }
}

// Each that is too much comes with one of the same kind that is not.
TEST(RegularExpression, RefusesWhatIsTooMuch) {
  const auto powers_of_256 = [](std::string pattern, int power) {
    for (int i = 0; i < power; ++i) pattern = fmt::format("({}){{256}}", pattern);
    return pattern;
  };
  const auto nested = [](std::size_t depth) { return std::string(depth, '(') + std::string(depth, ')'); };
  const std::pair<std::string, std::string> rows[] = {
      {std::string(kExpressionBytesMax, 'a'), std::string(kExpressionBytesMax + 1, 'a')},
      {nested(kExpressionNestingMax - 1), nested(kExpressionNestingMax)},
      {powers_of_256("a", 1), powers_of_256("a", 10)},    // states
      {powers_of_256("()", 1), powers_of_256("()", 10)},  // none of them makes a state
  };
  for (const auto& [read, refused] : rows) {
    EXPECT_TRUE(RegularExpression::parse(read).has_value()) << read.substr(0, 40);
    EXPECT_FALSE(RegularExpression::parse(refused).has_value()) << refused.substr(0, 40);
  }
  EXPECT_FALSE(RegularExpression::parse(std::string(4'000, '(')).has_value());
}

// Each of these keeps a backtracking matcher busy for longer than anyone would wait.
TEST(RegularExpression, TakesNoTextForEver) {
  const std::string text(4'096, 'a');
  for (const std::string_view pattern : {"(a*)*b", "(a|aa)+b", R"(^([a-zA-Z0-9_.-]+)+@example[.]com$)", "(a?){1000}b",
                                         "((?=a*a*)a)*b", "((?=(.*x)|(?!.*y)).)*b"}) {
    const auto expression = RegularExpression::parse(pattern);
    ASSERT_TRUE(expression.has_value()) << pattern;
    EXPECT_FALSE(expression->matches(text)) << pattern;
  }
}

}  // namespace
}  // namespace athanor::base
