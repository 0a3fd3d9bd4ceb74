#include "alchemiser/events/parts.h"

#include <algorithm>

namespace athanor::alchemiser {

Result<void> ConsolidatedPortfolio::check() const {
  Decimal sum;
  for (const auto& [symbol, weight] : target_allocations) {
    const bool upper = std::none_of(symbol.begin(), symbol.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (symbol.empty() || !upper) return invalid_input("target_allocations: '" + symbol + "' is not a symbol.");
    if (weight < Decimal{0} || weight > Decimal{1}) {
      return invalid_input("target_allocations." + symbol + " is " + weight.to_string() + ", not between 0 and 1.");
    }
    sum += weight;
  }
  if (sum < "0.99"_decimal || sum > "1.01"_decimal) {
    return invalid_input("target_allocations add up to " + sum.to_string() + ", not to 1.");
  }
  return {};
}

Result<void> OrderResult::check() const {
  if (price && !price->is_positive()) return invalid_input("price is " + price->to_string() + ", not above 0.");
  return {};
}

}  // namespace athanor::alchemiser
