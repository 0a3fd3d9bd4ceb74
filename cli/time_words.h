// Times as people type and read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace athanor::cli {

// "90s", "10m", "2h", "7d", "1h30m". nullopt for anything else.
std::optional<base::Duration> parse_duration(std::string_view text);

// "now", a duration ("10m": that long before `now`), or ISO 8601 ("2025-10-13T20:00:00Z", "2025-10-13"). InvalidInput
// lists the forms.
Result<base::Time> parse_moment(std::string_view text, base::Time now);

// "0 ms", "130 ms", "1.52 s", "2 m 05 s", "3 h 07 m", "2 d 04 h".
std::string format_duration(base::Duration duration);

// "20:00:00.123", the time of day, UTC.
std::string format_time_of_day(base::Time time);

// The same on the day of `now`, and "2025-10-13 20:00:00.123" on any other day.
std::string format_moment(base::Time time, base::Time now);

}  // namespace athanor::cli
