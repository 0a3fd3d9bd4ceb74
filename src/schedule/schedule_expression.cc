#include "schedule/schedule_expression.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace athanor::schedule {
namespace {

using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;
using Minute = std::chrono::sys_time<std::chrono::minutes>;

constexpr std::chrono::minutes kMinute{1};
constexpr std::chrono::days kDay{1};
constexpr std::chrono::year kFirstYear{1970};
constexpr unsigned kSunday = 1;
constexpr unsigned kSaturday = 7;
constexpr int kWeeksOfMonth = 5;  // the most times a day of the week occurs in a month
// Longer periods never elapse anyway: 30,000 years, in milliseconds.
constexpr std::int64_t kPeriodMax = 1'000'000'000'000'000;

// The values of a cron expression's field. Texts are in lower case.
struct Field {
  std::int64_t low;
  std::int64_t high;
  std::string_view names = "";  // names of the values, from `low` on
  bool comes_round = true;      // the lowest value follows the highest: a range may end below its start

  std::int64_t size() const { return high - low + 1; }
};

constexpr Field kMinutes{0, 59};
constexpr Field kHours{0, 23};
constexpr Field kDaysOfMonth{1, 31};
constexpr Field kMonths{1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"};
constexpr Field kDaysOfWeek{1, 7, "sun mon tue wed thu fri sat"};
constexpr Field kYearsOfCron{.low = 1970, .high = 1970 + kYears - 1, .comes_round = false};

// The value's number; nullopt when it is not one of the field's.
std::optional<std::int64_t> value_of(const Field& field, std::string_view text) {
  const auto at = field.names.find(text);
  if (text.size() == 3 && at != std::string_view::npos) return field.low + static_cast<std::int64_t>(at / 4);
  const auto number = base::to_int(text);
  return number && *number >= field.low && *number <= field.high ? number : std::nullopt;
}

// Consecutive values, which may wrap around.
struct Range {
  std::int64_t first;
  std::int64_t count;
};

// `*`, a value, or a range. Before a slash, a single value extends to the highest.
std::optional<Range> range_of(const Field& field, std::string_view text, bool has_step) {
  if (text == "*" || (text.empty() && has_step)) return Range{field.low, field.size()};
  const auto dash = text.find('-');
  const auto first = value_of(field, text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*first, has_step ? field.high - *first + 1 : 1};
  const auto last = value_of(field, text.substr(dash + 1));
  if (!last || (!field.comes_round && *last < *first)) return std::nullopt;
  return Range{*first, (*last - *first + field.size()) % field.size() + 1};
}

// Adds the values of one part, which is `*`, a value or a range, and optionally a slash and a step ("/5" is "*/5"), as
// their numbers minus `lowest`; false when it is not a valid part.
template <std::size_t N>
bool add_part(const Field& field, std::string_view text, std::int64_t lowest, std::bitset<N>& values) {
  const auto slash = text.find('/');
  const bool has_step = slash != std::string_view::npos;
  const std::int64_t step = has_step ? base::to_int(text.substr(slash + 1)).value_or(0) : 1;
  const auto range = range_of(field, text.substr(0, slash), has_step);
  if (step < 1 || !range) return false;
  for (std::int64_t i = 0; i < range->count; i += std::min(step, field.size()))
    values.set(static_cast<std::size_t>((range->first - field.low + i) % field.size() + field.low - lowest));
  return true;
}

template <std::size_t N>
bool add_list(const Field& field, std::string_view text, std::int64_t lowest, std::bitset<N>& values) {
  return std::ranges::all_of(base::split(text, ','),
                             [&](std::string_view part) { return add_part(field, part, lowest, values); });
}

// Days fit into one word.
bool add_days(const Field& field, std::string_view part, std::uint32_t& days) {
  std::bitset<32> values{days};
  const bool good = add_part(field, part, 0, values);
  days = static_cast<std::uint32_t>(values.to_ulong());
  return good;
}
bool add_day(const Field& field, std::string_view text, std::uint32_t& days) {
  const auto day = value_of(field, text);
  if (day) days |= 1U << *day;
  return day.has_value();
}

// Also the last day, the last weekday, and the weekday nearest to a day.
bool add_days_of_month(std::string_view text, CronDays& days) {
  return std::ranges::all_of(base::split(text, ','), [&](std::string_view part) {
    if (part == "l") return days.last_of_month = true;
    if (part == "lw") return days.last_weekday = true;
    if (part.ends_with('w')) return add_day(kDaysOfMonth, part.substr(0, part.size() - 1), days.weekday_nearest_to);
    return add_days(kDaysOfMonth, part, days.of_month);
  });
}

// Also the last day of the week, the last such day of the month ("6l"), and its nth such day ("6#3"), only by itself.
bool add_days_of_week(std::string_view text, CronDays& days) {
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    const auto day = value_of(kDaysOfWeek, text.substr(0, hash));
    const auto nth = base::to_int(text.substr(hash + 1)).value_or(0);
    days.nth_of_week = static_cast<unsigned>(day.value_or(0));
    days.nth = static_cast<unsigned>(nth);
    return day && nth >= 1 && nth <= kWeeksOfMonth;
  }
  return std::ranges::all_of(base::split(text, ','), [&](std::string_view part) {
    if (part == "l") return add_day(kDaysOfWeek, "7", days.of_week);
    if (part.ends_with('l')) return add_day(kDaysOfWeek, part.substr(0, part.size() - 1), days.last_of_week);
    return add_days(kDaysOfWeek, part, days.of_week);
  });
}

// "Separated by white space": by one space or more.
std::vector<std::string_view> fields_of(std::string_view text) {
  auto fields = base::split(text, ' ');
  std::erase(fields, "");
  return fields;
}

std::optional<Cron> parse_cron(std::string_view given) {
  const std::string text = base::to_lower_ascii(given);
  const auto fields = fields_of(text);
  if (fields.size() != 6) return std::nullopt;
  if ((fields[2] == "?") == (fields[4] == "?")) return std::nullopt;  // exactly one of the two day fields says "any"
  Cron cron;
  const bool good = add_list(kMinutes, fields[0], 0, cron.minutes) && add_list(kHours, fields[1], 0, cron.hours) &&
                    (fields[2] == "?" || add_days_of_month(fields[2], cron.days)) &&
                    add_list(kMonths, fields[3], 0, cron.months) &&
                    (fields[4] == "?" || add_days_of_week(fields[4], cron.days)) &&
                    add_list(kYearsOfCron, fields[5], kYearsOfCron.low, cron.years);
  return good ? std::optional{cron} : std::nullopt;
}

// AWS, as recorded, refuses spaces at either end, and units in capitals.
std::optional<Rate> parse_rate(std::string_view text) {
  if (text.starts_with(' ') || text.ends_with(' ')) return std::nullopt;
  const auto fields = fields_of(text);
  if (fields.size() != 2) return std::nullopt;
  const std::string_view number = fields[0];
  const std::int64_t count = number.front() == '0' ? 0 : base::to_int(number).value_or(0);
  if (count < 1) return std::nullopt;
  std::string_view unit = fields[1];
  if (number != "1") {
    if (!unit.ends_with('s')) return std::nullopt;
    unit.remove_suffix(1);
  }
  base::Duration one{};
  if (unit == "minute") one = kMinute;
  if (unit == "hour") one = std::chrono::hours{1};
  if (unit == "day") one = kDay;
  if (one == base::Duration{}) return std::nullopt;
  return Rate{count < kPeriodMax / one.count() ? one * count : base::Duration{kPeriodMax}};
}

bool has(std::uint32_t days, unsigned day) { return (days >> day & 1) != 0; }

unsigned day_of_week(year_month month, unsigned day) {
  return std::chrono::weekday{sys_days{month / static_cast<int>(day)}}.c_encoding() + kSunday;
}

// Stays within the month, as the guide defines "W".
unsigned nearest_weekday(year_month month, unsigned day, unsigned last) {
  const unsigned of_week = day_of_week(month, day);
  if (of_week == kSaturday) return day == 1 ? 3 : day - 1;
  if (of_week == kSunday) return day == last ? day - 2 : day + 1;
  return day;
}

}  // namespace

