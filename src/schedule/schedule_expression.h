// When a scheduled rule runs, in the words of its owner: "rate(5 minutes)" or "cron(0 10 * * ? *)", in UTC.
//
// Source: EventBridge User Guide, "cron expressions" and "rate expressions". What the guide leaves open is taken: a
// step in the days of the week, names in lower case, ranges that run over the end of an hour, a day, a week or a year
// (the guide shows hours 20-2).
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

// Of the days of a month, each a bit of its number: 1 to 31, and Sunday 1 to Saturday 7.
struct CronDays {
  std::uint32_t of_month = 0;
  std::uint32_t weekday_nearest_to = 0;  // "3W": the weekday of the month that is nearest to the 3rd
  bool last_of_month = false;            // "L"
  bool last_weekday = false;             // "LW"
  std::uint32_t of_week = 0;
  std::uint32_t last_of_week = 0;  // "6L": the month's last Friday
  unsigned nth_of_week = 0;        // "6#3": its third; 0: none
  unsigned nth = 0;

  // The days of that month, as bits of their numbers.
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
  // nullopt: it is none.
  static std::optional<ScheduleExpression> parse(std::string_view text);

  // The first time behind `time`; nullopt: never again. A rate counts from `since`, and its times are those of before,
  // too.
  std::optional<base::Time> next(base::Time time, base::Time since) const;

  // The last time in (after, until]. Of a cron expression each minute of them is tried.
  std::optional<base::Time> last(base::Time after, base::Time until, base::Time since) const;

 private:
  explicit ScheduleExpression(std::variant<Rate, Cron> when) : when_(when) {}

  std::variant<Rate, Cron> when_;
};

}  // namespace athanor::schedule
