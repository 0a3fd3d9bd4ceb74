#include "alchemiser/domain/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alchemiser/domain/strategy.h"
#include "alchemiser/testing/test_floor.h"

namespace athanor::alchemiser {
namespace {

// "SELL IBM -500 p3", an item in short form.
std::string brief(const RebalancePlanItem& item) {
  return item.action + " " + item.symbol + " " + item.trade_amount.to_string() + " p" + std::to_string(item.priority);
}

std::vector<std::string> brief(const TradePlan& plan) {
  std::vector<std::string> lines;
  for (const auto& item : plan.items) lines.push_back(brief(item));
  return lines;
}

constexpr auto kNoReserve = [] { return PlanSettings{.cash_reserve_pct = Decimal{0}}; };

TEST(Planner, RefusesWhatHasNoPrice) {
  const auto wanted = plan_trades({.cash = Decimal{100}, .positions = {}}, {{"IBM", Decimal{1}}}, {});
  ASSERT_FALSE(wanted.has_value());
  EXPECT_EQ(wanted.error().message, "There is no price for IBM.");
  const auto held =
      plan_trades({.cash = Decimal{100}, .positions = {{"MSFT", Decimal{1}}}}, {{"CASH", Decimal{1}}}, {});
  ASSERT_FALSE(held.has_value());
  EXPECT_EQ(held.error().message, "There is no price for MSFT.");
}

TEST(Planner, PlansTheTradesOfATable) {
  const DecimalBySymbol prices{{"A", "10"_decimal}, {"B", "20"_decimal}, {"C", "30"_decimal}, {"D", "0.50"_decimal}};
  const struct {
    const char* name;
    AccountState account;
    DecimalBySymbol weights;
    std::vector<std::string> items;
    const char* traded;
  } rows[] = {
      {"all cash buys",
       {"1000"_decimal, {}},
       {{"A", "0.5"_decimal}, {"B", "0.5"_decimal}},
       {"BUY A 500.0 p3", "BUY B 500.0 p3"},
       "1000.0"},
      {"sales come first, larger amounts before smaller, then by name",
       {"1000"_decimal, {{"A", "100"_decimal}, {"C", "400"_decimal}}},
       {{"B", "0.50"_decimal}, {"D", "0.50"_decimal}},
       {"SELL C -12000 p1", "SELL A -1000 p2", "BUY B 7000.00 p2", "BUY D 7000.00 p2"},
       "27000.00"},
      {"what is below one percent is held, in its place among the sales",
       {"500"_decimal, {{"A", "50.4"_decimal}, {"B", "24.8"_decimal}}},
       {{"A", "0.33"_decimal}, {"B", "0.33"_decimal}, {"C", "0.34"_decimal}},
       {"HOLD A 0.00 p5", "HOLD B 0.00 p5", "BUY C 510.000 p3"},
       "510"},
      {"what nobody wants is sold",
       {"0"_decimal, {{"A", "10"_decimal}}},
       {{"CASH", "1"_decimal}},
       {"SELL A -100 p3"},
       "100"},
      {"nothing to do is one hold", {"1000"_decimal, {}}, {{"CASH", "1"_decimal}}, {"HOLD CASH 0 p5"}, "0"},
      {"an empty account", {"0"_decimal, {}}, {{"A", "1"_decimal}}, {"HOLD A 0 p5"}, "0"},
      {"priorities by amount",
       {"20000"_decimal, {{"A", "0"_decimal}}},
       {{"A", "0.5"_decimal}, {"B", "0.4"_decimal}, {"C", "0.05"_decimal}, {"D", "0.05"_decimal}},
       {"BUY A 10000.0 p1", "BUY B 8000.0 p2", "BUY C 1000.00 p2", "BUY D 1000.00 p2"},
       "20000.00"},
  };
  for (const auto& row : rows) {
    const auto plan = plan_trades(row.account, row.weights, prices, kNoReserve());
    ASSERT_TRUE(plan.has_value()) << row.name << ": " << plan.error().message;
    EXPECT_EQ(brief(*plan), row.items) << row.name;
    EXPECT_EQ(plan->total_trade_value, Decimal::parse(row.traded).value()) << row.name;
  }
}

TEST(Planner, KeepsTheReserveAndWeighsAgainstTheLargerSum) {
  const AccountState account{"5000"_decimal, {{"A", "500"_decimal}}};  // 10,000 USD in all
  const auto plan = plan_trades(account, {{"A", "0.25"_decimal}, {"B", "0.75"_decimal}},
                                {{"A", "10"_decimal}, {"B", "20"_decimal}}, {.cash_reserve_pct = "0.05"_decimal});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->portfolio_value, "10000"_decimal);
  EXPECT_EQ(plan->min_trade_threshold.to_string(), "100.00");
  EXPECT_THAT(brief(*plan), testing::ElementsAre("SELL A -2625.0000 p2", "BUY B 7125.0000 p2"));
  const auto& sold = plan->items[0];
  EXPECT_EQ(sold.target_value, "2375"_decimal);   // 0.25 of 9,500
  EXPECT_EQ(sold.target_weight, "0.25"_decimal);  // of the targets' sum, 9,500, which is larger than 5,000
  EXPECT_EQ(sold.current_weight.to_string(), "0.5263157894736842105263157895");
  EXPECT_EQ(sold.weight_diff, sold.target_weight - sold.current_weight);
}

// H18: the schema of the event accepts any result.
TEST(Planner, MakesOnlyPlansThatTheirSchemaTakes) {
  base::Random random{7};
  for (int round = 0; round < 2'000; ++round) {
    AccountState account{Decimal{random.below(20'000)}, {}};
    DecimalBySymbol prices;
    DecimalBySymbol weights;
    for (const char* symbol : {"A", "B", "C", "D"}) {
      prices[symbol] = *divide(Decimal{1 + random.below(50'000)}, Decimal{100});
      if (random.one_in(2)) account.positions[symbol] = *divide(Decimal{random.below(9'000)}, Decimal{7});
      if (random.one_in(2)) weights[symbol] = "0.25"_decimal;
    }
    const auto plan = plan_trades(account, weights, prices);
    ASSERT_TRUE(plan.has_value());
    ASSERT_FALSE(plan->items.empty());
    for (const auto& item : plan->items) {
      EXPECT_TRUE(sdk::EventJson::read<RebalancePlanItem>(std::string_view{sdk::EventJson::write(item)}).has_value());
    }
  }
}

TEST(Comparison, TellsPartsOfTheWholeNotAmounts) {
  const auto comparison = compare_allocations({"500"_decimal, {{"A", "50"_decimal}}}, {{"B", "1"_decimal}},
                                              {{"A", "10"_decimal}, {"B", "20"_decimal}});
  ASSERT_TRUE(comparison.has_value());
  EXPECT_EQ(comparison->current_values.at("A"), "0.5"_decimal);
  EXPECT_EQ(comparison->target_values.at("A"), Decimal{0});
  EXPECT_EQ(comparison->deltas.at("A"), "-0.5"_decimal);
  EXPECT_EQ(comparison->deltas.at("B"), Decimal{1});
}

TEST(Strategy, RefusesAMonthWithoutPrices) {
  const auto allocation = allocate_by_momentum(real_prices(), {1999, 12});
  ASSERT_FALSE(allocation.has_value());
  EXPECT_EQ(allocation.error().code, ErrorCode::NotFound);
  EXPECT_EQ(allocation.error().message, "There are no prices for 1999-12.");
}

TEST(Strategy, HoldsWhatHasRisenForHalfAYear) {
  const auto start = allocate_by_momentum(real_prices(), {2000, 6});
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->signal.action, "HOLD");
  EXPECT_EQ(start->weights, (DecimalBySymbol{{"CASH", Decimal{1}}}));
  for (const Month month : real_prices().months()) {
    const auto allocation = allocate_by_momentum(real_prices(), month);
    ASSERT_TRUE(allocation.has_value());
    Decimal sum;
    for (const auto& [symbol, weight] : allocation->weights) {
      sum += weight;
      if (symbol == "CASH") continue;
      EXPECT_GT(*real_prices().price(symbol, month), *real_prices().price(symbol, month.plus(-6)));
    }
    EXPECT_EQ(sum, Decimal{1}) << month.to_string();
  }
}

TEST(PriceTable, NamesTheBadLineAndWhatIsWrongWithIt) {
  const struct {
    const char* lines;
    const char* message;
  } rows[] = {
      {"MSFT,Jan 1 2000", "Prices, line 2 'MSFT,Jan 1 2000': expected symbol, date and price."},
      {",Jan 1 2000,1", "Prices, line 2 ',Jan 1 2000,1': expected symbol, date and price."},
      {"MSFT,Jan 2 2000,1", "Prices, line 2 'MSFT,Jan 2 2000,1': the date must be like 'Aug 1 2004'."},
      {"MSFT,2000-01-01,1", "Prices, line 2 'MSFT,2000-01-01,1': the date must be like 'Aug 1 2004'."},
      {"MSFT,Jan 1 2000,0", "Prices, line 2 'MSFT,Jan 1 2000,0': the price is not above 0."},
      {"MSFT,Jan 1 2000,x", "Prices, line 2 'MSFT,Jan 1 2000,x': the price is not above 0."},
      {"MSFT,Jan 1 2000,1\nMSFT,Jan 1 2000,2", "Prices, line 3 'MSFT,Jan 1 2000,2': this price appears twice."},
      {"", "There are no prices."},
  };
  for (const auto& row : rows) {
    const auto table = PriceTable::parse_csv("symbol,date,price\n" + std::string(row.lines));
    ASSERT_FALSE(table.has_value()) << row.lines;
    EXPECT_EQ(table.error().message, row.message);
  }
}

TEST(PriceTable, HoldsTenYearsOfFiveShares) {
  const auto months = real_prices().months();
  ASSERT_EQ(months.size(), 123u);
  EXPECT_EQ(months.front(), (Month{2000, 1}));
  EXPECT_EQ(months.back(), (Month{2010, 3}));
  EXPECT_EQ(real_prices().at({2000, 1}).size(), 4u);
  EXPECT_EQ(real_prices().at({2004, 8}).size(), 5u);
  EXPECT_EQ(real_prices().price("AAPL", {2010, 3})->to_string(), "223.02");
}

TEST(Month, CountsAcrossYears) {
  EXPECT_EQ((Month{2000, 1}.plus(-6)), (Month{1999, 7}));
  EXPECT_EQ((Month{2004, 11}.plus(3)), (Month{2005, 2}));
  EXPECT_EQ((Month{2004, 8}.to_string()), "2004-08");
  EXPECT_EQ((Month{2004, 8}.start().to_string()), "2004-08-01T00:00:00Z");
  for (const char* text : {"", "2004-8", "2004-13", "2004-00", "200408", "2004-08-01", "20x4-08"}) {
    EXPECT_FALSE(Month::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace athanor::alchemiser
