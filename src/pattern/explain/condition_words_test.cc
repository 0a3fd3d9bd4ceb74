#include "pattern/explain/condition_words.h"

#include <gtest/gtest.h>

#include "pattern/event_pattern.h"

namespace athanor::pattern {
namespace {

TEST(ConditionWords, AreThePatternAgain) {
  for (const char* written : {R"("a")",
                              R"("")",
                              "1.50",
                              "1e400",
                              "null",
                              "true",
                              R"({"prefix":"a"})",
                              R"({"suffix":"\"\n"})",
                              R"({"prefix":{"equals-ignore-case":"a"}})",
                              R"({"suffix":{"equals-ignore-case":"a"}})",
                              R"({"equals-ignore-case":"É"})",
                              R"({"wildcard":"a*\\*"})",
                              R"({"numeric":["=",5]})",
                              R"({"numeric":[">",-1.5]})",
                              R"({"numeric":["<=",1e+300]})",
                              R"({"numeric":[">=",0,"<",100]})",
                              R"({"cidr":"10.0.0.0/8"})",
                              R"({"cidr":"10.1.2.3/31"})",
                              R"({"cidr":"0.0.0.0/0"})",
                              R"({"cidr":"2001:db8::/32"})",
                              R"({"cidr":"1:2:3:4:5:6:7:8/127"})",
                              R"({"cidr":"::/0"})",
                              R"({"exists":true})",
                              R"({"exists":false})",
                              R"({"anything-but":"a"})",
                              R"({"anything-but":[1,2.5]})",
                              R"({"anything-but":{"prefix":"a"}})",
                              R"({"anything-but":{"wildcard":["a*","*b"]}})",
                              R"({"anything-but":{"equals-ignore-case":["a","b"]}})",
                              R"({"anything-but":{"suffix":"a"}})"}) {
    const auto condition_of = [](std::string_view text) {
      const auto pattern = parse_event_pattern(R"({"a":[)" + std::string{text} + "]}");
      EXPECT_TRUE(pattern) << text;
      return pattern->clauses().front().conditions.front();
    };
    const std::string again = format::print_json(as_json(condition_of(written)));
    EXPECT_EQ(again, std::string_view{written} == R"({"cidr":"10.1.2.3/31"})" ? R"({"cidr":"10.1.2.2/31"})" : written);
    EXPECT_EQ(in_words(condition_of(again)), in_words(condition_of(written)));
  }
}

TEST(ConditionWords, NumbersAreComparedAgain) {
  for (const double number : {0.0, -1.5, 1e300, 9223372036854775808.0, -18446744073709551616.0, 123456789012345680.0})
    EXPECT_EQ(comparable_number(number_text(number)), number) << number;
}

}  // namespace
}  // namespace athanor::pattern
