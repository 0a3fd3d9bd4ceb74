// From the weights that are wanted to the trades that make them. Only arithmetic.
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
  // Kept out of all targets. With five symbols that may each stay up to a threshold above their target, five percent
  // are what keeps purchases from ever wanting more than there is.
  Decimal cash_reserve_pct = "0.05"_decimal;
  Decimal min_trade_pct = "0.01"_decimal;  // of the portfolio: smaller trades are not worth their cost
};

struct TradePlan {
  std::vector<RebalancePlanItem> items;  // in the order of trading
  Decimal portfolio_value;               // USD, cash and shares
  Decimal total_trade_value;             // USD, sum of |trade_amount|
  Decimal min_trade_threshold;           // USD
};

// Sells stand before purchases before holds, in each the larger amounts first, then by symbol. A trade below the
// threshold becomes a HOLD of "0.00" in its place. Without any symbol, one HOLD.
// InvalidInput for negative cash, for a weight or a position without a price.
Result<TradePlan> plan_trades(const AccountState& account, const DecimalBySymbol& weights,
                              const DecimalBySymbol& prices, const PlanSettings& settings = {});

// Weights 0..1 of the account, wanted and current, by symbol (CASH left out); delta = target - current.
Result<AllocationComparison> compare_allocations(const AccountState& account, const DecimalBySymbol& weights,
                                                 const DecimalBySymbol& prices);

// Cash and shares, USD.
Result<Decimal> value_of(const AccountState& account, const DecimalBySymbol& prices);

}  // namespace athanor::alchemiser
