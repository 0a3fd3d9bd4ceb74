// How a program uses its event bus: EVENTBRIDGE__<SETTING> in the environment.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "sdk/environment.h"

namespace athanor::sdk {

// Source of names and defaults: the trading system's migration guide.
struct EventBridgeSettings {
  std::string event_bus_name = "alchemiser-trading-events";
  std::string source_prefix = "alchemiser";
  std::int64_t max_retry_attempts = 3;        // after the first one; 0..185
  std::int64_t max_event_age_seconds = 3600;  // past this age no retry starts; 60..86,400
  std::int64_t archive_retention_days = 365;  // 0 keeps forever
  friend bool operator==(const EventBridgeSettings&, const EventBridgeSettings&) = default;
};

// Reads EVENTBRIDGE__EVENT_BUS_NAME, EVENTBRIDGE__SOURCE_PREFIX, EVENTBRIDGE__MAX_RETRY_ATTEMPTS,
// EVENTBRIDGE__MAX_EVENT_AGE_SECONDS and EVENTBRIDGE__ARCHIVE_RETENTION_DAYS. An unset variable leaves the default; a
// bad value is InvalidInput, naming the variable.
Result<EventBridgeSettings> read_eventbridge_settings(const Environment& environment);

}  // namespace athanor::sdk
