#include "delivery/input_transformer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/limits.h"

namespace athanor::delivery {
namespace {

constexpr base::Time kTime{std::chrono::seconds{1'700'000'000}};

bus::Target filling(std::string input_template) {
  bus::InputTransformer transformer{.input_paths = {{"d", "$.detail.d"}}, .input_template = std::move(input_template)};
  return {.id = "t", .arn = "arn:aws:x", .input_transformer = std::move(transformer)};
}

Result<std::string> filled(const std::string& input_template, const std::string& detail) {
  bus::EventAccepted event;
  event.detail = detail;
  return transform_input(filling(input_template), event, {}, kTime);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// The CDK writes RuleTargetInput.fromObject(EventField.fromPath("$.detail")) as a lone placeholder.
TEST(InputTransformerTest, MakesJsonOfWhatDoesNotBeginWithAQuote) {
  const auto made = [](const std::string& input_template, const std::string& value) {
    return filled(input_template, R"({"d":)" + value + "}").value_or("none");
  };
  for (const char* value : {R"({"a":[1,"x"]})", R"("say \"hi\"")", "1.50", "[]", "true", "null"})
    EXPECT_EQ(made(" <d>\n", value), value);
  EXPECT_EQ(made("5", "1"), "5");
  EXPECT_EQ(made("<d> is sold", R"("book")"), "none");
  EXPECT_EQ(made(R"("<d> is sold")", R"("book")"), R"("book is sold")");
  EXPECT_EQ(filled("<d>", "{}").value_or("none"), R"("")");
  EXPECT_EQ(filled("<aws.events.event.json>", "{}").value_or("none"), bus::event_text({.detail = "{}"}, {}));
}

TEST(InputTransformerTest, GivesAFunctionNoTextThatIsNoJson) {
  bus::EventAccepted event;
  event.detail = R"({"d":"say \"hi\""})";
  struct Row {
    const char* input_template;
    const char* made;
    bool is_for_functions;
  };
  for (const Row& row : {Row{R"("d <d>")", R"("d say "hi"")", false}, Row{"\"a\"\n\"b\"", "\"a\"\n\"b\"", false},
                         Row{R"("d:  <x>" )", R"("d:  " )", true}}) {
    bus::Target target = filling(row.input_template);
    target.input_transformer->input_paths["x"] = "$.detail.x";
    EXPECT_EQ(transform_input(target, event, {}, kTime).value_or("none"), row.made);
    EXPECT_EQ(EventInputs(event, {}, kTime).facts(target).error, "");
    target.arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    EXPECT_EQ(EventInputs(event, {}, kTime).facts(target).error.empty(), row.is_for_functions) << row.made;
  }
}

// A template of 8 KB multiplies an event by some 2,000: 4 KB became 8 MB, and 800 KB crashed the server.
TEST(InputTransformerTest, MakesNoMoreOfAnEventThanAMessageMayBe) {
  const std::string kilobytes = fmt::format(R"({{"d":[0{}]}})", repeated(",0", 1'999));
  const std::string megabyte = fmt::format(R"({{"d":"{}"}})", std::string(limits::kMessageBytes - 100, 'x'));
  const std::string input_templates[] = {
      fmt::format("[<d>{}]", repeated(",<d>", 1'999)), fmt::format(R"(["{}"])", repeated("<d>", 2'000)),
      fmt::format(R"("{}")", repeated("<d>", 2'000)), fmt::format("[0{}]", repeated(",<aws.events.event.json>", 300))};
  for (const std::string& input_template : input_templates) {
    for (const std::string& detail : {kilobytes, megabyte}) {
      const auto input = filled(input_template, detail);
      ASSERT_FALSE(input) << input_template.substr(0, 20) << ": " << input->size();
      EXPECT_EQ(input.error().code, ErrorCode::RequestTooLarge);
    }
  }
}

TEST(InputTransformerTest, MakesAsMuchAsAMessageMayBe) {
  const std::string half(limits::kMessageBytes / 2 - 4, 'x');
  const auto input = filled("[ <d> , <d> ]" + std::string(1'000, ' '), fmt::format(R"({{"d":"{}"}})", half));
  ASSERT_TRUE(input);
  EXPECT_EQ(*input, fmt::format(R"(["{0}","{0}"])", half));
}

// More values of one event than are kept at a time.
TEST(InputTransformerTest, ForgetsValuesWhenTheyAreTooMany) {
  bus::EventAccepted event;
  const std::string text(limits::kMessageBytes - 100, 'x');
  const std::string detail = fmt::format(R"({{"d":"{}"}})", text);
  event.detail = detail;
  std::vector<bus::Target> targets;
  for (const char* path : {"$.detail.d", "$['detail'].d", "$.detail['d']", "$['detail']['d']", "$[\"detail\"].d",
                           "$.detail[\"d\"]", "$[\"detail\"][\"d\"]", "$['detail'][\"d\"]", "$[\"detail\"]['d']"}) {
    targets.push_back({.id = "t", .arn = "arn:aws:x", .input_path = path, .message_group_id = path});
  }
  EventInputs inputs{event, {}, kTime};
  for (int round = 0; round < 2; ++round) {
    for (const bus::Target& target : targets) {
      EXPECT_EQ(inputs.facts(target).bytes, text.size() + 2) << *target.input_path;
      EXPECT_TRUE(inputs.facts(target).message_group_id == text) << *target.input_path;
    }
  }
}

// A detail of maximum depth is one level deeper in its event, and more in a template.
TEST(InputTransformerTest, ReadsTheDeepestEventThatThereIs) {
  std::string detail;
  for (std::size_t i = 1; i < limits::kJsonDepth; ++i) detail += R"({"a":)";
  detail += R"({"d":1})" + std::string(limits::kJsonDepth - 1, '}');
  const bus::EventAccepted event{.source = "shop", .detail = detail};
  const bus::Target of_path{.id = "t", .arn = "arn:aws:x", .input_path = "$.source"};
  EXPECT_EQ(transform_input(of_path, event, {}, kTime).value_or("none"), R"("shop")");
  EXPECT_EQ(transform_input(filling(R"([[{"x":<aws.events.event.json>}]])"), event, {}, kTime).value_or("none"),
            R"([[{"x":)" + bus::event_text(event, {}) + "}]]");
  std::size_t given_up = 0;
  for (std::size_t levels = 20; levels < 28; ++levels) {
    const auto target = filling(std::string(levels, '[') + "<aws.events.event.json>" + std::string(levels, ']'));
    const bool is_made = transform_input(target, event, {}, kTime).has_value();
    EXPECT_EQ(EventInputs(event, {}, kTime).facts(target).error.empty(), is_made) << levels;
    given_up += is_made ? 0 : 1;
  }
  EXPECT_GT(given_up, 0U);
  EXPECT_LT(given_up, 8U);
}

}  // namespace
}  // namespace athanor::delivery
