#include "api/validate.h"

#include <gtest/gtest.h>

#include "api/events.h"
#include "api/utf8.h"

namespace athanor::api {
namespace {

TEST(MatchesPattern, KnowsTheWordsOfTheModels) {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } rows[] = {
      {R"([\.\-_A-Za-z0-9]+)", "", false},
      {R"([\.\-_A-Za-z0-9]+)", "a b", false},
      {R"([\.\-_A-Za-z0-9]+)", "a/b", false},
      {R"([\.\-_A-Za-z0-9]+)", "a.b-c_D9", true},
      {R"([/\.\-_A-Za-z0-9]+)", "a/b", true},
      {R"((\d{12}|\*))", "12345678901", false},
      {R"((\d{12}|\*))", "123456789012", true},
      {R"((\d{12}|\*))", "*", true},
      {R"([a-zA-Z0-9-_]+)", "a-_", true},
      {R"(aws\.partner(/[\.\-_A-Za-z0-9]+){2,})", "aws.partner/a", false},
      {R"(aws\.partner(/[\.\-_A-Za-z0-9]+){2,})", "aws.partner/a/b", true},
      {R"(^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$)",
       "arn:aws:events:us-east-1:123456789012:event-bus/b", true},
      {R"(^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$)", "arn:aws:sqs:us-east-1:123456789012:q",
       false},
      {R"(^[a-zA-Z0-9_\-/:]*$)", "", true},
      {R"(a?b*c{1,2})", "abbbcc", true},
      {R"(a?b*c{1,2})", "abbbccc", false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(matches_pattern(row.text, row.pattern), row.matches) << row.pattern << " on " << row.text;
  EXPECT_FALSE(matches_pattern(std::string(100'000, 'a') + "!", "(a*)*b")) << "no backtracking";
}

TEST(CheckUtf8, NamesTheTextThatIsNone) {
  const auto error = [](const auto& request) {
    const auto checked = check_utf8(shape_of<std::decay_t<decltype(request)>>(), &request);
    return checked ? std::string{} : checked.error().message;
  };
  EXPECT_EQ(error(PutRuleRequest{.name = "b\xc3\xa4r"}), "");
  EXPECT_EQ(error(PutRuleRequest{.name = "b\xe4r"}), "name is not UTF-8.");
  PutTargetsRequest targets{.rule = "r", .targets = {{.id = "a", .arn = "b"}, {.id = "c", .arn = "\xff"}}};
  EXPECT_EQ(error(targets), "targets.2.member.arn is not UTF-8.");
}

TEST(Validate, SpeaksAsAwsDoes) {
  PutRuleRequest rule{.name = "a b", .state = "ON"};
  EXPECT_EQ(validate(rule).error().message,
            "2 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy "
            "regular expression "
            "pattern: [\\.\\-_A-Za-z0-9]+; Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy "
            "enum value set: "
            "[ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]");
  EXPECT_EQ(validate(PutRuleRequest{}, {"name"}).error().message,
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null");

  const StartReplayRequest replay{.replay_name = "r",
                                  .event_source_arn = "arn:aws:events:us-east-1:123456789012:archive/a"};
  EXPECT_EQ(validate(replay, {"destination"}).error().message,
            "1 validation error detected: Value null at 'destination' failed to satisfy constraint: Member must not be "
            "null")
      << "and nothing of destination.arn, which nobody sent";
  const TagResourceRequest tags{.resource_arn = "arn:aws:events:us-east-1:123456789012:rule/r", .tags = {{}, {}}};
  EXPECT_EQ(validate(tags, {"tags.1.member", "tags.2.member.key"}).error().message,
            "2 validation errors detected: Value null at 'tags.1.member' failed to satisfy constraint: Member must not "
            "be null; Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null")
      << "and nothing of what is within them";

  PutTargetsRequest targets{.rule = "r", .targets = {{.id = "ok", .arn = "arn:x"}, {.id = "not ok", .arn = "arn:x"}}};
  EXPECT_EQ(validate(targets).error().message,
            "1 validation error detected: Value 'not ok' at 'targets.2.member.id' failed to satisfy constraint: Member "
            "must satisfy "
            "regular expression pattern: [\\.\\-_A-Za-z0-9]+");

  PutEventsRequest events;
  events.entries.resize(11, {.source = "s", .detail = "{}"});
  const std::string message = validate(events).error().message;
  EXPECT_TRUE(message.starts_with(
      "1 validation error detected: Value '[PutEventsRequestEntry(time=null, source=s, resources=null, "
      "detailType=null, detail={}, eventBusName=null"))
      << message;
  EXPECT_TRUE(
      message.ends_with("at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"))
      << message;
  EXPECT_TRUE(validate(PutEventsRequest{.entries = {{.source = "s"}}}));
}

}  // namespace
}  // namespace athanor::api
