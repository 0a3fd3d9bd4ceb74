#include "cli/event_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "cli/dead_letter.h"

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;

TEST(EventLines, RefusesALineByItsNumber) {
  struct Case {
    std::string_view text;
    std::string_view message;
  };
  for (const Case& c : {Case{"{}\n\n[1]\n", "line 3: it is not a JSON object"},
                        Case{R"({"Sorce": "x"})", "line 1: an entry has no member Sorce, did you mean Source?"},
                        Case{R"({"Time": "soon"})", "line 1: Time \"soon\" is not ISO 8601"},
                        Case{R"({"Resources": "arn:x"})", "line 1: Resources must be an array of strings"},
                        Case{R"({"Resources": ["arn:x", 1]})", "line 1: Resources must be an array of strings"},
                        Case{R"({"Source": 7})", "line 1: Source must be a string"},
                        Case{R"({"a":)", "line 1: This is not JSON at line 1, column 6."}}) {
    const auto parsed = parse_event_lines(c.text, {});
    ASSERT_FALSE(parsed.has_value()) << c.text;
    EXPECT_EQ(parsed.error().message, c.message);
  }
}

TEST(EventLines, ReadsEntriesAndEnvelopes) {
  api::PutEventsRequestEntry defaults;
  defaults.source = "default";
  defaults.event_bus_name = "orders";
  const auto parsed = parse_event_lines(
      R"({"DetailType": "A", "Detail": {"n": 1.10}, "Time": 1700000000.5}
{"Source": "own", "DetailType": "B", "Detail": "{\"n\":2}", "EventBusName": "other", "Position": 7, "EventId": "x", "Account": "1", "Region": "r"}

{"version":"0","id":"x","detail-type":"C","source":"env","account":"1","time":"2025-10-13T20:00:00Z","region":"r","resources":["a","b"],"detail":{}})",
      defaults);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 3u);
  EXPECT_EQ((*parsed)[2].number, 4u);
  EXPECT_EQ((*parsed)[0].entry.source, "default");
  EXPECT_EQ((*parsed)[0].entry.detail, R"({"n":1.10})");
  EXPECT_EQ(base::to_iso8601_millis(*(*parsed)[0].entry.time), "2023-11-14T22:13:20.500Z");
  EXPECT_EQ((*parsed)[1].entry.source, "own");
  EXPECT_EQ((*parsed)[1].entry.event_bus_name, "other");
  EXPECT_EQ((*parsed)[1].entry.detail, R"({"n":2})");
  EXPECT_EQ((*parsed)[2].entry.detail_type, "C");
  EXPECT_EQ((*parsed)[2].entry.event_bus_name, "orders");
  EXPECT_THAT(*(*parsed)[2].entry.resources, ElementsAre("a", "b"));
}

TEST(EventLines, BatchesByCountAndBytes) {
  const auto sizes = [](std::vector<std::size_t> details) {
    std::vector<api::PutEventsRequestEntry> entries;
    for (const auto size : details) entries.emplace_back().detail = std::string(size, 'x');
    std::vector<std::size_t> counts;
    for (const auto& batch : batches_of(std::move(entries))) counts.push_back(batch.entries.size());
    return counts;
  };
  EXPECT_THAT(sizes({}), ElementsAre());
  EXPECT_THAT(sizes(std::vector<std::size_t>(23, 100)), ElementsAre(10, 10, 3));
  EXPECT_THAT(sizes({600'000, 448'576, 1}), ElementsAre(2, 1));
  EXPECT_THAT(sizes({1, 2'000'000, 1}), ElementsAre(1, 1, 1));
}

TEST(DeadLetter, KnowsTheRuleItComesFrom) {
  EXPECT_EQ(rule_of_arn("arn:aws:events:us-east-1:123456789012:rule/to-billing").bus_name, "default");
  EXPECT_EQ(rule_of_arn("arn:aws:events:us-east-1:123456789012:rule/orders/to-billing").bus_name, "orders");
  EXPECT_EQ(rule_of_arn("arn:aws:events:us-east-1:123456789012:rule/orders/to-billing").rule_name, "to-billing");
  EXPECT_EQ(rule_of_arn("arn:aws:sqs:us-east-1:123456789012:q").rule_name, "");
}

TEST(DeadLetter, ReadsTheEventAndTheReason) {
  api::Message message;
  message.message_id = "m";
  message.body =
      R"({"source":"shop","detail-type":"Sold","time":"2025-10-13T20:00:00Z","resources":[],"detail":{"n":1.10}})";
  const auto text = [](std::string value) {
    return api::MessageAttributeValue{.string_value = std::move(value), .data_type = "String"};
  };
  message.message_attributes = {{"RULE_ARN", text("arn:aws:events:us-east-1:123456789012:rule/orders/to-billing")},
                                {"ERROR_CODE", text("SDK_CLIENT_ERROR")}};
  const auto letter = read_dead_letter(message);
  EXPECT_EQ(letter.rule.rule_name, "to-billing");
  EXPECT_EQ(letter.error_code, "SDK_CLIENT_ERROR");
  ASSERT_TRUE(letter.event.has_value());
  EXPECT_EQ(letter.event->event_bus_name, "arn:aws:events:us-east-1:123456789012:event-bus/orders");
  EXPECT_EQ(letter.event->detail, R"({"n":1.10})");
  EXPECT_EQ(letter.event->resources, std::nullopt);

  message.body = "no event";
  EXPECT_FALSE(read_dead_letter(message).event.has_value());
}

}  // namespace
}  // namespace athanor::cli
