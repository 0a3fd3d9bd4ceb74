#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alchemiser/run/summary.h"
#include "alchemiser/steps/execution_step.h"
#include "alchemiser/testing/crash_disk.h"
#include "alchemiser/testing/test_floor.h"

namespace athanor::alchemiser {
namespace {

const std::vector<Month>& all_months() {
  static const auto months = real_prices().months();
  return months;
}

// The same ten years without events, steps, plans or a ledger: a loop over prices that anybody can check.
Decimal straight_equity(std::int64_t* orders = nullptr) {
  Decimal cash{100'000};
  DecimalBySymbol shares;
  for (const Month month : all_months()) {
    const auto& now = real_prices().at(month);
    const auto& before = real_prices().at(month.plus(-6));
    std::vector<std::string> risen;
    for (const auto& [symbol, price] : now) {
      if (before.contains(symbol) && price > before.at(symbol)) risen.push_back(symbol);
    }
    Decimal value = cash;
    for (const auto& [symbol, count] : shares) value += count * now.at(symbol);
    const Decimal threshold = (value * "0.01"_decimal).rounded(2, sdk::Rounding::HalfUp);
    const char* const weights_of[] = {"0", "1", "0.5", "0.3333", "0.25", "0.2"};
    const Decimal weight = Decimal::parse(weights_of[risen.size()]).value();
    for (const bool selling : {true, false}) {
      for (const auto& [symbol, price] : now) {
        const auto place = std::find(risen.begin(), risen.end(), symbol);
        Decimal wanted = place == risen.end() ? Decimal{0} : weight;
        if (place == risen.begin() && !risen.empty()) wanted = Decimal{1} - weight * Decimal{risen.size() - 1};
        const Decimal held = shares.contains(symbol) ? shares[symbol] : Decimal{0};
        const Decimal trade = wanted * (value * "0.95"_decimal) - held * price;
        // A purchase depends on what was held before the month: selling other shares does not change it.
        if (trade.abs() < threshold || trade.is_zero() || trade.is_negative() != selling) continue;
        const Decimal count = wanted.is_zero() ? -held : *divide(trade, price);
        cash -= count * price;
        shares[symbol] = held + count;
        if (orders != nullptr) ++*orders;
      }
    }
  }
  for (const auto& [symbol, count] : shares) cash += count * real_prices().at(all_months().back()).at(symbol);
  return cash;
}

std::map<std::string, int> count_types(const sdk::InMemoryBus& bus) {
  std::map<std::string, int> types;
  for (const auto& message : bus.published()) ++types[message.detail_type];
  return types;
}

TEST(Workflow, EarnsWhatAStraightComputationEarns) {
  CrashDisk disk;
  TestFloor floor{disk};
  for (const Month month : all_months()) floor.start(month);
  EXPECT_TRUE(floor.bus.failures().empty()) << floor.bus.failures().front().error.message;
  std::int64_t orders = 0;
  const Decimal expected = straight_equity(&orders);
  EXPECT_EQ(floor.equity(all_months().back()).rounded(10, sdk::Rounding::HalfEven),
            expected.rounded(10, sdk::Rounding::HalfEven));
  EXPECT_EQ(floor.broker->order_count().value(), static_cast<std::size_t>(orders));
  // And the result of a third computation, in Python's decimals.
  EXPECT_EQ(floor.equity(all_months().back()).rounded(10, sdk::Rounding::HalfEven).to_string(), "189977.7853416714");
  EXPECT_EQ(orders, 280);
  EXPECT_EQ(buy_and_hold(real_prices(), Decimal{100'000}, all_months().front(), all_months().back())
                .value()
                .rounded(2, sdk::Rounding::HalfUp)
                .to_string(),
            "314133.19");
  const auto types = count_types(floor.bus);
  for (const char* type : {"WorkflowStarted", "SignalGenerated", "RebalancePlanned", "TradeExecuted",
                           "WorkflowCompleted", "TradingNotificationRequested"}) {
    EXPECT_EQ(types.at(type), 123) << type;
  }
  EXPECT_FALSE(types.contains("WorkflowFailed"));
  EXPECT_EQ(floor.mails->names().value().size(), 123u);
}

// Every event leads back to the one that started its month, and says so in its resources.
TEST(Workflow, KeepsTheChainOfCauses) {
  CrashDisk disk;
  TestFloor floor{disk};
  for (const Month month : {Month{2004, 8}, Month{2004, 9}}) floor.start(month);
  std::map<std::string, std::string> correlation_of_event;
  for (const auto& message : floor.bus.published()) {
    const auto detail = format::parse_json(message.detail).value();
    const std::string id = detail.find("event_id")->text;
    const std::string correlation = detail.find("correlation_id")->text;
    const std::string causation = detail.find("causation_id")->text;
    EXPECT_THAT(message.resources, testing::ElementsAre("correlation:" + correlation, "causation:" + causation));
    if (message.detail_type != "WorkflowStarted") {
      ASSERT_TRUE(correlation_of_event.contains(causation)) << message.detail_type << " is an orphan";
      EXPECT_EQ(correlation_of_event.at(causation), correlation);
    }
    EXPECT_TRUE(correlation_of_event.emplace(id, correlation).second) << id << " twice";
  }
}

// At least once, in any order: the events of every step are shuffled, and some of them delivered twice.
TEST(Workflow, TradesOnceUnderDuplicatesAndDisorder) {
  CrashDisk calm_disk;
  TestFloor calm{calm_disk};
  for (const Month month : all_months()) calm.start(month);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    base::Random chance{seed};
    CrashDisk disk;
    TestFloor floor{disk, {}, &chance};
    for (const Month month : all_months()) {
      floor.start(month);
      if (chance.one_in(3)) floor.start(month);
      // An event from any earlier time comes again.
      floor.deliver_again(sdk::EventMessage{floor.bus.published()[chance.below(floor.bus.published().size())]});
    }
    EXPECT_EQ(floor.broker->order_count().value(), calm.broker->order_count().value()) << "seed " << seed;
    EXPECT_EQ(floor.equity(all_months().back()).to_string(), calm.equity(all_months().back()).to_string())
        << "seed " << seed;
    EXPECT_EQ(floor.mails->names().value().size(), 123u);
    std::map<std::string, std::set<std::string>> details;  // of one event id: always the same text
    for (const auto& message : floor.bus.published()) {
      if (message.detail_type == "WorkflowStarted") continue;  // its time is that of each start
      details[format::parse_json(message.detail).value().find("event_id")->text].insert(message.detail);
    }
    for (const auto& [id, texts] : details) EXPECT_EQ(texts.size(), 1u) << id;
  }
}

TEST(Workflow, ARepeatedPlanTellsTheSameTradeAgain) {
  CrashDisk disk;
  TestFloor floor{disk};
  floor.start({2004, 8});
  const auto first = std::vector<sdk::EventMessage>(floor.bus.published());
  const auto planned =
      std::find_if(first.begin(), first.end(), [](const auto& m) { return m.detail_type == "RebalancePlanned"; });
  const auto executed =
      std::find_if(first.begin(), first.end(), [](const auto& m) { return m.detail_type == "TradeExecuted"; });
  const auto orders = floor.broker->order_count().value();
  ASSERT_GT(orders, 0u);
  floor.clock.advance(std::chrono::hours{24 * 30});
  floor.deliver_again(*planned);
  const auto& published = floor.bus.published();
  const auto again =
      std::find(published.begin() + static_cast<std::ptrdiff_t>(first.size()), published.end(), *executed);
  EXPECT_NE(again, published.end());
  EXPECT_EQ(floor.broker->order_count().value(), orders);
}

TEST(Workflow, AReplayTradesNothingAndTellsNothing) {
  CrashDisk disk;
  TestFloor floor{disk};
  for (const Month month : {Month{2004, 8}, Month{2004, 9}, Month{2004, 10}}) floor.start(month);
  const auto before = floor.bus.published();
  const auto orders = floor.broker->order_count().value();
  for (const auto& message : before) floor.deliver_again(message, "replay-2004");
  EXPECT_EQ(floor.broker->order_count().value(), orders);
  EXPECT_EQ(floor.bus.published().size(), before.size());

  // Nor what was held back then and is in no record.
  CrashDisk empty_disk;
  TestFloor empty{empty_disk};
  for (const auto& message : before) empty.deliver_again(message, "replay-2004");
  EXPECT_EQ(empty.broker->order_count().value(), 0u);
  EXPECT_THAT(empty.bus.published(), testing::IsEmpty());
  EXPECT_THAT(empty.records->groups().value(), testing::IsEmpty());
}

TEST(Workflow, AMonthThatIsOverIsNotTradedLate) {
  CrashDisk disk;
  TestFloor floor{disk};
  floor.start({2004, 9});
  const auto orders = floor.broker->order_count().value();
  floor.start({2004, 8});
  EXPECT_EQ(floor.broker->order_count().value(), orders);
  const auto failed = find_record<WorkflowFailed>(*floor.records, "2004-08/failed").value();
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->failure_step, "portfolio_analysis");
  EXPECT_THAT(failed->failure_reason, testing::HasSubstr("2004-09 has been planned"));
  // When started again it stays as it is; the team gets one mail about it.
  floor.start({2004, 8});
  const auto types = count_types(floor.bus);
  EXPECT_EQ(floor.broker->order_count().value(), orders);
  EXPECT_EQ(floor.mails->names().value().size(), 2u);  // the trade, the failure
  EXPECT_GE(types.at("ErrorNotificationRequested"), 1);
}

// The signals of two months come at once, to two processes: the second one's during each operation of the first in
// turn.
TEST(Workflow, NoTwoMonthsArePlannedOnTheSameCash) {
  const Month earlier{2004, 8};
  const Month later{2004, 9};
  CrashDisk calm_disk;
  TestFloor calm{calm_disk};
  std::vector<sdk::EventMessage> signals;
  for (const Month month : {earlier, later}) calm.start(month);
  for (const auto& message : calm.bus.published()) {
    if (message.detail_type == "SignalGenerated") signals.push_back(message);
  }
  ASSERT_EQ(signals.size(), 2u);

  for (const bool earlier_first : {true, false}) {
    std::uint64_t operations = 0;
    for (bool interrupted = true; interrupted; ++operations) {
      CrashDisk disk;
      TestFloor one{disk};
      TestFloor other{disk};
      const auto& first = signals[earlier_first ? 0 : 1];
      const auto& second = signals[earlier_first ? 1 : 0];
      disk.interrupt(operations, [&] { other.deliver_again(second); });
      one.deliver_again(first);
      interrupted = disk.was_interrupted();
      disk.interrupt(0, nullptr);
      for (TestFloor* floor : {&one, &other}) floor->deliver_again(floor == &one ? first : second);  // as a retry

      const auto where = (earlier_first ? "earlier first, " : "later first, ") + std::to_string(operations);
      const auto plan = find_record<RebalancePlanned>(*one.records, later.to_string() + "/plan").value();
      ASSERT_TRUE(plan.has_value()) << where;
      const bool both = one.records->find(earlier.to_string() + "/plan").value().has_value();
      const bool on_all_cash = plan->rebalance_plan.metadata->find("cash_balance")->text == "100000";
      ASSERT_NE(both, on_all_cash) << where;
      ASSERT_NE(both, one.records->find(earlier.to_string() + "/failed").value().has_value()) << where;
      for (const Month month : {earlier, later}) {
        const auto record = find_record<ExecutionRecord>(*one.records, month.to_string() + "/execution").value();
        ASSERT_EQ(record.has_value(), month == later || both) << where;
        if (record) ASSERT_TRUE(record->result.success) << where;
      }
    }
    EXPECT_GT(operations, 30u);
  }
}

TEST(Workflow, APlanOfAMonthThatIsOverIsNotExecuted) {
  CrashDisk calm_disk;
  TestFloor calm{calm_disk};
  for (const Month month : {Month{2004, 8}, Month{2004, 9}}) calm.start(month);
  CrashDisk disk;
  TestFloor floor{disk};
  for (const char* name : {"2004-08/plan", "2004-09/plan"}) {
    ASSERT_TRUE(floor.records->record_once(name, *calm.records->find(name).value()).has_value());
  }
  const auto planned = find_record<RebalancePlanned>(*floor.records, "2004-08/plan").value();
  floor.deliver_again(floor.bus.message_of(*planned).value());
  EXPECT_EQ(floor.broker->order_count().value(), 0u);
  EXPECT_FALSE(floor.records->find("2004-08/execution").value().has_value());
}

TEST(Workflow, ATradeThatNobodyRecordedIsNotReported) {
  CrashDisk calm_disk;
  TestFloor calm{calm_disk};
  calm.start({2004, 8});
  const auto record = find_record<ExecutionRecord>(*calm.records, "2004-08/execution").value();
  CrashDisk disk;
  TestFloor floor{disk};
  floor.deliver_again(floor.bus.message_of(record->executed.front()).value());
  EXPECT_THAT(floor.mails->names().value(), testing::IsEmpty());
  EXPECT_THAT(floor.records->groups().value(), testing::IsEmpty());
  floor.start({2004, 8});
  const auto told = find_record<TradingNotificationRequested>(*floor.records, "2004-08/notification").value();
  const auto own = find_record<ExecutionRecord>(*floor.records, "2004-08/execution").value();
  EXPECT_EQ(told->causation_id(), own->executed.front().event_id());
  EXPECT_EQ(floor.mails->names().value().size(), 1u);
}

TEST(Workflow, AMonthWithoutPricesFails) {
  CrashDisk disk;
  TestFloor floor{disk};
  floor.start({1999, 1});
  const auto types = count_types(floor.bus);
  EXPECT_EQ(types.at("WorkflowFailed"), 1);
  EXPECT_EQ(types.at("ErrorNotificationRequested"), 1);
  EXPECT_FALSE(types.contains("SignalGenerated"));
  EXPECT_EQ(floor.broker->order_count().value(), 0u);
}

TEST(Workflow, AnAccountWithoutCashFails) {
  CrashDisk disk;
  Settings settings;
  settings.broker.initial_cash = Decimal{0};
  TestFloor floor{disk, settings};
  floor.start({2004, 8});
  const auto failed = find_record<WorkflowFailed>(*floor.records, "2004-08/failed").value();
  ASSERT_TRUE(failed.has_value());
  EXPECT_THAT(failed->failure_reason, testing::StartsWith("NegativeCashBalance"));
}

TEST(Workflow, AnEventIdCannotHideAMail) {
  CrashDisk disk;
  TestFloor floor{disk};
  floor.bus
      .publish_message({.source = "alchemiser.shared",
                        .detail_type = "SystemNotificationRequested",
                        .detail = R"({"correlation_id":"c","causation_id":"c","event_id":"sub/dir",)"
                                  R"("event_type":"SystemNotificationRequested","timestamp":"2025-10-13T14:00:00Z",)"
                                  R"("source_module":"m","notification_type":"INFO","subject":"s","html_content":"h"})",
                        .resources = {},
                        .time = {}})
      .value();
  ASSERT_EQ(floor.bus.failures().size(), 1u);
  EXPECT_THAT(floor.bus.failures()[0].error.message, testing::HasSubstr("'sub/dir' cannot name a mail"));
  EXPECT_THAT(floor.mails->groups().value(), testing::IsEmpty());
}

TEST(Execution, TellsFailuresInTheirOwnWords) {
  ExecutionResult result;
  const auto text = [&](std::int64_t placed, std::int64_t succeeded, std::vector<std::string> symbols) {
    result.orders_placed = placed;
    result.orders_succeeded = succeeded;
    return failure_text(result, symbols);
  };
  EXPECT_EQ(text(0, 0, {}), "Trade execution failed: No orders were placed");
  EXPECT_EQ(text(3, 0, {"A"}), "Trade execution failed: 0/3 orders succeeded");
  EXPECT_EQ(text(3, 1, {"IBM", "GOOG"}),
            "Trade execution partially failed: 1/3 orders succeeded. Failed symbols: IBM, GOOG");
}

TEST(Execution, ClassifiesByItsOrders) {
  const struct {
    std::int64_t placed, succeeded;
    bool partial_is_failure;
    const char* status;
    bool success;
  } rows[] = {{0, 0, true, "failure", false},
              {2, 2, true, "success", true},
              {2, 1, true, "partial_success", false},
              {2, 1, false, "partial_success", true},
              {2, 0, false, "failure", false}};
  for (const auto& row : rows) {
    ExecutionResult result;
    result.orders_placed = row.placed;
    result.orders_succeeded = row.succeeded;
    classify(result, row.partial_is_failure);
    EXPECT_EQ(result.status, row.status);
    EXPECT_EQ(result.success, row.success);
  }
}

// A failed sale has brought in no money: nothing is bought with it.
TEST(Execution, BuysNothingAfterAFailedSale) {
  Settings settings;
  settings.broker.refuses_one_in = 4;
  CrashDisk disk;
  TestFloor floor{disk, settings};
  int failed_sales = 0;
  for (const Month month : all_months()) {
    floor.start(month);
    const auto record = find_record<ExecutionRecord>(*floor.records, month.to_string() + "/execution").value();
    ASSERT_TRUE(record.has_value()) << month.to_string();
    bool sale_failed = false;
    bool bought = false;
    for (const auto& order : record->result.orders) {
      sale_failed |= order.action == "SELL" && !order.success;
      bought |= order.action == "BUY";
    }
    EXPECT_FALSE(sale_failed && bought) << month.to_string();
    failed_sales += sale_failed ? 1 : 0;
    if (!record->result.success) {
      ASSERT_EQ(record->failed.size(), 1u);
      EXPECT_EQ(record->failed[0].failure_reason, *record->executed[0].failure_reason);
    }
  }
  EXPECT_GT(failed_sales, 0);
  EXPECT_EQ(floor.mails->names().value().size(), 123u);  // of failures too
}

TEST(Execution, BuysOnlyWhenEverySaleHasSettled) {
  Settings settings;
  settings.broker.polls_until_settled = 5;
  constexpr std::chrono::milliseconds kSettling{5 * 500};  // polls, each half a second after the one before
  CrashDisk disk;
  TestFloor floor{disk, settings};
  int purchases_after_sales = 0;
  for (const Month month :
       {Month{2000, 12}, Month{2001, 6}, Month{2001, 7}, Month{2001, 8}, Month{2002, 1}, Month{2002, 7}}) {
    floor.start(month);
    const auto record = find_record<ExecutionRecord>(*floor.records, month.to_string() + "/execution").value();
    ASSERT_TRUE(record.has_value()) << month.to_string();
    std::optional<std::chrono::sys_time<std::chrono::microseconds>> settled;  // of the last sale
    for (const auto& order : record->result.orders) {
      if (order.action == "SELL") settled = settled.value_or(order.timestamp.value) + kSettling;
    }
    const bool has_sales = settled.has_value();
    ASSERT_EQ(record->bulk_settlement.has_value(), has_sales) << month.to_string();
    if (!has_sales) continue;
    EXPECT_EQ(record->settlements.back().timestamp().value, *settled) << month.to_string();
    for (const auto& order : record->result.orders) {
      if (order.action != "BUY") continue;
      EXPECT_GE(order.timestamp.value, *settled) << month.to_string() << " " << order.symbol;
      ++purchases_after_sales;
    }
  }
  EXPECT_GT(purchases_after_sales, 0);
}

// The process dies, or the power is cut, at each disk operation in turn; another one starts the months again.
class Crashes : public testing::TestWithParam<bool> {};

TEST_P(Crashes, NeverTradeTwiceAndNeverLoseAMonth) {
  const std::vector<Month> months{{2004, 8}, {2004, 9}};
  CrashDisk calm_disk;
  TestFloor calm{calm_disk};
  for (const Month month : months) calm.start(month);
  const auto orders = calm.broker->order_count().value();
  const auto equity = calm.equity(months.back()).to_string();
  ASSERT_GT(orders, 3u);

  std::uint64_t operations = 0;
  for (bool crashed = true; crashed; ++operations) {
    CrashDisk disk;
    disk.operations_left = operations;
    {
      TestFloor floor{disk};
      if (floor.is_open()) {
        for (const Month month : months) floor.start(month);
      }
    }
    crashed = disk.has_crashed();
    if (GetParam()) {
      disk.restart_after_power_cut();
    } else {
      disk.restart_after_kill();
    }
    TestFloor next{disk};
    ASSERT_TRUE(next.is_open());
    for (const Month month : months) next.start(month);
    ASSERT_TRUE(next.bus.failures().empty())
        << "crash after " << operations << ": " << next.bus.failures()[0].error.message;
    ASSERT_EQ(next.broker->order_count().value(), orders) << "crash after " << operations;
    ASSERT_EQ(next.equity(months.back()).to_string(), equity) << "crash after " << operations;
    const auto types = count_types(next.bus);
    ASSERT_EQ(types.at("TradeExecuted"), 2) << "crash after " << operations;
    ASSERT_EQ(next.mails->names().value().size(), 2u) << "crash after " << operations;
  }
  EXPECT_GT(operations, 200u);
}

// Only the signal comes again, as a function's retry: that publishes what was recorded and not yet published.
TEST_P(Crashes, NeverKeepAFailureToThemselves) {
  Settings settings;
  settings.broker.initial_cash = Decimal{0};
  CrashDisk calm_disk;
  TestFloor calm{calm_disk, settings};
  calm.start({2004, 8});
  const auto& told = calm.bus.published();
  const auto signal =
      std::find_if(told.begin(), told.end(), [](const auto& m) { return m.detail_type == "SignalGenerated"; });
  ASSERT_NE(signal, told.end());

  std::uint64_t operations = 0;
  for (bool crashed = true; crashed; ++operations) {
    CrashDisk disk;
    disk.operations_left = operations;
    {
      TestFloor floor{disk, settings};
      if (floor.is_open()) floor.start({2004, 8});
    }
    crashed = disk.has_crashed();
    if (GetParam()) {
      disk.restart_after_power_cut();
    } else {
      disk.restart_after_kill();
    }
    TestFloor next{disk, settings};
    next.deliver_again(*signal);
    ASSERT_EQ(count_types(next.bus)["WorkflowFailed"], 1) << "crash after " << operations;
    ASSERT_EQ(next.mails->names().value().size(), 1u) << "crash after " << operations;
  }
  EXPECT_GT(operations, 50u);
}

// The owner of the money has removed the record and restarted the month, and has not been told why it is held now.
TEST_P(Crashes, NeverKeepASecondFailureOfAMonthToThemselves) {
  Settings poor;
  poor.broker.initial_cash = Decimal{0};
  for (const bool is_over : {true, false}) {  // it fails for another reason, or the same one again
    std::uint64_t operations = 0;
    for (bool crashed = true; crashed; ++operations) {
      CrashDisk disk;
      std::string first_id;
      {
        TestFloor floor{disk, poor};
        floor.start({2004, 8});
        first_id = find_record<WorkflowFailed>(*floor.records, "2004-08/failed").value()->event_id();
        if (is_over) ASSERT_TRUE(floor.records->record_once("2004-09/plan", "{}").has_value());
        ASSERT_TRUE(disk.remove("state/months/2004-08/failed.json").has_value());
        ASSERT_TRUE(disk.sync_directory("state/months/2004-08").has_value());
      }
      disk.operations_left = operations;
      const auto start_later = [](TestFloor& floor) {
        floor.clock.advance(std::chrono::hours{1});
        floor.start({2004, 8});
      };
      {
        TestFloor floor{disk, poor};
        if (floor.is_open()) start_later(floor);
      }
      crashed = disk.has_crashed();
      GetParam() ? disk.restart_after_power_cut() : disk.restart_after_kill();
      TestFloor next{disk, poor};
      start_later(next);
      const auto failed = find_record<WorkflowFailed>(*next.records, "2004-08/failed").value();
      ASSERT_TRUE(failed.has_value()) << "crash after " << operations;
      ASSERT_NE(failed->event_id(), first_id) << "crash after " << operations;
      ASSERT_EQ(failed->failure_reason.contains("2004-09 has been planned"), is_over) << "crash after " << operations;
      const auto mails = next.mails->names().value();
      ASSERT_EQ(mails.size(), 2u) << "crash after " << operations;
      const bool tells = next.mails->find(mails[0]).value()->contains(failed->failure_reason) ||
                         next.mails->find(mails[1]).value()->contains(failed->failure_reason);
      ASSERT_TRUE(tells) << "crash after " << operations;
    }
    EXPECT_GT(operations, 40u);
  }
}

INSTANTIATE_TEST_SUITE_P(KillsAndPowerCuts, Crashes, testing::Bool(),
                         [](const auto& which) { return which.param ? "PowerCut" : "Kill"; });

}  // namespace
}  // namespace athanor::alchemiser
