#include "alchemiser/trading_state.h"

namespace athanor::alchemiser {

Result<TradingState> open_trading_state(Machine& machine, const Settings& settings) {
  ATHANOR_TRY(csv, read_file(machine.files, settings.prices_file));
  if (!csv) return not_found("There is no price file " + settings.prices_file + " (ALCHEMISER_PRICES_FILE).");
  ATHANOR_TRY(prices, PriceTable::parse_csv(*csv));
  ATHANOR_TRY(records, Records::open(machine.files, settings.state_directory + "/months", machine.pause));
  ATHANOR_TRY(mails, Records::open(machine.files, settings.state_directory + "/mails", machine.pause, ".txt"));
  ATHANOR_TRY(broker, SimulatedBroker::open(machine.files, settings.state_directory + "/broker", settings.broker,
                                            machine.pause));
  return TradingState{settings, std::move(prices), std::move(records), std::move(mails), std::move(broker)};
}

}  // namespace athanor::alchemiser
