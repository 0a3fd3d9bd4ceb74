#include "alchemiser/market/price_table.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace athanor::alchemiser {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// "Aug 1 2004".
std::optional<Month> parse_date(std::string_view text) {
  const auto parts = base::split(text, ' ');
  if (parts.size() != 3) return std::nullopt;
  const auto name = std::find(kMonthNames.begin(), kMonthNames.end(), parts[0]);
  const auto year = base::to_int(parts[2]);
  if (name == kMonthNames.end() || parts[1] != "1" || !year || *year < 1970 || *year > 9999) return std::nullopt;
  return Month{static_cast<int>(*year), static_cast<int>(name - kMonthNames.begin()) + 1};
}

}  // namespace

Result<PriceTable> PriceTable::parse_csv(std::string_view text) {
  PriceTable table;
  std::size_t number = 0;
  for (std::string_view line : base::split(text, '\n')) {
    line = base::trim(line);
    if (++number == 1 || line.empty()) continue;
    const auto refuse = [&](std::string_view why) {
      return invalid_input("Prices, line " + std::to_string(number) + " '" + std::string(line) +
                           "': " + std::string(why));
    };
    const auto fields = base::split(line, ',');
    if (fields.size() != 3 || fields[0].empty()) return refuse("expected symbol, date and price.");
    const auto month = parse_date(fields[1]);
    if (!month) return refuse("the date must be like 'Aug 1 2004'.");
    const auto price = Decimal::parse(fields[2]);
    if (!price || !price->is_positive()) return refuse("the price is not above 0.");
    if (!table.by_month_[*month].emplace(fields[0], *price).second) return refuse("this price appears twice.");
  }
  if (table.by_month_.empty()) return invalid_input("There are no prices.");
  return table;
}

std::vector<Month> PriceTable::months() const {
  std::vector<Month> months;
  for (const auto& [month, prices] : by_month_) months.push_back(month);
  return months;
}

const DecimalBySymbol& PriceTable::at(Month month) const {
  static const DecimalBySymbol kNone;
  const auto found = by_month_.find(month);
  return found == by_month_.end() ? kNone : found->second;
}

std::optional<Decimal> PriceTable::price(const std::string& symbol, Month month) const {
  const auto& prices = at(month);
  const auto found = prices.find(symbol);
  return found == prices.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace athanor::alchemiser
