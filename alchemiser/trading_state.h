// Settings read, prices loaded, ledger and broker's book opened: what every program of this folder begins with.
#pragma once

#include "alchemiser/broker/simulated_broker.h"
#include "alchemiser/ledger/records.h"
#include "alchemiser/machine.h"
#include "alchemiser/market/price_table.h"
#include "alchemiser/settings.h"

namespace athanor::alchemiser {

struct TradingState {
  Settings settings;
  PriceTable prices;
  Records records;         // <state>/months: what each month has come to
  Records mails;           // <state>/mails
  SimulatedBroker broker;  // <state>/broker
};

Result<TradingState> open_trading_state(Machine& machine, const Settings& settings);

}  // namespace athanor::alchemiser
