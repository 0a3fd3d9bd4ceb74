// Settings of the trading system: ALCHEMISER_* in the environment.
#pragma once

#include <string>

#include "alchemiser/broker/simulated_broker.h"
#include "alchemiser/domain/planner.h"
#include "base/result.h"
#include "sdk/environment.h"

namespace athanor::alchemiser {

struct Settings {
  std::string stage = "dev";                 // ALCHEMISER_STAGE: suffix of the names of bus and queues
  std::string account = "paper";             // ALCHEMISER_ACCOUNT: part of every order's key
  std::string state_directory;               // ALCHEMISER_STATE_DIR, required: records, book, mails
  std::string prices_file;                   // ALCHEMISER_PRICES_FILE; else stocks.csv in LAMBDA_TASK_ROOT
  PlanSettings plan;                         // ALCHEMISER_CASH_RESERVE_PCT
  bool partial_execution_is_failure = true;  // ALCHEMISER_TREAT_PARTIAL_EXECUTION_AS_FAILURE: true or false
  SimulatedBroker::Settings broker;          // ALCHEMISER_INITIAL_CASH, ALCHEMISER_BROKER_REFUSES_ONE_IN,
                                             // ALCHEMISER_BROKER_FILLS_IN_PART_ONE_IN
};

// InvalidInput names the variable that is missing or bad.
Result<Settings> read_settings(const sdk::Environment& environment);

}  // namespace athanor::alchemiser
