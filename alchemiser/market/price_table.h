// Prices of shares, one per symbol and month.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alchemiser/events/parts.h"
#include "alchemiser/market/month.h"
#include "base/result.h"

namespace athanor::alchemiser {

class PriceTable {
 public:
  // Lines "symbol,date,price" with dates like "Aug 1 2004", after a header line. InvalidInput names a line that is
  // malformed, has a price not above zero, or gives a second price for a symbol and month.
  static Result<PriceTable> parse_csv(std::string_view text);

  std::vector<Month> months() const;  // in order
  // By symbol; empty for a month that is not in the table.
  const DecimalBySymbol& at(Month month) const;
  std::optional<Decimal> price(const std::string& symbol, Month month) const;

 private:
  std::map<Month, DecimalBySymbol> by_month_;
};

}  // namespace athanor::alchemiser
