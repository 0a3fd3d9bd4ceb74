// Which shares to hold in a month: those that have risen over half a year, in equal parts; else none.
//
// Momentum over six months is the oldest of trading rules and needs nothing but prices, so that anybody can check a run
// by hand. In the first six months of the table there is no momentum yet, and the account stays in cash.
#pragma once

#include "alchemiser/events/parts.h"
#include "alchemiser/market/price_table.h"

namespace athanor::alchemiser {

inline constexpr int kMomentumMonths = 6;
inline constexpr std::string_view kCash = "CASH";  // used as a symbol; its price is 1

struct Allocation {
  DecimalBySymbol weights;  // add up to exactly 1
  StrategySignal signal;
};

// A symbol is bought when its price is above that of six months before. Weights are truncated to four places; the
// remainder goes to the first symbol. NotFound when the table has no prices for the month.
Result<Allocation> allocate_by_momentum(const PriceTable& prices, Month month);

}  // namespace athanor::alchemiser
