// Runs the trading system month after month: starts each month's workflow and waits until it has ended and been
// reported.
//
// It may be stopped and started at any time, and so may the server: a month's outcome is in its records, a finished
// month is not started again, and a month that falls silent is restarted with the same ids.
#pragma once

#include <functional>

#include "alchemiser/run/progress_queue.h"
#include "alchemiser/steps/desk.h"

namespace athanor::alchemiser {

struct DriverLimits {
  base::Duration silence{20'000};  // after so long without an event the month is restarted
  std::int64_t starts_max = 30;    // per month, then the run ends with an error
};

// All borrowed.
struct DriverTools {
  sdk::EventBus& bus;
  Records& records;
  ProgressQueue& queue;
  const base::Clock& clock;
};

// Called after each month, in order.
using OnMonth = std::function<void(Month month)>;

// Runs the months in order; finished ones are skipped. IllegalStatus when a workflow fails before it trades, NotFound
// when the steps keep their records elsewhere, Timeout when a month stays silent.
Result<void> run_months(const Settings& settings, const std::vector<Month>& months, const DriverLimits& limits,
                        DriverTools tools, const OnMonth& on_month);

}  // namespace athanor::alchemiser
