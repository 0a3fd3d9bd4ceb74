#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "cli/rule_list.h"
#include "cli/test_run.h"
#include "format/json.h"

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TestRun run_lint(std::vector<std::string> arguments, bool colours = false) {
  arguments.insert(arguments.begin(), {"pattern", "lint"});
  return test_run(arguments, colours);
}

TEST(RuleList, RefusesWhatIsNoRule) {
  const struct {
    const char* text;
    const char* message;
  } rows[] = {
      {" \n", "There are no rules."},
      {"rules.json", "This is not JSON"},
      {"[1]", "rule 1: a rule must be a JSON object"},
      {"\"a\"", "the rule: a rule must be a JSON object"},
      {R"([{"Name":"a","EventPattern":{}},{"Name":"b","EventPattern":[]}])",
       "rule 2: EventPattern must be a string or an object"},
      {R"({"Name":"a","EventPattern":{},"Targets":[{"Id":"1"}]})", "the rule: a target has no Arn"},
      {"{\"source\":[\"a\"]}\n\n{\"source\":", "line 3: This is not JSON"},
  };
  for (const auto& row : rows) {
    const auto read = read_rules(row.text);
    ASSERT_FALSE(read) << row.text;
    EXPECT_THAT(read.error().message, HasSubstr(row.message));
  }
}

TEST(RuleList, ReadsWhatHoldsRules) {
  const struct {
    const char* text;
    std::vector<std::string> names, patterns;
  } rows[] = {
      {R"({"source":["a"]})", {"the rule"}, {R"({"source":["a"]})"}},
      {R"({"Name":"r","EventPattern":{"a":[1]}})", {"r"}, {R"({"a":[1]})"}},
      {R"({"Name":"r","EventPattern":"{\"a\": [1]}"})", {"r"}, {R"({"a": [1]})"}},
      {R"([{"Name":"r","EventPattern":"{}"},{"a":[1]}])", {"r", "rule 2"}, {"{}", R"({"a":[1]})"}},
      {"{\n \"Rules\": [{\"Name\": \"r\", \"EventPattern\": \"{}\"}]\n}\n", {"r"}, {"{}"}},
      {R"-({"Rules":[{"Name":"every-day","ScheduleExpression":"rate(1 day)"}]})-", {"every-day"}, {""}},
      {"{\"Name\":\"r\",\"EventPattern\":{\"a\":[1]}}\n\n{\"b\":[2]}\n",
       {"r", "line 3"},
       {R"({"a":[1]})", R"({"b":[2]})"}},
  };
  for (const auto& row : rows) {
    const auto read = read_rules(row.text);
    ASSERT_TRUE(read) << row.text;
    std::vector<std::string> names, patterns;
    for (const ListedRule& rule : *read) {
      names.push_back(rule.name);
      patterns.push_back(rule.pattern);
    }
    EXPECT_EQ(names, row.names);
    EXPECT_EQ(patterns, row.patterns);
  }
  const auto whole = read_rules(
      R"({"Name":"r","EventPattern":"{}","State":"DISABLED","EventBusName":"b","Targets":[{"Id":"1","Arn":"x"},"y"]})");
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->front().is_disabled);
  EXPECT_EQ(whole->front().bus, "b");
  EXPECT_THAT(whole->front().targets, ElementsAre("x", "y"));
}

TEST(PatternLint, RefusesWhatItCannotRead) {
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } rows[] = {
      {{}, "RULES or --bus is required"},
      {{"{}", "--bus", "b"}, "excludes"},
      {{"@/nowhere/rules.json"}, "/nowhere/rules.json cannot be read"},
      {{"rules.json"}, "next: athanor pattern lint --help shows what rules look like"},
      {{R"([{"Name":"good","EventPattern":{"a":[1]}},{"Name":"bad","EventPattern":{"a":[{"foo":"bar"}]}}])"},
       "bad:\nerror: Event pattern is not valid. Reason: Unrecognized match type foo"},
  };
  for (const auto& row : rows) {
    const auto result = run_lint(row.arguments);
    EXPECT_EQ(result.exit, Exit::Usage) << result.err;
    EXPECT_THAT(result.err, HasSubstr(row.message));
    EXPECT_EQ(result.out, "");
  }
}

