#include "pattern/lint/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pattern/test_event_pattern.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;
using Kind = LintFinding::Kind;
using ::testing::HasSubstr;

LintRule rule(std::string name, std::string_view pattern, std::vector<std::string> targets = {}) {
  auto parsed = parse_event_pattern(pattern);
  EXPECT_TRUE(parsed) << pattern << (parsed ? "" : parsed.error().message);
  return {std::move(name), std::move(*parsed), std::move(targets)};
}

// Findings about two rules with one target, "a" and "b", one per line.
std::string of_two(std::string_view a, std::string_view b) {
  const std::vector<LintRule> rules{rule("a", a, {"t"}), rule("b", b, {"t"})};
  std::string lines;
  for (const LintFinding& finding : lint(rules)) {
    constexpr const char* kWords[] = {"never", "partly never", "unnamed", "replaced",
                                      "same",  "in",           "overlap", "undecided"};
    if (!lines.empty()) lines += "; ";
    lines += rules[finding.rule].name + std::string{" "} + kWords[static_cast<std::size_t>(finding.kind)];
    if (finding.other) lines += " " + rules[*finding.other].name;
    if (finding.event && finding.event->has_several) lines += " by arrays";
  }
  return lines;
}

std::string in_detail(std::string_view conditions) { return R"({"detail":{"x":[)" + std::string{conditions} + "]}}"; }

