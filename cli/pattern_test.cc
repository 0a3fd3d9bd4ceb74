#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cli/pattern_mistake.h"
#include "cli/test_run.h"
#include "format/json.h"
#include "pattern/event_pattern.h"

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TestRun run_test(std::vector<std::string> arguments, bool colours = false) {
  arguments.insert(arguments.begin(), {"pattern", "test"});
  return test_run(arguments, colours);
}

constexpr const char* kShop = R"({"source":["shop"]})";

TEST(PatternTest, RefusesWhatItCannotRead) {
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } rows[] = {
      {{}, "PATTERN is required"},
      {{kShop}, "EVENT is required"},
      {{"-", "-"}, "only one of PATTERN and EVENT can be read from standard input"},
      {{kShop, "{}", "--source", "x"}, "--source requires --detail"},
      {{kShop, "@/nowhere/event.json"}, "/nowhere/event.json cannot be read"},
      {{"rule.json", "{}"}, "a pattern is a JSON object; @file reads one"},
      {{kShop, ""}, "There is no event to test."},
      {{kShop, "[1]"}, "event: it is not a JSON object"},
      {{kShop, "{}\n\n{\"source\":"}, "event, line 3: This is not JSON"},
      {{kShop, "{\n  \"source\":\n}"}, "event: This is not JSON at line 3, column 1"},
      {{R"({"a":[{"foo":"bar"}]})", "{}"},
       "error: Event pattern is not valid. Reason: Unrecognized match type foo\n at [Source: (String)\"{\"a\":"
       "[{\"foo\":\"bar\"}]}\"; line: 1, column: 15]\n"
       "  {\"a\":[{\"foo\":\"bar\"}]}\n"
       "               ^\n"},
  };
  for (const auto& row : rows) {
    const auto result = run_test(row.arguments);
    EXPECT_EQ(result.exit, Exit::Usage) << result.err;
    EXPECT_THAT(result.err, HasSubstr(row.message));
    EXPECT_EQ(result.out, "");
  }
}

TEST(PatternTest, ExplainsOneEvent) {
  const auto miss = run_test({kShop, R"({"source":"Shop","detail":{}})"});
  EXPECT_EQ(miss.exit, Exit::Refused);
  EXPECT_EQ(miss.err, "");
  EXPECT_EQ(miss.out, R"(✗ does not match: 1 of 1 clause fails

  ✗ source  "shop"  found "Shop"
    ^^^^^^  differs only in case

This event would match:
  set source to "shop", instead of "Shop"
Or this pattern:
  source: [{"equals-ignore-case":"shop"}]
)");
  const auto match = run_test({kShop, "{\n  \"source\": \"shop\"\n}\n"});
  EXPECT_EQ(match.exit, Exit::Done);
  EXPECT_THAT(match.out, HasSubstr("✓ matches\n"));
}

TEST(PatternTest, TellsOfManyEventsInALineEach) {
  const char* const kEvents = "{\"source\":\"shop\"}\n\n{\"source\":\"web\"}\n";
  const auto lines = run_test({kShop, kEvents});
  EXPECT_EQ(lines.exit, Exit::Refused);
  EXPECT_EQ(lines.out, "line 1: ✓ matches\nline 3: ✗ source: found \"web\", wanted \"shop\"\n");
  EXPECT_EQ(lines.err, "1 of 2 events match\n");
  EXPECT_EQ(run_test({kShop, "{\"source\":\"shop\"}\n{\"source\":\"shop\"}"}).exit, Exit::Done);

  EXPECT_THAT(run_test({kShop, kEvents, "--explain"}).out, HasSubstr("set source to \"shop\", instead of \"web\""));
  EXPECT_EQ(run_test({kShop, kEvents, "--json"}).out,
            "{\"Line\":1,\"Matches\":true}\n{\"Line\":3,\"Matches\":false}\n");
  for (const auto line : base::split(base::trim(run_test({kShop, kEvents, "--json", "--explain"}).out), '\n')) {
    const auto json = format::parse_json(line);
    ASSERT_TRUE(json) << line;
    EXPECT_NE(json->find("Clauses"), nullptr);
  }
}

