#include "alchemiser/run/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alchemiser/testing/crash_disk.h"
#include "alchemiser/testing/test_floor.h"

namespace athanor::alchemiser {
namespace {

// What a rule would send to the queue: events of the types that the driver waits for. May lose some.
class TestQueue final : public ProgressQueue {
 public:
  TestQueue(TestFloor& floor, base::ManualClock& clock) : clock_(clock) {
    for (const char* type : {"TradeExecuted", "WorkflowCompleted", "WorkflowFailed", "TradingNotificationRequested"}) {
      floor.bus.subscribe(type, [this](std::string_view envelope) -> Result<void> {
        if (lose_next > 0) {
          --lose_next;
        } else {
          waiting_.push_back({std::string(envelope), "r" + std::to_string(++receipts_)});
        }
        return {};
      });
    }
  }

  Result<std::vector<Message>> receive(base::Duration wait) override {
    if (waiting_.empty()) clock_.advance(wait);  // nothing arrives: the long poll runs its full time
    return waiting_;
  }
  Result<void> forget(const std::vector<Message>& messages) override {
    for (const auto& message : messages) {
      std::erase_if(waiting_, [&](const Message& m) { return m.receipt_handle == message.receipt_handle; });
    }
    return {};
  }

  void add(std::string body) { waiting_.push_back({std::move(body), "r" + std::to_string(++receipts_)}); }
  std::size_t waiting() const { return waiting_.size(); }
  int lose_next = 0;

 private:
  base::ManualClock& clock_;
  std::vector<Message> waiting_;
  int receipts_ = 0;
};

struct Run3 {
  explicit Run3(CrashDisk& disk) : floor(disk), queue(floor, floor.clock) {}
  Result<void> operator()(std::vector<Month> months, DriverLimits limits = {}) {
    return run_months(floor.settings, months, limits, {floor.bus, *floor.records, queue, floor.clock},
                      [&](Month month) { seen.push_back(month.to_string()); });
  }
  std::size_t starts() const {
    return static_cast<std::size_t>(std::count_if(floor.bus.published().begin(), floor.bus.published().end(),
                                                  [](const auto& m) { return m.detail_type == "WorkflowStarted"; }));
  }
  TestFloor floor;
  TestQueue queue;
  std::vector<std::string> seen;
};

const std::vector<Month> kMonths{{2004, 8}, {2004, 9}, {2004, 10}};

TEST(Driver, RunsEachMonthOnce) {
  CrashDisk disk;
  {
    Run3 run{disk};
    run.queue.add("not an event");
    ASSERT_TRUE(run(kMonths).has_value());
    EXPECT_THAT(run.seen, testing::ElementsAre("2004-08", "2004-09", "2004-10"));
    EXPECT_EQ(run.starts(), 3u);
    EXPECT_EQ(run.queue.waiting(), 0u);
  }
  Run3 again{disk};  // the next process: everything is done
  ASSERT_TRUE(again(kMonths).has_value());
  EXPECT_EQ(again.seen.size(), 3u);
  EXPECT_EQ(again.starts(), 0u);
  const auto summary = summarise(*again.floor.records, *again.floor.mails, *again.floor.broker, real_prices(),
                                 again.floor.settings, kMonths);
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->months, 3);
  EXPECT_EQ(summary->events.at("TradeExecuted"), 3);
  EXPECT_EQ(summary->events.at("WorkflowStarted"), 3);
  EXPECT_EQ(summary->mails, 3);
  EXPECT_EQ(static_cast<std::size_t>(summary->orders_placed), again.floor.broker->order_count().value());
}

TEST(Driver, StartsASilentMonthAgain) {
  CrashDisk disk;
  Run3 run{disk};
  run.queue.lose_next = 2;  // of the first start: TradeExecuted and one more
  ASSERT_TRUE(run({{2004, 8}}).has_value());
  EXPECT_EQ(run.starts(), 2u);
  CrashDisk calm_disk;
  Run3 calm{calm_disk};
  ASSERT_TRUE(calm({{2004, 8}}).has_value());
  EXPECT_EQ(run.floor.broker->order_count().value(), calm.floor.broker->order_count().value());
}

TEST(Driver, TakesAMonthThatSomebodyElseHasStarted) {
  CrashDisk disk;
  Run3 run{disk};
  WorkflowStarted other = start_of(run.floor.settings, {2004, 8}, sdk::Timestamp{run.floor.clock.now()});
  WorkflowStarted by_hand{sdk::Lineage::root("by-hand", "by-hand"), kOrchestrator, other.timestamp()};
  by_hand.configuration = other.configuration;
  ASSERT_TRUE(publish(run.floor.bus, by_hand).has_value());
  ASSERT_TRUE(run({{2004, 8}, {2004, 9}}).has_value());
  EXPECT_THAT(run.seen, testing::ElementsAre("2004-08", "2004-09"));
  EXPECT_EQ(run.starts(), 3u);  // including the manual one
}

TEST(Driver, SaysThatTheRecordsAreElsewhere) {
  CrashDisk disk;
  Run3 run{disk};
  auto elsewhere = Records::open(disk, "elsewhere", run.floor.pause).value();
  const auto result = run_months(run.floor.settings, {{2004, 8}}, {},
                                 {run.floor.bus, elsewhere, run.queue, run.floor.clock}, [](Month) {});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, testing::HasSubstr("this state directory has no record of it"));
  EXPECT_THAT(elsewhere.groups().value(), testing::IsEmpty());
}

TEST(Driver, GivesUpOnAMonthThatStaysSilent) {
  CrashDisk disk;
  Run3 run{disk};
  run.queue.lose_next = 1'000;
  const auto result = run(kMonths, {.starts_max = 4});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::Timeout);
  EXPECT_EQ(run.starts(), 4u);
  EXPECT_TRUE(run.seen.empty());
}

TEST(Driver, StopsAtAWorkflowThatFailsBeforeItTrades) {
  CrashDisk disk;
  Run3 run{disk};
  const auto result = run({{2004, 8}, {1999, 1}, {2004, 9}});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, testing::HasSubstr("1999-01 failed before it traded: There are no prices"));
  EXPECT_THAT(run.seen, testing::ElementsAre("2004-08"));
}

TEST(Summary, ReadsTheServersCountersOfItsOwnRulesAndFunctions) {
  const auto count = [](std::string_view page) { return count_failures(page, "trading", "dev"); };
  const std::string rules = "athanor_failed_invocations_total{rule=\"arn:aws:events:us-east-1:123456789012:rule/";
  const std::string functions =
      "athanor_functions_given_up_total{function=\"arn:aws:lambda:us-east-1:123456789012:function:";
  EXPECT_EQ(count("<html>\nanother server\n"), std::nullopt);
  EXPECT_EQ(count("# HELP x\nathanor_events_accepted_total 7\n"), 0);
  EXPECT_EQ(count(rules + "trading/a\"} 2\n" + rules + "trading/b\"} 3\n" + rules + "other/a\"} 7\n"), 5);
  EXPECT_EQ(count(functions + "alchemiser-strategy-dev\"} 6\n" + functions + "alchemiser-strategy-prod\"} 7\n" +
                  functions + "other-dev\"} 7\nathanor_answers_given_up_total 1\n"),
            6);
}

}  // namespace
}  // namespace athanor::alchemiser