TEST(Lint, ComparesConditions) {
  const struct {
    const char* a;
    const char* b;
    const char* found;
  } rows[] = {
      {R"("shop")", R"("shop")", "a same b"},
      {R"("shop")", R"("bank")", "a overlap b by arrays"},
      {R"("shop")", R"({"prefix":"sh"})", "a in b"},
      {R"({"prefix":"shop"})", R"({"prefix":"sh"})", "a in b"},
      {R"({"prefix":"sh"})", R"({"suffix":"op"})", "a overlap b"},
      {R"({"prefix":"sh"})", R"({"wildcard":"sh*"})", "a same b"},
      {R"({"wildcard":"a*b*c"})", R"({"wildcard":"a*c"})", "a in b"},
      {R"({"wildcard":"a\\**"})", R"({"prefix":"a*"})", "a same b"},
      {R"({"equals-ignore-case":"Shop"})", R"({"prefix":{"equals-ignore-case":"sHOP"}})", "a in b"},
      {R"({"equals-ignore-case":"É"})", R"("é","É")", "a same b"},
      {R"({"suffix":{"equals-ignore-case":"K"}})", R"({"suffix":"k"},{"suffix":"K"})", "a same b"},
      {R"({"equals-ignore-case":"ab"})", R"("ab","AB","Ab")", "b in a"},
      {R"({"anything-but":"shop"})", R"("bank")", "b in a"},
      {R"({"anything-but":["shop","bank"]})", R"({"anything-but":"shop"})", "a in b"},
      {R"({"anything-but":{"prefix":"sh"}})", R"({"anything-but":"shop"})", "a in b"},
      {R"({"anything-but":{"prefix":"sh"}})", R"({"prefix":"shop"})", "a overlap b by arrays"},
      {R"({"anything-but":{"wildcard":"*"}})", R"(true,false,null,{"numeric":["<",0]},{"numeric":[">=",0]})", "b in a"},
      {R"({"anything-but":{"suffix":["a","b"]}})", R"({"anything-but":{"suffix":"b"}})", "a in b"},
      {R"({"anything-but":{"equals-ignore-case":"a"}})", R"({"anything-but":["a","A"]})", "a same b"},
      {R"({"anything-but":5})", R"("5")", "b in a"},
      {"5", R"("5")", "a overlap b by arrays"},
      {"300", "3.0e2", "a same b"},
      {"1e400", "1e400", "a same b"},
      {"1e400", R"({"numeric":[">",0]})", "a overlap b by arrays"},
      {R"({"numeric":[">",0,"<",10]})", R"({"numeric":[">=",0,"<=",10]})", "a in b"},
      {R"({"numeric":["<",5]},{"numeric":[">=",5]})", R"({"anything-but":{"wildcard":"*"}})", "a in b"},
      {R"({"numeric":["<",5]})", R"({"numeric":[">=",5]})", "a overlap b by arrays"},
      {R"({"numeric":[">",1,"<",1.0000000000000004]})", "1.0000000000000002", "a same b"},
      {R"({"cidr":"10.0.0.0/24"})", R"({"cidr":"10.0.0.0/8"})", "a in b"},
      {R"({"cidr":"10.1.0.0/16"})", R"({"cidr":"10.2.0.0/16"})", "a overlap b by arrays"},
      {R"("10.0.0.1")", R"({"cidr":"10.0.0.0/8"})", "a in b"},
      {R"("10.0.0.1")", R"("010.0.0.1")", "a same b"},
      {R"("10.0.0.1")", R"({"exactly":"10.0.0.1"})", "b in a"},
      {R"("::ffff:a00:1")", R"("10.0.0.1")", "a same b"},
      {R"({"cidr":"10.0.0.0/8"})", R"({"prefix":"10."})", "a overlap b"},
      {R"({"cidr":"10.0.0.0/8"})", R"({"cidr":"::/0"})", "a in b"},
      {R"({"cidr":"0.0.0.0/0"})", R"({"cidr":"::/0"})", "a overlap b"},
      {R"({"cidr":"2001:db8::/32"})", R"({"cidr":"2001:db8::/31"})", "a in b"},
      {R"("2001:db8::1")", R"("2001:0DB8:0:0:0:0:0:1")", "a same b"},
      {R"({"exists":true})", R"("shop")", "b in a"},
      {R"({"exists":true})", R"({"exists":false})", ""},
      {R"({"exists":false},"shop")", R"("shop")", "b in a"},
      {"null", R"({"exists":true})", "a in b"},
      {"true", R"({"anything-but":"true"})", "a in b"},
      {R"("")", R"({"prefix":""})", "a in b"},
      {R"({"prefix":""})", R"({"suffix":""})", "a same b"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(of_two(in_detail(row.a), in_detail(row.b)), row.found) << row.a << "  " << row.b;
  }
}

TEST(Lint, ComparesPatterns) {
  const struct {
    const char* a;
    const char* b;
    const char* found;
  } rows[] = {
      // The envelope: one string each.
      {R"({"source":["a"]})", R"({"source":["b"]})", ""},
      {R"({"source":["a"]})", R"({"source":["a","b"]})", "a in b"},
      {R"({"source":["a"]})", R"({"detail-type":["t"]})", "a overlap b"},
      {R"({"source":[{"exists":true}]})", R"({"version":["0"]})", "a same b"},
      {R"({"source":["a",5]})", R"({"source":["a"]})", "a same b"},
      {R"({"resources":["a"]})", R"({"resources":["b"]})", "a overlap b by arrays"},
      {R"({"resources":["a"]})", R"({"resources":[{"exists":false}]})", ""},
      {R"({"replay-name":["r"]})", R"({"replay-name":[{"exists":false}]})", ""},
      {R"({"replay-name":["r"]})", R"({"replay-name":["s"]})", ""},
      // More clauses match less.
      {R"({"source":["a"],"detail":{"x":[1]}})", R"({"source":["a"]})", "a in b"},
      {R"({"detail":{"x":[1],"y":[2]}})", R"({"detail":{"y":[2],"x":[1]}})", "a same b"},
      {R"({"detail":{"x":{"y":[1]}}})", R"({"detail":{"x.y":[1]}})", "a same b"},
      {R"({"detail":{"x":[1]}})", R"({"detail":{"x":{"y":[1]}}})", "a overlap b"},
      // Alternatives together.
      {R"({"detail":{"x":[1,2]}})", R"({"$or":[{"detail":{"x":[1]}},{"detail":{"x":[2]}}]})", "a same b"},
      {R"({"detail":{"x":[{"numeric":[">",0]}]}})",
       R"({"detail":{"$or":[{"x":[{"numeric":[">",0,"<=",5]}]},{"x":[{"numeric":[">=",5]}]}]}})", "a same b"},
      {R"({"source":["a"]})", R"({"detail":{"$or":[{"x":[{"exists":true}]},{"x":[{"exists":false}]}]}})", "a in b"},
      {R"({"$or":[{"source":["a"]},{"source":["b"]}]})", R"({"$or":[{"source":["b"]},{"source":["c"]}]})",
       "a overlap b"},
      {R"({"$or":[{"source":["a"],"account":["1"]},{"source":["b"],"account":["2"]}]})",
       R"({"source":["a","b"],"account":["1","2"]})", "a in b"},
      // Absence is judged within the elements chosen by the paths sorted earlier.
      {R"({"detail":{"l":{"x":[1],"y":[{"exists":false}]}}})", R"({"detail":{"l":{"y":[{"exists":false}]}}})",
       "a overlap b"},
      {R"({"detail":{"l":{"y":[{"exists":false}],"z":[1]}}})", R"({"detail":{"l":{"y":[{"exists":false}]}}})",
       "a in b"},
      {R"({"detail":{"k":{"x":[1]},"l":{"y":[{"exists":false}]}}})", R"({"detail":{"l":{"y":[{"exists":false}]}}})",
       "a in b"},
      {R"({"detail":{"l":{"x":[1],"y":[{"exists":false}]}}})", R"({"detail":{"l":{"y":[2]}}})",
       "a overlap b by arrays"},
      {R"({"detail":{"l":{"y":[{"exists":false}],"z":[1]}}})", R"({"detail":{"l":{"y":[2]}}})", ""},
      {R"({"detail":{"l":[1],"l.y":[{"exists":false}]}})", R"({"detail":{"l":{"y":[2]}}})", "a overlap b by arrays"},
      // A clause that accepts anything or nothing still chooses an element.
      {R"({"detail":{"l":{"q":[1]}}})", R"({"detail":{"l":{"p":[{"exists":true},{"exists":false}],"q":[1]}}})",
       "b in a"},
      {R"({"detail":{"l":{"q":[1]}}})", R"({"detail":{"l":{"q":[1],"r":[{"exists":true},{"exists":false}]}}})",
       "a same b"},
  };
  for (const auto& row : rows) EXPECT_EQ(of_two(row.a, row.b), row.found) << row.a << "  " << row.b;
}

std::string of_one(std::string_view pattern) {
  const std::vector<LintRule> rules{rule("r", pattern)};
  const std::string text = to_text(lint(rules), rules);
  return text.empty() ? text : text.substr(0, text.size() - 1);
}

TEST(Lint, FindsWhatNeverMatches) {
  const struct {
    const char* pattern;
    const char* found;
  } rows[] = {
      {R"({"source":["a"]})", ""},
      {R"({"sorce":["a"]})",
       "✗ r never matches\n    sorce  \"a\"  no event has sorce at its top level; publishers' fields are in detail: "
       "detail.sorce"},
      {R"({"source":[{"exists":false}]})", "✗ r never matches\n    source  exists false  every event has source"},
      {R"({"source":[5,null]})", "✗ r never matches\n    source  5 or null  source is always a string"},
      {R"({"source":[{"anything-but":{"wildcard":"*"}}]})",
       "✗ r never matches\n    source  anything-but wildcard \"*\"  source is always a string"},
      {R"({"source":{"x":["y"]}})",
       "✗ r never matches\n    source.x  \"y\"  source is a string: it contains no fields"},
      {R"({"source":{"x":[{"exists":false}]}})", ""},
      {R"({"version":["1"]})", "✗ r never matches\n    version  \"1\"  version is \"0\" in every event"},
      {R"({"resources":[1]})", "✗ r never matches\n    resources  1  resources contains only strings, if any"},
      {R"({"replay-name":[""]})",
       "✗ r never matches\n    replay-name  \"\"  replay-name is a non-empty string, if present"},
      {R"({"detail":["a"]})",
       "✗ r never matches\n    detail  \"a\"  detail is an object: a pattern can only match values inside it"},
      {R"({"detail":{"x":[{"numeric":[">",1,"<",1.0000000000000002]}]}})",
       "✗ r never matches\n    detail.x  numeric > 1 and < 1.0000000000000002  no number is in this range"},
      // Something is left, if only a value of another kind.
      {R"({"detail":{"x":[{"anything-but":{"wildcard":"*"}}]}})", ""},
      // Only a value counts as present, so both hold for {"l": {"x": 1}}.
      {R"({"detail":{"l":[{"exists":false}],"l.x":[1]}})", ""},
      {R"({"detail":{"$or":[{"x":[1]},{"x":[{"numeric":[">",1,"<",1.0000000000000002]}]}]}})",
       "✗ r: some of its alternatives never match\n"
       "    detail.x  numeric > 1 and < 1.0000000000000002  no number is in this range"},
      // One list per path: the later one.
      {R"({"detail":{"x":["a"],"$or":[{"x":["b"]},{"y":[1]}]}})",
       "✗ r: a list of values is ignored\n    detail.x  \"a\"  replaced by a later \"b\"\n"
       "    matches  {\"detail\":{\"x\":\"b\"}}"},
      {R"({"detail":{"$or":[{"x":["b"]},{"y":[1]}],"x":["a"]}})",
       "✗ r: a list of values is ignored\n    detail.x  \"b\"  replaced by a later \"a\"\n"
       "    matches  {\"detail\":{\"x\":\"a\"}}"},
      {R"({"detail":{"x":["a",1],"$or":[{"x":["a"]},{"x":[1]}]}})", ""},
      {R"({"source":["a"],"source":["b"]})",
       "✗ r: a list of values is ignored\n    source  \"a\"  replaced by a later \"b\"\n"
       "    matches  {\"source\":\"b\",\"detail\":{}}"},
  };
  for (const auto& row : rows) EXPECT_EQ(of_one(row.pattern), row.found) << row.pattern;
}

TEST(Lint, TellsAtAGlance) {
  const std::vector<LintRule> rules{
      rule("to-billing", R"({"source":["shop"],"detail":{"total":[{"numeric":[">",100]}]}})", {"billing", "audit"}),
      rule("all-orders", R"({"source":[{"prefix":"shop"}]})", {"audit"}),
      rule("orders-copy", R"({"source":[{"wildcard":"shop*"}]})"),
      rule("cheap", R"({"detail":{"total":[{"numeric":["<=",10]}]}})", {"billing"}),
  };
  EXPECT_EQ(to_text(lint(rules), rules),
            R"(! all-orders and orders-copy match the same events
    both  {"source":"shop","detail":{}}
! all events of to-billing also match all-orders, which matches more
    both  {"source":"shop","detail":{"total":101}}
    only all-orders  {"source":"shop","detail":{}}
    twice to  audit
! all events of to-billing also match orders-copy, which matches more
    both  {"source":"shop","detail":{"total":101}}
    only orders-copy  {"source":"shop","detail":{}}
! to-billing and cheap both deliver to billing
    both  {"source":"shop","detail":{"total":[101,10]}}
          only an event with several values in a field
)");
  const auto findings = lint(rules);
  const JsonValue json = to_json(findings, rules);
  ASSERT_EQ(json.items.size(), 4U);
  const JsonValue& contained = json.items[1];
  EXPECT_EQ(contained.find("Kind")->text, "Contained");
  EXPECT_EQ(contained.find("Rule")->text, "to-billing");
  EXPECT_EQ(contained.find("Other")->text, "all-orders");
  EXPECT_EQ(format::print_json(*contained.find("Targets")), R"(["audit"])");
  const auto verdict = [&](const LintRule& of, const JsonValue& event) {
    return test_event_pattern(of.pattern.text(), format::print_json(event));
  };
  EXPECT_TRUE(*verdict(rules[0], *contained.find("Event")));
  EXPECT_TRUE(*verdict(rules[1], *contained.find("Event")));
  EXPECT_FALSE(*verdict(rules[0], *contained.find("OtherAlone")));
  EXPECT_TRUE(*verdict(rules[1], *contained.find("OtherAlone")));
  EXPECT_TRUE(json.items[3].find("EventHasSeveralValues")->boolean);
}

TEST(Lint, ComparesNeitherRulesThatNeverMatchNorThoseOfOtherTargets) {
  const std::vector<LintRule> rules{rule("a", R"({"sorce":["a"]})", {"t"}), rule("b", R"({"sorce":["a"]})", {"t"}),
                                    rule("c", R"({"source":["a"]})", {"t"}),
                                    rule("d", R"({"detail-type":["b"]})", {"u"})};
  EXPECT_EQ(lint(rules).size(), 2U);
  EXPECT_TRUE(lint({}).empty());
}

// Strings containing all of twenty characters, in any order: one state for each subset of them.
TEST(Lint, SaysWhatItCannotDecide) {
  std::string branches;
  for (char c = 'a'; c < 'a' + 20; ++c)
    branches += std::string{branches.empty() ? "" : ","} + R"({"x":[{"anything-but":{"wildcard":"*)" + c + R"(*"}}]})";
  const std::vector<LintRule> rules{rule("r", R"({"detail":{"x":[{"suffix":"z"}]}})"),
                                    rule("s", R"({"detail":{"$or":[)" + branches + "]}}")};
  const auto findings = lint(rules);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().kind, Kind::Undecided);
  EXPECT_THAT(to_text(findings, rules),
              HasSubstr("? r and s: undecided: whether the second matches all events of the "
                        "first: that would take more than 500000 steps, 20000 states or 50000 pieces"));
}

}  // namespace
}  // namespace athanor::pattern