std::uint32_t CronDays::of(year_month month) const {
  const auto last = static_cast<unsigned>((month / std::chrono::last).day());
  std::uint32_t found = 0;
  if (last_weekday) found |= 1U << nearest_weekday(month, last, last);
  for (unsigned day = 1; day <= last; ++day) {
    const unsigned in_week = day_of_week(month, day);
    const bool is_last = day == last;
    const bool is_last_of_week = day + 7 > last;
    const bool is_nth = in_week == nth_of_week && (day + 6) / 7 == nth;
    if (has(of_month, day) || (is_last && last_of_month) || has(of_week, in_week) ||
        (is_last_of_week && has(last_of_week, in_week)) || is_nth)
      found |= 1U << day;
    if (has(weekday_nearest_to, day)) found |= 1U << nearest_weekday(month, day, last);
  }
  return found;
}

bool Cron::has_month(year_month month) const {
  const auto year = static_cast<std::size_t>((month.year() - kFirstYear).count());
  return year < years.size() && years.test(year) && months.test(static_cast<unsigned>(month.month()));
}

bool Cron::has_minute(std::chrono::minutes of_day) const {
  const auto minute = static_cast<std::size_t>(of_day.count());
  return hours.test(minute / 60) && minutes.test(minute % 60);
}

std::optional<base::Time> Cron::next(base::Time time) const {
  const Minute first = std::max(floor<std::chrono::minutes>(time), Minute{}) + kMinute;
  const year_month_day date{floor<std::chrono::days>(first)};
  const std::chrono::year end = kFirstYear + std::chrono::years{kYears};
  for (year_month month{date.year(), date.month()}; month.year() < end; month += std::chrono::months{1}) {
    if (!has_month(month)) continue;
    const std::uint32_t in_month = days.of(month);
    for (unsigned day = 1; day <= 31; ++day) {
      if (!has(in_month, day)) continue;
      const Minute midnight = sys_days{month / static_cast<int>(day)};
      for (Minute minute = std::max(midnight, first); minute < midnight + kDay; minute += kMinute)
        if (has_minute(minute - midnight)) return minute;
    }
  }
  return std::nullopt;
}

