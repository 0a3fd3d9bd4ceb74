// What PutTargets says about an input before there is any event.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/input_transformer.h"

namespace athanor::delivery {
namespace {

std::string refusal_of(std::string_view input_template) {
  bus::Target target{.id = "t", .arn = "arn:aws:sqs:us-east-1:123456789012:q"};
  target.input_transformer =
      bus::InputTransformer{{{"a", "$.detail.a"}, {"b", "$.detail.b"}}, std::string{input_template}};
  const auto checked = check_input(target);
  return checked ? "" : checked.error().message;
}

TEST(CheckInput, RefusesAPlaceholderAsAnObjectKey) {
  for (const std::string_view input_template :
       {R"({"<a>":1})", R"( {"k<a>x" : <b>})", R"({"x":"<b>","o":[{"k\"<a>\"" :1}]})", R"({<a>:1})",
        R"({"<a>":1,"<b>":2})"}) {
    EXPECT_EQ(refusal_of(input_template), "InputTemplate for target t contains placeholder a in an object key.")
        << input_template;
  }
  EXPECT_EQ(refusal_of(R"({"<c>":1})"), "InputTemplate for target t contains invalid placeholder c.");
}

TEST(CheckInput, RefusesKeysThatAreNoNamesOfVariables) {
  for (const char* key : {"", "a b", "aws.events.rule-name", "AWS.x", "AWS", "AWSx", "a.b", "größe"}) {
    bus::Target target{.id = "t", .arn = "arn:aws:sqs:us-east-1:123456789012:q"};
    target.input_transformer = bus::InputTransformer{{{key, "$.id"}}, "{}"};
    EXPECT_EQ(check_input(target).error().message,
              std::string{"InputPathsMap for target t contains an invalid key "} + key + ".");
  }
  bus::Target target{.id = "t", .arn = "arn:aws:sqs:us-east-1:123456789012:q"};
  target.input_transformer = bus::InputTransformer{{{"aWS_a-1", "$.id"}}, "<aWS_a-1>"};
  EXPECT_TRUE(check_input(target));
}

TEST(CheckInput, TakesKeysAndPathsOf256Characters) {
  const auto is_taken = [](std::size_t key_characters, std::size_t path_characters) {
    std::string path = "$.";
    while (path_characters-- > 2) path += "é";
    bus::Target target{.id = "t", .arn = "arn:aws:sqs:us-east-1:123456789012:q"};
    target.input_transformer = bus::InputTransformer{{{std::string(key_characters, 'k'), path}}, "{}"};
    return check_input(target).has_value();
  };
  EXPECT_TRUE(is_taken(256, 256));
  EXPECT_FALSE(is_taken(257, 256));
  EXPECT_FALSE(is_taken(256, 257));
}

TEST(CheckInput, RefusesWhatGivesJsonForNoEvent) {
  for (const std::string_view input_template :
       {R"({"k": <a>)", R"({"k":<a>,})", R"({k:<a>})", R"({"k" <a>})", "[<a>", R"({"k":"<a>)", R"({"k": tru<a>})",
        R"({"k":"x"<a>})", "<a> <b>", "<a> is in state <b>", "text"}) {
    EXPECT_THAT(refusal_of(input_template),
                testing::StartsWith("Invalid InputTemplate for target t : it gives JSON for no event."))
        << input_template;
  }
}

TEST(CheckInput, RefusesAGroupIdThatIsAPathIntoNoEvent) {
  const auto checked = [](const char* group) {
    return check_input({.id = "t", .arn = "arn:aws:sqs:us-east-1:123456789012:q.fifo", .message_group_id = group});
  };
  for (const char* path : {"$..x", "$x", "$.a[-1]", "$.", "$['a"}) {
    EXPECT_EQ(checked(path).error().message,
              std::string{"MessageGroupId for target t is invalid: '"} + path + "' is not a JSONPath that is served.");
  }
  for (const char* group : {"", "g", "a$..x", "$.detail.group", "$['a b']"}) EXPECT_TRUE(checked(group)) << group;
}

TEST(CheckInput, TakesPlaceholdersInValues) {
  for (const std::string_view input_template :
       {R"({"k":<a>,"l":"<b>: <a>","m":["<a>",<b>]})", R"({"k":"{\"<a>\": 1}"})", R"("<a>: \"<b>\":")",
        R"({"k:<a":"<b>"})", R"([{"<a>":1}])", "\"<a>\": <b>", "<a>", " [ <a>, \"<b>\" ] ", R"("<a> and "<b>)"}) {
    EXPECT_EQ(refusal_of(input_template), "") << input_template;
  }
}

}  // namespace
}  // namespace athanor::delivery
