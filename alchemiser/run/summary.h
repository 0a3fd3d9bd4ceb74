// The results of a run, from the ledger.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alchemiser/steps/desk.h"

namespace athanor::alchemiser {

struct Summary {
  std::int64_t months = 0;                     // done
  std::map<std::string, std::int64_t> events;  // by type; each counted once, however often it was delivered
  std::int64_t orders_placed = 0;
  std::int64_t orders_succeeded = 0;
  std::int64_t mails = 0;
  Decimal traded;                                 // USD
  Decimal final_equity;                           // USD, at the last month's prices
  Decimal buy_and_hold_equity;                    // USD, the same cash in equal parts from the first month on
  std::optional<std::int64_t> dead_letters;       // nullopt: the queue did not answer
  std::optional<std::int64_t> failed_deliveries;  // nullopt: the server does not report it
};

// Adds one month's records to the summary.
Result<void> add_month(const Records& records, Month month, Summary& summary);

// Summarises these months from the ledger. Read-only.
Result<Summary> summarise(const Records& records, const Records& mails, Broker& broker, const PriceTable& prices,
                          const Settings& settings, const std::vector<Month>& months);

// The value at `last` of `cash` put in equal parts into every symbol that has a price in `first`.
Result<Decimal> buy_and_hold(const PriceTable& prices, const Decimal& cash, Month first, Month last);

std::string print_table(const Summary& summary);
std::string print_summary_json(const Summary& summary);

// The sum of the counters of failed deliveries from that bus's rules and to the stage's functions, in a /metrics page;
// nullopt when the page is not Athanor's.
std::optional<std::int64_t> count_failures(std::string_view metrics, std::string_view bus, std::string_view stage);

}  // namespace athanor::alchemiser