std::optional<base::Time> Cron::last(base::Time after, base::Time until) const {
  for (auto minute = floor<std::chrono::minutes>(until); minute > after; minute -= kMinute) {
    const sys_days midnight = floor<std::chrono::days>(minute);
    const year_month_day date{midnight};
    const year_month month{date.year(), date.month()};
    if (has_minute(minute - midnight) && has_month(month) && has(days.of(month), static_cast<unsigned>(date.day())))
      return minute;
  }
  return std::nullopt;
}

base::Time Rate::next(base::Time time, base::Time since) const {
  const auto behind = (time - since) % period;
  return time + period - (behind < base::Duration{} ? behind + period : behind);
}

std::optional<ScheduleExpression> ScheduleExpression::parse(std::string_view text) {
  if (!text.ends_with(')') || text.size() < 6) return std::nullopt;
  const std::string_view kind = text.substr(0, 5);
  const std::string_view inside = text.substr(5, text.size() - 6);
  if (kind == "cron(") {
    if (const auto cron = parse_cron(inside)) return ScheduleExpression{*cron};
  }
  if (kind == "rate(") {
    if (const auto rate = parse_rate(inside)) return ScheduleExpression{*rate};
  }
  return std::nullopt;
}

std::optional<base::Time> ScheduleExpression::next(base::Time time, base::Time since) const {
  if (const auto* rate = std::get_if<Rate>(&when_)) return rate->next(time, since);
  return std::get<Cron>(when_).next(time);
}

std::optional<base::Time> ScheduleExpression::last(base::Time after, base::Time until, base::Time since) const {
  if (const auto* cron = std::get_if<Cron>(&when_)) return cron->last(after, until);
  const Rate& rate = std::get<Rate>(when_);
  const base::Time last = rate.next(until, since) - rate.period;
  return last > after ? std::optional{last} : std::nullopt;
}

}  // namespace athanor::schedule
