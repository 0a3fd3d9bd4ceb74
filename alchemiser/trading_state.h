// Settings, prices, and the opened ledger and broker's book: what every program of this folder starts with.
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
  Records records;         // <state>/months: the outcome of each month
  Records mails;           // <state>/mails
  SimulatedBroker broker;  // <state>/broker
};

Result<TradingState> open_trading_state(Machine& machine, const Settings& settings);

}  // namespace athanor::alchemiser
