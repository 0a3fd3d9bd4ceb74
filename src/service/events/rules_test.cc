#include "service/events/rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "engine/test_engine.h"
#include "service/events/event_buses.h"

namespace athanor::service::events {
namespace {

using testing::HasSubstr;

constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";
constexpr const char* kFifo = "arn:aws:sqs:us-east-1:123456789012:q.fifo";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";

class RulesTest : public testing::Test {
 protected:
  RulesTest() {
    test_.engine.execute({}, [](engine::Call& call) {
      ASSERT_TRUE(create_event_bus(call, {.name = "orders"}));
      ASSERT_TRUE(put_rule(call, {.name = "all", .event_pattern = R"({"source":["shop"]})"}));
    });
  }

  template <class Decide>
  auto decide(Decide decision) {
    std::optional<decltype(decision(std::declval<engine::Call&>()))> answer;
    test_.engine.execute({}, [&](engine::Call& call) { answer.emplace(decision(call)); });
    return *std::move(answer);
  }
  auto put(const std::vector<api::Target>& targets) {
    return decide([&](engine::Call& call) { return put_targets(call, {.rule = "all", .targets = targets}); });
  }
  std::size_t targets() {
    return decide([](engine::Call& call) { return list_targets_by_rule(call, {.rule = "all"}); })->targets.size();
  }

  engine::TestEngine test_;
};

TEST_F(RulesTest, APutRuleThatCannotRunIsRefused) {
  const struct {
    api::PutRuleRequest request;
    ErrorCode code;
    const char* words;
  } rows[] = {
      {{.name = "r", .event_pattern = R"({"source":["a"]})", .event_bus_name = "gone"}, ErrorCode::NotFound, "gone"},
      {{.name = "r"}, ErrorCode::InvalidInput, "EventPattern or ScheduleExpression must be specified"},
      {{.name = "r", .event_pattern = R"({"source":"a"})"},
       ErrorCode::InvalidEventPattern,
       "Event pattern is not valid"},
      {{.name = "r", .schedule_expression = "rate(1 week)"},
       ErrorCode::InvalidInput,
       "ScheduleExpression is not valid"},
      {{.name = "r", .schedule_expression = "rate(1 day)", .event_bus_name = "orders"},
       ErrorCode::InvalidInput,
       "only on the default event bus"},
  };
  for (const auto& row : rows) {
    const auto refused = decide([&](engine::Call& call) { return put_rule(call, row.request); });
    ASSERT_FALSE(refused.has_value()) << row.words;
    EXPECT_EQ(refused.error().code, row.code) << row.words;
    EXPECT_THAT(refused.error().message, HasSubstr(row.words));
    EXPECT_FALSE(decide([](engine::Call& call) { return describe_rule(call, {.name = "r"}); })) << row.words;
  }
}

// Source: EventBridge API Reference, DescribeRule: the account that created the rule, also on another account's bus.
TEST_F(RulesTest, ARuleNamesItsCreatorWhoeverPutsItAgain) {
  const auto put_by = [&](const char* account) {
    test_.engine.execute({.account = account}, [](engine::Call& call) {
      ASSERT_TRUE(put_rule(call, {.name = "theirs",
                                  .event_pattern = R"({"source":["a"]})",
                                  .event_bus_name = "arn:aws:events:us-east-1:123456789012:event-bus/orders"}));
    });
    return decide(
               [](engine::Call& call) { return describe_rule(call, {.name = "theirs", .event_bus_name = "orders"}); })
        ->created_by;
  };
  EXPECT_EQ(put_by("222222222222"), "222222222222");
  EXPECT_EQ(put_by("123456789012"), "222222222222");
}

// One bad target keeps out the good ones beside it, too.
TEST_F(RulesTest, ATargetThatCouldNeverBeReachedIsRefused) {
  const struct {
    api::Target target;
    const char* words;
  } rows[] = {
      {{.id = "t", .arn = "q"}, "Provided Arn is not in correct format"},
      {{.id = "t", .arn = kFifo}, "SqsParameters must be specified for target: t"},
      {{.id = "t", .arn = kFifo, .sqs_parameters = api::SqsParameters{"two words"}}, "alphanumeric and punctuation"},
      {{.id = "t", .arn = kFifo, .sqs_parameters = api::SqsParameters{"$..group"}}, "not a JSONPath that is served"},
      {{.id = "t", .arn = kQueue, .dead_letter_config = api::DeadLetterConfig{kFunction}}, "not that of a queue"},
      {{.id = "t", .arn = kQueue, .dead_letter_config = api::DeadLetterConfig{kFifo}}, "A FIFO queue cannot be"},
  };
  for (const auto& row : rows) {
    const auto refused = put({{.id = "good", .arn = kQueue}, row.target});
    ASSERT_FALSE(refused.has_value()) << row.words;
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput) << row.words;
    EXPECT_THAT(refused.error().message, HasSubstr(row.words));
    EXPECT_EQ(targets(), 0) << row.words;
  }
}

TEST_F(RulesTest, ARuleHasFiveTargetsHoweverOftenTheyArePut) {
  std::vector<api::Target> five;
  for (std::size_t i = 0; i < limits::kTargetsPerRule; ++i)
    five.push_back({.id = fmt::format("t{}", i), .arn = kQueue});
  EXPECT_TRUE(put(five));
  EXPECT_TRUE(put(five)) << "they are there already";
  EXPECT_TRUE(put({five[0], five[0]})) << "an id twice is one target";
  const auto refused = put({{.id = "sixth", .arn = kQueue}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::LimitExceeded);
  EXPECT_EQ(targets(), limits::kTargetsPerRule);
}

TEST_F(RulesTest, ARuleWithTargetsStaysAndOneThatIsGoneMayBeDeletedAgain) {
  const auto remove = [&] { return decide([](engine::Call& call) { return delete_rule(call, {.name = "all"}); }); };
  ASSERT_TRUE(put({{.id = "t", .arn = kQueue}}));
  EXPECT_THAT(remove().error().message, HasSubstr("has targets"));
  ASSERT_TRUE(decide([](engine::Call& call) { return remove_targets(call, {.rule = "all", .ids = {"t"}}); }));
  EXPECT_TRUE(remove());
  EXPECT_TRUE(remove());
}

}  // namespace
}  // namespace athanor::service::events
