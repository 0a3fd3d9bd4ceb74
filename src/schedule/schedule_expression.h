// When a scheduled rule runs, as its owner writes it: "rate(5 minutes)" or "cron(0 10 * * ? *)", in UTC.
//
// Source: EventBridge User Guide, "cron expressions" and "rate expressions". What the guide leaves open is accepted: a
// step in the days of the week, names in lower case, ranges that wrap around at the end of an hour, a day, a week or a
// year (the guide shows hours 20-2).
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/clock.h"

namespace athanor::schedule {

// Years from 1970 on that an expression can name.
inline constexpr int kYears = 230;

// The days that match, each as the bit with its number: 1 to 31 in the month, 1 (Sunday) to 7 (Saturday) in the week.
struct CronDays {
  std::uint32_t of_month = 0;
  std::uint32_t weekday_nearest_to = 0;  // "3W": the month's weekday nearest to the 3rd
  bool last_of_month = false;            // "L"
  bool last_weekday = false;             // "LW"
  std::uint32_t of_week = 0;
  std::uint32_t last_of_week = 0;  // "6L": the month's last Friday
  unsigned nth_of_week = 0;        // "6#3": its third Friday; 0: none
  unsigned nth = 0;

  // The matching days of that month, as bits.
  std::uint32_t of(std::chrono::year_month month) const;
};

struct Cron {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  CronDays days;
  std::bitset<13> months;     // 1 to 12
  std::bitset<kYears> years;  // from 1970 on

  std::optional<base::Time> next(base::Time time) const;
  std::optional<base::Time> last(base::Time after, base::Time until) const;

 private:
  bool has_month(std::chrono::year_month month) const;
  bool has_minute(std::chrono::minutes of_day) const;
};

struct Rate {
  base::Duration period{};

  base::Time next(base::Time time, base::Time since) const;
};

class ScheduleExpression {
 public:
  // nullopt when `text` is not one.
  static std::optional<ScheduleExpression> parse(std::string_view text);

  // The first time after `time`; nullopt: never again. A rate counts from `since`, in both directions.
  std::optional<base::Time> next(base::Time time, base::Time since) const;

  // The last time in (after, until]. For a cron expression, tries each of these minutes.
  std::optional<base::Time> last(base::Time after, base::Time until, base::Time since) const;

 private:
  explicit ScheduleExpression(std::variant<Rate, Cron> when) : when_(when) {}

  std::variant<Rate, Cron> when_;
};

}  // namespace athanor::schedule
