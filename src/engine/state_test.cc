#include "engine/state.h"

#include <gtest/gtest.h>

#include "log/codec.h"

namespace athanor::engine {
namespace {

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b/partner";
constexpr const char* kRule = "arn:aws:events:us-east-1:123456789012:rule/b/r";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:f";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";
constexpr const char* kNowhere = "arn:aws:sqs:us-east-1:123456789012:nowhere";

class StateTest : public ::testing::Test {
 protected:
  template <class Record>
  void apply(const Record& record, base::Time time = {}) {
    const auto applied = state_.apply(Record::kType, log::encode(record), log::LogPosition{++position_}, time);
    ASSERT_TRUE(applied) << applied.error().message;
  }

  observe::Counters counters_;
  State state_{counters_, 1, 0};  // no invocation may wait, so that each is tried again later
  std::uint64_t position_ = 0;
};

// Without it the state would differ from the one that was acknowledged.
TEST_F(StateTest, PassesOverNoRecordThatItDoesNotKnow) {
  const auto applied = state_.apply(59'999, "", log::LogPosition{7}, {});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, ErrorCode::UnknownFormat);
}

TEST_F(StateTest, CountsOnABusWhileThereIsOneOfItsNameElsewhere) {
  const std::string elsewhere = "arn:aws:events:eu-west-1:123456789012:event-bus/b/partner";
  for (const std::string& arn : {std::string{kBus}, elsewhere})
    apply(bus::EventBusPut{.arn = arn, .name = "b/partner"});
  counters_.get("athanor_events_accepted_total", {{"bus", "b/partner"}}).add();
  apply(bus::EventBusDeleted{kBus});
  EXPECT_EQ(counters_.text(),
            "# TYPE athanor_events_accepted_total counter\n"
            "athanor_events_accepted_total{bus=\"b/partner\"} 1\n");
  apply(bus::EventBusDeleted{elsewhere});
  EXPECT_EQ(counters_.text(),
            "# TYPE athanor_events_accepted_total counter\n"
            "athanor_events_accepted_total{bus=\"(deleted)\"} 1\n");
}

// A long-running server sees names come and go without end.
TEST_F(StateTest, CountsTogetherWhatIsGone) {
  apply(bus::EventBusPut{.arn = kBus, .name = "b/partner"});
  apply(queue::QueueCreated{.queue_arn = kQueue});
  apply(function::FunctionPut{.arn = kFunction, .name = "f"});
  apply(bus::RulePut{.arn = kRule, .bus_arn = kBus, .name = "r", .number = 1, .state = "ENABLED"});
  apply(bus::TargetsPut{kRule,
                        {bus::Target{.id = "waits", .arn = kFunction, .rule_arn = kRule},
                         bus::Target{.id = "fails", .arn = kNowhere, .rule_arn = kRule}}});
  bus::EventAccepted event;
  event.detail = "{}";
  event.rules = {1};
  apply(event);
  ASSERT_EQ(state_.deliveries.waiting(), 1U);
  counters_.get("athanor_events_accepted_total", {{"bus", "b/partner"}}).add();
  counters_.get("athanor_messages_lost_total", {{"queue", kQueue}}).add();
  state_.counter("athanor_function_invocations_total", kFunction).add();

  apply(bus::RuleDeleted{kRule});
  apply(bus::EventBusDeleted{kBus});
  apply(queue::QueueDeleted{kQueue});
  apply(function::FunctionDeleted{kFunction});
  // What still waits goes on, but its rule and its function are gone.
  apply(delivery::DeliveriesRetried{{1}}, *state_.deliveries.next_due());
  state_.counter("athanor_function_invocations_total", kFunction).add();

  const std::string of_rules = "{rule=\"(deleted)\"}";
  EXPECT_EQ(counters_.all(), (std::vector<std::pair<std::string, std::uint64_t>>{
                                 {"athanor_events_accepted_total{bus=\"(deleted)\"}", 1},
                                 {"athanor_failed_invocations_total" + of_rules, 2},
                                 {"athanor_function_invocations_total{function=\"(deleted)\"}", 2},
                                 {"athanor_invocation_attempts_total" + of_rules, 3},
                                 {"athanor_invocations_dropped_total" + of_rules, 2},
                                 {"athanor_invocations_total" + of_rules, 0},
                                 {"athanor_matched_events_total" + of_rules, 1},
                                 {"athanor_messages_lost_total{queue=\"(deleted)\"}", 1},
                                 {"athanor_retry_invocation_attempts_total" + of_rules, 1}}));
}

}  // namespace
}  // namespace athanor::engine
