// From target weights to the trades that achieve them. Only arithmetic.
#pragma once

#include <vector>

#include "alchemiser/events/parts.h"
#include "base/result.h"

namespace athanor::alchemiser {

struct AccountState {
  Decimal cash;               // USD
  DecimalBySymbol positions;  // shares
};

struct PlanSettings {
  // Kept out of all targets. With five symbols that may each stay up to a threshold above target, five percent ensure
  // that purchases never need more cash than there is.
  Decimal cash_reserve_pct = "0.05"_decimal;
  Decimal min_trade_pct = "0.01"_decimal;  // of the portfolio: smaller trades are not worth their cost
};

struct TradePlan {
  std::vector<RebalancePlanItem> items;  // in the order of trading
  Decimal portfolio_value;               // USD, cash and shares
  Decimal total_trade_value;             // USD, sum of |trade_amount|
  Decimal min_trade_threshold;           // USD
};

// Sells come before purchases before holds, larger amounts first within each, then by symbol. A trade below the
// threshold becomes a HOLD of "0.00" in its place. Without any symbol, one HOLD. InvalidInput for negative cash, or a
// weight or a position without a price.
Result<TradePlan> plan_trades(const AccountState& account, const DecimalBySymbol& weights,
                              const DecimalBySymbol& prices, const PlanSettings& settings = {});

// Weights 0..1 of the account, target and current, by symbol (without CASH); delta = target - current.
Result<AllocationComparison> compare_allocations(const AccountState& account, const DecimalBySymbol& weights,
                                                 const DecimalBySymbol& prices);

// The value of cash and shares, USD.
Result<Decimal> value_of(const AccountState& account, const DecimalBySymbol& prices);

}  // namespace athanor::alchemiser