TEST(PatternTest, TakesDetailsAndEntriesOfPutEvents) {
  constexpr const char* kPattern = R"({"source":["shop"],"detail-type":["Sold"],"detail":{"n":[1]}})";
  EXPECT_EQ(run_test({kPattern, R"({"n":1})", "--detail", "--source", "shop", "--detail-type", "Sold"}).exit,
            Exit::Done);
  EXPECT_THAT(run_test({kPattern, R"({"n":1})", "--detail"}).out, HasSubstr("2 of 3 clauses fail"));
  EXPECT_EQ(run_test({kPattern, R"({"Source":"shop","DetailType":"Sold","Detail":"{\"n\":1}"})"}).exit, Exit::Done);
  EXPECT_EQ(run_test({kPattern, R"({"Source":"shop","DetailType":"Sold","Detail":{"n":1},"EventId":"x"})"}).exit,
            Exit::Done);
}

// As the rule would see them, so that `athanor tail --json | athanor pattern test` tries out a new rule.
TEST(PatternTest, TakesTheWholeEventThatTailPrints) {
  constexpr const char* kTailed =
      R"({"EventId":"x","Time":1796028429.076,"Source":"shop","DetailType":"Sold","EventBusName":"default",)"
      R"("Account":"123456789012","Region":"us-east-1","Resources":["r"],"Detail":"{\"n\":1}","Position":7})";
  for (const char* pattern :
       {R"({"account":["123456789012"]})", R"({"region":["us-east-1"]})", R"({"time":["2026-11-30T08:47:09Z"]})",
        R"({"id":["x"]})", R"({"resources":["r"]})", R"({"detail":{"n":[1]}})"}) {
    EXPECT_EQ(run_test({pattern, kTailed}).exit, Exit::Done) << pattern;
  }
}

TEST(PatternTest, PrintsTheVerdictAndItsMendingAsJson) {
  const auto result = run_test({kShop, R"({"source":"Shop"})", "--json"});
  const auto json = format::parse_json(result.out);
  ASSERT_TRUE(json) << result.out;
  EXPECT_FALSE(json->find("Matches")->boolean);
  EXPECT_EQ(format::print_json(*json->find("EventChange")), R"([{"op":"replace","path":"/source","value":"shop"}])");
}

TEST(PatternTest, ColoursOnlyATerminal) {
  EXPECT_THAT(run_test({kShop, "{}"}).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run_test({kShop, "{}"}, true).out, HasSubstr("\x1b[31m✗\x1b[0m"));
}

TEST(PatternTest, HelpHasUsageExamplesAndExitCodes) {
  for (const auto& help : {run_test({"--help"}), run_test({"--json", "--help"})}) {
    EXPECT_EQ(help.exit, Exit::Done);
    EXPECT_THAT(help.out, HasSubstr("athanor pattern test [OPTIONS] PATTERN EVENT"));
    EXPECT_THAT(help.out, HasSubstr("Examples:"));
    EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 every event matches"));
  }
}

// The caret is under the character read last, with any characters and line breaks.
TEST(PatternMistake, PointsAtThePlaceOfTheMessage) {
  const auto pointed = [](const std::string& pattern) {
    const auto parsed = pattern::parse_event_pattern(pattern);
    EXPECT_FALSE(parsed) << pattern;
    return pointed_at(pattern, parsed ? "" : parsed.error().message);
  };
  EXPECT_THAT(pointed("{\"a\":[0x]}"), ElementsAre("  {\"a\":[0x]}", "         ^"));
  EXPECT_THAT(pointed("{\"😀é\":[0x]}"), ElementsAre("  {\"😀é\":[0x]}", "          ^"));
  EXPECT_THAT(pointed("{\n\t\"a\":1\n}"), ElementsAre("   \"a\":1", "       ^"));
  EXPECT_THAT(pointed("{"), ElementsAre("  {", "  ^"));
  EXPECT_THAT(pointed("]"), ElementsAre("  ]", "  ^"));
  EXPECT_THAT(pointed("{\"a; line: 7, column: 9]\":1}"),
              ElementsAre("  {\"a; line: 7, column: 9]\":1}", "                            ^"));
  EXPECT_THAT(pointed("{\"a\":[{\"cidr\":\"10.0.0.1\"}]}"), IsEmpty());
  const std::string wide = "{\"" + std::string(200, 'a') + "\":[0x]," + std::string(200, ' ') + "}";
  const auto lines = pointed(wide);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_LT(base::utf8_length(lines[0]), 90U);
  EXPECT_EQ(lines[1].size(), 2 + 1 + 60 + 1U);
}

}  // namespace
}  // namespace athanor::cli
