#include "alchemiser/domain/planner.h"

#include <algorithm>
#include <set>

#include "alchemiser/domain/strategy.h"

namespace athanor::alchemiser {
namespace {

struct Step {
  Decimal amount;  // USD, |trade|
  std::int64_t priority;
};

// Source: the trading system's priority table.
const Step kPriorities[] = {{"10000"_decimal, 1}, {"1000"_decimal, 2}, {"100"_decimal, 3}, {"50"_decimal, 4}};
constexpr std::int64_t kLowestPriority = 5;

std::int64_t priority_of(const Decimal& trade) {
  for (const auto& step : kPriorities) {
    if (trade.abs() >= step.amount) return step.priority;
  }
  return kLowestPriority;
}

int place_of(const std::string& action) { return action == "SELL" ? 0 : action == "BUY" ? 1 : 2; }

Decimal at(const DecimalBySymbol& values, const std::string& symbol) {
  const auto found = values.find(symbol);
  return found == values.end() ? Decimal{0} : found->second;
}

std::set<std::string> symbols_of(const AccountState& account, const DecimalBySymbol& weights) {
  std::set<std::string> symbols;
  for (const auto& [symbol, shares] : account.positions) {
    if (!shares.is_zero()) symbols.insert(symbol);
  }
  for (const auto& [symbol, weight] : weights) symbols.insert(symbol);
  symbols.erase(std::string(kCash));
  return symbols;
}

Result<Decimal> price_of(const DecimalBySymbol& prices, const std::string& symbol) {
  const auto found = prices.find(symbol);
  if (found == prices.end()) return invalid_input("There is no price for " + symbol + ".");
  return found->second;
}

// `value` / `whole`; zero if `whole` is zero.
Decimal part_of(const Decimal& value, const Decimal& whole) {
  if (whole.is_zero()) return Decimal{0};
  return *divide(value, whole);
}

RebalancePlanItem hold_nothing(const DecimalBySymbol& weights) {
  RebalancePlanItem item;
  item.symbol = weights.empty() ? std::string(kCash) : weights.begin()->first;
  item.action = "HOLD";
  item.priority = kLowestPriority;
  return item;
}

}  // namespace

Result<Decimal> value_of(const AccountState& account, const DecimalBySymbol& prices) {
  Decimal value = account.cash;
  for (const auto& [symbol, shares] : account.positions) {
    if (shares.is_zero()) continue;
    ATHANOR_TRY(price, price_of(prices, symbol));
    value += shares * price;
  }
  return value;
}

Result<TradePlan> plan_trades(const AccountState& account, const DecimalBySymbol& weights,
                              const DecimalBySymbol& prices, const PlanSettings& settings) {
  TradePlan plan;
  ATHANOR_TRY(portfolio_value, value_of(account, prices));
  plan.portfolio_value = portfolio_value;
  plan.min_trade_threshold = (settings.min_trade_pct * portfolio_value).rounded(2, sdk::Rounding::HalfUp);
  const Decimal effective = portfolio_value * (Decimal{1} - settings.cash_reserve_pct);

  Decimal current_sum;
  Decimal target_sum;
  for (const auto& symbol : symbols_of(account, weights)) {
    ATHANOR_TRY(price, price_of(prices, symbol));
    RebalancePlanItem item;
    item.symbol = symbol;
    item.target_value = at(weights, symbol) * effective;
    item.current_value = at(account.positions, symbol) * price;
    item.trade_amount = item.target_value - item.current_value;
    item.action = item.trade_amount.is_positive() ? "BUY" : item.trade_amount.is_negative() ? "SELL" : "HOLD";
    item.priority = priority_of(item.trade_amount);
    current_sum += item.current_value;
    target_sum += item.target_value;
    plan.items.push_back(std::move(item));
  }
  const Decimal whole = std::max(current_sum, target_sum);
  for (auto& item : plan.items) {
    item.current_weight = part_of(item.current_value, whole);
    item.target_weight = part_of(item.target_value, whole);
    item.weight_diff = item.target_weight - item.current_weight;
  }
  std::sort(plan.items.begin(), plan.items.end(), [](const auto& a, const auto& b) {
    return std::tuple{place_of(a.action), a.priority, std::string_view{a.symbol}} <
           std::tuple{place_of(b.action), b.priority, std::string_view{b.symbol}};
  });
  // After the sort, so that a trade too small keeps its place among its kind.
  for (auto& item : plan.items) {
    if (item.trade_amount.abs() < plan.min_trade_threshold) {
      item.action = "HOLD";
      item.trade_amount = "0.00"_decimal;
    }
    plan.total_trade_value += item.trade_amount.abs();
  }
  if (plan.items.empty()) plan.items.push_back(hold_nothing(weights));
  return plan;
}

Result<AllocationComparison> compare_allocations(const AccountState& account, const DecimalBySymbol& weights,
                                                 const DecimalBySymbol& prices) {
  AllocationComparison comparison;
  ATHANOR_TRY(value, value_of(account, prices));
  for (const auto& symbol : symbols_of(account, weights)) {
    ATHANOR_TRY(price, price_of(prices, symbol));
    const Decimal target = at(weights, symbol);
    const Decimal current = part_of(at(account.positions, symbol) * price, value);
    comparison.target_values[symbol] = target;
    comparison.current_values[symbol] = current;
    comparison.deltas[symbol] = target - current;
  }
  return comparison;
}

}  // namespace athanor::alchemiser
