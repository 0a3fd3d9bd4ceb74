#include "pattern/explain/likely_mistake.h"

#include <gtest/gtest.h>

#include "pattern/explain/explain.h"

namespace athanor::pattern {
namespace {

Explanation explained(std::string_view pattern, std::string_view event) {
  const auto parsed = parse_event_pattern(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return explain(*parsed, event);
}

TEST(LikelyMistake, NamesTheDifferenceAndWhatWouldMatch) {
  const struct {
    const char* conditions;
    const char* value;
    const char* hint;
    const char* instead;  // the whole list that would match; null when there is none
  } rows[] = {
      {R"(["shop"])", R"("web")", "", nullptr},
      {R"(["5"])", "5", "a number in the event, a string in the pattern", "[5]"},
      {R"([5])", R"("5")", "a string in the event, a number in the pattern", R"(["5"])"},
      {R"([5])", R"("5.0")", "a string in the event, a number in the pattern", R"(["5.0"])"},
      {R"(["true"])", "true", "a boolean in the event, a string in the pattern", "[true]"},
      {R"([null])", R"("null")", "a string in the event, null in the pattern", R"(["null"])"},
      {R"(["shop"])", R"("shop ")", "differs only in leading or trailing blanks", R"(["shop "])"},
      {R"([" shop"])", R"("shop")", "differs only in leading or trailing blanks", R"(["shop"])"},
      {R"([{"prefix":" sh"}])", R"("shop")", "without the blanks it would match", R"([{"prefix":"sh"}])"},
      {R"(["shop"])", R"("Shop")", "differs only in case", R"([{"equals-ignore-case":"shop"}])"},
      {R"([{"prefix":"sh"}])", R"("SHOP")", "differs only in case", R"([{"prefix":{"equals-ignore-case":"sh"}}])"},
      {R"([{"suffix":"op"}])", R"("SHOP")", "differs only in case", R"([{"suffix":{"equals-ignore-case":"op"}}])"},
      {R"(["alchemiser.*"])", R"("alchemiser.x")", "* is a literal character here: a wildcard would match",
       R"([{"wildcard":"alchemiser.*"}])"},
      {R"([{"prefix":"alchemiser.*"}])", R"("alchemiser.x")", "* is a literal character here: a wildcard would match",
       R"([{"wildcard":"alchemiser.*"}])"},
      {R"(["shop"])", R"("shop.orders")", "a prefix would match", R"([{"prefix":"shop"}])"},
      {R"(["orders"])", R"("shop.orders")", "a suffix would match", R"([{"suffix":"orders"}])"},
      {R"(["shop"])", R"("Shop.orders")", "a prefix that ignores case would match",
       R"([{"prefix":{"equals-ignore-case":"shop"}}])"},
      {R"([{"prefix":"orders"}])", R"("shop.orders")", "a suffix would match", R"([{"suffix":"orders"}])"},
      {R"([{"equals-ignore-case":"SHOP"}])", R"("shop.orders")", "a prefix would match",
       R"([{"prefix":{"equals-ignore-case":"SHOP"}}])"},
      {R"(["a*\\b"])", R"("xa*\\by")", "occurs inside the value: a wildcard would match",
       R"([{"wildcard":"*a\\*\\\\b*"}])"},
      {R"([{"wildcard":"a*b"}])", R"("a1b2")", "with * at its end it would match", R"([{"wildcard":"a*b*"}])"},
      {R"([{"wildcard":"a*b"}])", R"("A1B")", "differs only in case, which wildcards do not ignore", nullptr},
      {R"([{"wildcard":"a*b"}])", "1", "", nullptr},
      {R"(["OrderPlaced"])", R"("OrderPalced")", "a one-character typo?", nullptr},
      {R"(["OrderPlaced"])", R"("OrderPlacd")", "a one-character typo?", nullptr},
      {R"(["OrderPlaced"])", R"("OrderPl4ced")", "a one-character typo?", nullptr},
      {R"(["OrderPlaced"])", R"("OrderPl44ed")", "", nullptr},
      {R"(["ab"])", R"("ac")", "", nullptr},
      {R"([{"numeric":[">",5]}])", "5", "the bound itself is excluded", R"([{"numeric":[">=",5]}])"},
      {R"([{"numeric":[">",5,"<",7.5]}])", "7.5", "the bound itself is excluded", R"([{"numeric":[">=",5,"<=",7.5]}])"},
      {R"([{"numeric":[">",5]}])", R"("6")", "a string in the event: numeric compares numbers only", nullptr},
      {R"([{"numeric":[">",5]}])", "1e400", "numeric compares only numbers that a double holds exactly", nullptr},
      {R"([9007199254740993])", "9007199254740992", "numbers that a double cannot hold exactly are compared as text",
       nullptr},
      {R"([{"cidr":"10.0.0.0/8"}])", R"("10.0.0.1/32")", "not an IP address", nullptr},
      {R"([{"cidr":"10.0.0.0/8"}])", R"("2001:db8::1")", "an IPv6 address, but an IPv4 range", nullptr},
      {R"([{"cidr":"2001:db8::/32"}])", R"("10.0.0.1")", "an IPv4 address, but an IPv6 range", nullptr},
      {R"([{"cidr":"10.0.0.0/8"}])", "10", "cidr reads addresses only from strings", nullptr},
      {R"([{"anything-but":["a","b"]}])", R"("b")", "excluded by \"b\"", nullptr},
      {R"([{"anything-but":{"prefix":["a","b"]}}])", R"("bx")", "excluded by prefix \"b\"", nullptr},
      {R"([{"exists":false}])", "null", "null is a value: exists false requires that there is no field", "[null]"},
      {R"([{"exists":false}])", "1", "", nullptr},
      {R"(["web",{"suffix":"x"},"5"])", "5", "a number in the event, a string in the pattern",
       R"(["web",{"suffix":"x"},5])"},
  };
  for (const auto& row : rows) {
    const auto e = explained(std::string{R"({"detail":{"f":)"} + row.conditions + "}}",
                             std::string{R"({"detail":{"f":)"} + row.value + "}}");
    ASSERT_EQ(e.clauses.size(), 1U);
    EXPECT_FALSE(e.matches) << row.conditions;
    EXPECT_EQ(e.clauses[0].hint ? e.clauses[0].hint->text : "", row.hint) << row.conditions << row.value;
    ASSERT_EQ(e.condition_change.has_value(), row.instead != nullptr) << row.conditions << row.value;
    if (row.instead == nullptr) continue;
    EXPECT_EQ(format::print_json(*to_json(e).find("ConditionChange")->find("Conditions")), row.instead);
  }
}

TEST(LikelyMistake, TellsWhereTheValueIsInstead) {
  const struct {
    const char* pattern;
    const char* event;
    const char* there;
    const char* hint;
  } rows[] = {
      {R"({"detail":{"symbol":["A"]}})", R"({"detail":{}})", "nothing", ""},
      {R"({"detail":{"symbol":["A"]}})", R"({"detail":{"Symbol":"A"}})", "nothing", "the event has detail.Symbol"},
      {R"({"detail":{"orderId":["A"]}})", R"({"detail":{"order_id":"A"}})", "nothing", "the event has detail.order_id"},
      {R"({"detail":{"symbol":["A"]}})", R"({"detail":{"symbl":"A"}})", "nothing", "the event has detail.symbl"},
      {R"({"detail-type":["A"]})", R"({"DetailType":"A"})", "nothing", "the event has DetailType"},
      {R"({"symbol":["A"]})", R"({"detail":{"symbol":"A"}})", "nothing", "it is at detail.symbol"},
      {R"({"detail":{"symbol":["A"]}})", R"({"detail":{"x":{"symbol":"B"},"y":[{"symbol":"A"}]}})", "nothing",
       "it is at detail.y[0].symbol"},
      {R"({"detail":{"symbol":["A"]}})", R"({"detail":"{\"symbol\":\"A\"}"})", "nothing",
       "detail is a string that holds JSON, not the object itself"},
      {R"({"detail":{"a":{"b":["A"]}}})", R"({"detail":{"a":5}})", "nothing",
       "detail.a is a number: it contains no fields"},
      {R"({"detail":{"a":["A"]}})", R"({"detail":{"a":{"b":"A"}}})", "an object",
       "a pattern can only match values inside it"},
      {R"({"detail":{"a":["A"]}})", R"({"detail":{"a":[]}})", "an array without values", ""},
      {R"({"detail":{"a":[{"anything-but":"x"}]}})", R"({"detail":{}})", "nothing",
       "anything-but requires a value: exists false would match"},
      {R"({"detail":{"a":[null]}})", R"({"detail":{}})", "nothing", "null is a value: exists false would match"},
  };
  for (const auto& row : rows) {
    const auto e = explained(row.pattern, row.event);
    EXPECT_EQ(e.clauses[0].there, row.there) << row.pattern << row.event;
    EXPECT_EQ(e.clauses[0].hint ? e.clauses[0].hint->text : "", row.hint) << row.pattern << row.event;
  }
}

}  // namespace
}  // namespace athanor::pattern
