#include "bus/rule_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::bus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr base::Time kTime{std::chrono::seconds{1'700'000'000}};
const std::string kEvents = "arn:aws:events:us-east-1:123456789012:";
const std::string kDefault = kEvents + "event-bus/default";
const std::string kOrders = kEvents + "event-bus/orders";

std::string rule_arn(const std::string& name) { return kEvents + "rule/orders/" + name; }

class RuleBookTest : public testing::Test {
 protected:
  RuleBookTest() { apply(EventBusPut{.arn = kOrders, .name = "orders"}); }

  template <class Record>
  void apply(const Record& record) {
    rules_.apply(record, {}, kTime);
  }
  // A rule for events from this source; without a source, a scheduled rule.
  void put(const std::string& name, std::uint64_t number, const std::string& source, std::string state = "ENABLED") {
    apply(RulePut{.arn = rule_arn(name),
                  .bus_arn = kOrders,
                  .name = name,
                  .number = number,
                  .event_pattern = source.empty() ? "" : R"({"source":[")" + source + R"("]})",
                  .schedule_expression = source.empty() ? "rate(1 hour)" : "",
                  .state = std::move(state)});
  }
  static std::vector<std::uint64_t> match(const RuleBook& rules, std::string_view source,
                                          std::string_view bus = kOrders) {
    return rules.match(bus, {.source = source, .detail = "{}"});
  }
  std::vector<std::uint64_t> match(std::string_view source) const { return match(rules_, source); }
  std::string saved() const {
    std::string snapshot;
    rules_.save(snapshot);
    return snapshot;
  }

  RuleBook rules_;
};

TEST_F(RuleBookTest, TheDefaultBusOfAnyRegionIsThereUnasked) {
  ASSERT_NE(rules_.find_bus(kDefault), nullptr);
  EXPECT_NE(rules_.find_bus("arn:aws:events:eu-west-1:000000000042:event-bus/default"), nullptr);
  EXPECT_EQ(rules_.find_bus(kEvents + "event-bus/other"), nullptr);
  EXPECT_EQ(rules_.buses(kEvents + "event-bus/").size(), 1U) << "what nobody has changed is in no list";
  EXPECT_THAT(match(rules_, "shop", kEvents + "event-bus/other"), IsEmpty());

  apply(
      RulePut{.arn = kEvents + "rule/r", .bus_arn = kDefault, .number = 1, .event_pattern = R"({"source":["shop"]})"});
  EXPECT_THAT(match(rules_, "shop", kDefault), ElementsAre(1U));
  EXPECT_THAT(match("shop"), IsEmpty()) << "another bus";
  EXPECT_EQ(rules_.find_bus(kDefault)->put.arn, kDefault);
}

TEST_F(RuleBookTest, MatchesEnabledRulesWithAPatternAlone) {
  put("c", 3, "shop");
  put("a", 1, "shop");
  put("off", 2, "shop", "DISABLED");
  put("clock", 4, "");
  put("other", 5, "bank");
  EXPECT_THAT(match("shop"), ElementsAre(1U, 3U));
  put("off", 2, "shop");
  put("a", 1, "shop", "DISABLED");
  EXPECT_THAT(match("shop"), ElementsAre(2U, 3U));
}

TEST_F(RuleBookTest, AnotherPutChangesThePatternAndKeepsTargetsAndTags) {
  put("r", 1, "shop");
  apply(TargetsPut{rule_arn("r"), {{.id = "t", .arn = "arn:aws:sqs:x"}}});
  apply(TagsPut{rule_arn("r"), {{"team", "a"}}});
  put("r", 1, "bank");
  EXPECT_THAT(match("shop"), IsEmpty());
  EXPECT_THAT(match("bank"), ElementsAre(1U));
  EXPECT_EQ(rules_.find_rule(1)->targets.at("t")->arn, "arn:aws:sqs:x");
  EXPECT_THAT(rules_.find_rule(rule_arn("r"))->tags, ElementsAre(Pair("team", "a")));
  EXPECT_EQ(rules_.find_bus(kOrders)->rule_count, 1U);
}