constexpr const char* kRules = R"({"Rules":[
  {"Name":"a","EventPattern":{"detail":{"x":[1]}},"Targets":[{"Arn":"t"}]},
  {"Name":"b","EventPattern":{"detail":{"x":[2]}},"Targets":[{"Arn":"t"}]},
  {"Name":"c","EventPattern":{"detail":{"x":[1]}},"State":"DISABLED"},
  {"Name":"d","EventPattern":{"detail":{"x":[1]}},"EventBusName":"other"}
]})";

TEST(PatternLint, SaysWhatItFinds) {
  const auto found = run_lint({kRules});
  EXPECT_EQ(found.exit, Exit::Refused);
  EXPECT_EQ(found.out,
            "! a and b both deliver to t\n    both  {\"detail\":{\"x\":[1,2]}}\n"
            "          only an event with several values in a field\n");
  EXPECT_EQ(found.err, "3 rules checked, 1 disabled or without a pattern\n");

  const auto without_arrays = run_lint({kRules, "--no-arrays"});
  EXPECT_EQ(without_arrays.exit, Exit::Done);
  EXPECT_EQ(without_arrays.out, "✓ nothing found\n");

  const auto coloured = run_lint({R"({"sorce":["a"]})"}, true);
  EXPECT_THAT(coloured.out, HasSubstr("\x1b[31m✗\x1b[0m the rule never matches"));
}

TEST(PatternLint, PrintsFindingsAsJson) {
  const auto result = run_lint({kRules, "--json"});
  EXPECT_EQ(result.exit, Exit::Refused);
  const auto json = format::parse_json(result.out);
  ASSERT_TRUE(json) << result.out;
  EXPECT_EQ(json->find("Rules")->as_int(), 3);
  EXPECT_EQ(format::print_json(*json->find("LeftOut")), R"(["c"])");
  ASSERT_EQ(json->find("Findings")->items.size(), 1U);
  EXPECT_EQ(json->find("Findings")->items[0].find("Kind")->text, "Overlap");
  const auto none = run_lint({kRules, "--json", "--no-arrays"});
  EXPECT_EQ(none.exit, Exit::Done);
  EXPECT_THAT(format::parse_json(none.out)->find("Findings")->items, IsEmpty());
}

TEST(PatternLint, HoldsRulesAgainstSchemas) {
  const std::string path = testing::TempDir() + "order-placed.json";
  std::ofstream{path} << R"({"x-amazon-events-source": "shop", "x-amazon-events-detail-type": "OrderPlaced",
                             "properties": {"detail": {"properties": {"total": {"type": "number"}}}}})";
  const std::string pattern = R"({"source":["shop"],"detail-type":["OrderPlaced"],"detail":{"total":["12"]}})";
  const auto found = run_lint({pattern, "--schema", path});
  EXPECT_EQ(found.exit, Exit::Refused) << found.err;
  EXPECT_THAT(found.out, HasSubstr("detail.total  \"12\"  shop / OrderPlaced has other values there, such as 0"));
  EXPECT_EQ(run_lint({pattern}).exit, Exit::Done);

  std::ofstream{path} << R"({"type": "object"})";
  const auto refused = run_lint({pattern, "--schema", path});
  EXPECT_EQ(refused.exit, Exit::Usage);
  EXPECT_THAT(refused.err, HasSubstr(path + ": The schema does not say which events it describes."));
  EXPECT_THAT(run_lint({pattern, "--schema", "/nowhere.json"}).err, HasSubstr("/nowhere.json cannot be read"));
}

TEST(PatternLint, SaysWhenNoServerAnswers) {
  const auto result = run_lint({"--bus", "orders", "--endpoint", "http://127.0.0.1:1"});
  EXPECT_EQ(result.exit, Exit::Unreachable);
  EXPECT_THAT(result.err, HasSubstr("is a server running?"));
}

TEST(PatternLint, HelpHasUsageExamplesAndExitCodes) {
  const auto help = run_lint({"--help"});
  EXPECT_EQ(help.exit, Exit::Done);
  EXPECT_THAT(help.out, HasSubstr("athanor pattern lint [OPTIONS] [RULES]"));
  EXPECT_THAT(help.out, HasSubstr("Examples:"));
  EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 nothing found"));
}

}  // namespace
}  // namespace athanor::cli
