#include "alchemiser/domain/strategy.h"

namespace athanor::alchemiser {

Result<Allocation> allocate_by_momentum(const PriceTable& prices, Month month) {
  const auto& now = prices.at(month);
  if (now.empty()) return not_found("There are no prices for " + month.to_string() + ".");
  const auto& before = prices.at(month.plus(-kMomentumMonths));
  std::vector<std::string> risen;
  for (const auto& [symbol, price] : now) {
    const auto earlier = before.find(symbol);
    if (earlier != before.end() && price > earlier->second) risen.push_back(symbol);
  }
  Allocation allocation;
  allocation.signal.reasoning = std::to_string(risen.size()) + " of " + std::to_string(now.size()) +
                                " symbols above their price of " + month.plus(-kMomentumMonths).to_string();
  if (risen.empty()) {
    allocation.weights.emplace(kCash, 1);
    allocation.signal.symbol = kCash;
    allocation.signal.action = "HOLD";
    return allocation;
  }
  const Decimal part = divide(Decimal{1}, Decimal{risen.size()}).value().rounded(4, sdk::Rounding::Down);
  for (const auto& symbol : risen) allocation.weights.emplace(symbol, part);
  allocation.weights[risen.front()] = Decimal{1} - part * Decimal{risen.size() - 1};
  allocation.signal.symbol = risen.front();
  allocation.signal.action = "BUY";
  allocation.signal.is_multi_symbol = risen.size() > 1;
  if (allocation.signal.is_multi_symbol) allocation.signal.symbols = risen;
  return allocation;
}

}  // namespace athanor::alchemiser