// A waiting delivery keeps the target that its event was matched for.
TEST_F(RuleBookTest, ATargetThatIsPutAnewIsAnotherToWhoHoldsTheOld) {
  put("r", 1, "shop");
  apply(TargetsPut{rule_arn("r"), {{.id = "t", .arn = "old"}, {.id = "u", .arn = "both"}, {.id = "v", .arn = "both"}}});
  const auto held = rules_.find_rule(1)->targets.at("t");
  apply(TargetsPut{rule_arn("r"), {{.id = "t", .arn = "new"}}});
  EXPECT_EQ(held->arn, "old");
  EXPECT_EQ(rules_.find_rule(1)->targets.at("t")->arn, "new");
  apply(TargetsRemoved{rule_arn("r"), {"t", "none"}});
  EXPECT_EQ(rules_.find_rule(1)->targets.size(), 2U);
  EXPECT_THAT(rules_.rules_by_target("both", kEvents), ElementsAre(rules_.find_rule(1))) << "once";
  EXPECT_THAT(rules_.rules_by_target("new", kEvents), IsEmpty());
}

TEST_F(RuleBookTest, TheNumberOfADeletedRuleIsNotGivenAgain) {
  put("a", 1, "shop");
  put("b", 2, "shop");
  put("a", 1, "shop");
  EXPECT_EQ(rules_.next_rule_number(), 3U);
  apply(RuleDeleted{rule_arn("b")});
  EXPECT_THAT(match("shop"), ElementsAre(1U));
  EXPECT_EQ(rules_.find_rule(rule_arn("b")), nullptr);
  EXPECT_EQ(rules_.find_rule(2), nullptr);
  EXPECT_EQ(rules_.find_bus(kOrders)->rule_count, 1U);
  EXPECT_EQ(rules_.next_rule_number(), 3U);

  RuleBook loaded;
  ASSERT_TRUE(loaded.load(saved()));
  EXPECT_EQ(loaded.next_rule_number(), 3U);
}

TEST_F(RuleBookTest, ListsByTheBeginningOfTheName) {
  for (const char* name : {"ab", "b", "aa"}) put(name, rules_.next_rule_number(), "shop");
  std::vector<std::string> names;
  for (const Rule* rule : rules_.rules(rule_arn("a"))) names.push_back(rule->put.name);
  EXPECT_THAT(names, ElementsAre("aa", "ab"));
}

TEST_F(RuleBookTest, ASnapshotKeepsRulesTargetsAndTags) {
  apply(TagsPut{kOrders, {{"stage", "dev"}}});
  put("r", 1, "shop");
  put("off", 2, "shop", "DISABLED");
  apply(TargetsPut{rule_arn("r"), {{.id = "t", .arn = "arn:aws:sqs:x"}}});
  apply(TagsPut{rule_arn("r"), {{"team", "a"}}});
  RuleBook loaded;
  ASSERT_TRUE(loaded.load(saved()));
  EXPECT_THAT(match(loaded, "shop"), ElementsAre(1U));
  EXPECT_EQ(loaded.find_bus(kOrders)->put.name, "orders");
  EXPECT_EQ(loaded.find_bus(kOrders)->rule_count, 2U);
  EXPECT_THAT(loaded.find_bus(kOrders)->tags, ElementsAre(Pair("stage", "dev")));
  EXPECT_FALSE(loaded.find_rule(2)->is_enabled());
  EXPECT_EQ(loaded.find_rule(1)->targets.at("t")->arn, "arn:aws:sqs:x");
  EXPECT_THAT(loaded.find_rule(1)->tags, ElementsAre(Pair("team", "a")));

  const auto damaged = RuleBook{}.load("\x07nonsense");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace athanor::bus
