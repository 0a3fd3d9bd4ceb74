// What the five functions' programs share: settings from the environment, a bus, the ledger, and the runtime's loop.
#pragma once

#include <functional>

#include "alchemiser/ledger/records.h"
#include "alchemiser/steps/desk.h"
#include "sdk/event_handlers.h"

namespace athanor::alchemiser {

// Runs until the Lambda Runtime API goes away. Returns the process's exit status.
int run_function(const std::function<sdk::EventHandlers(Desk& desk, Records& mails)>& make_handlers);

}  // namespace athanor::alchemiser
