#include "service/events/schedule_expression.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"

namespace athanor::service::events {
namespace {

constexpr std::int64_t kWeeksOfMonth = 5;  // that a day of the week can be the nth of

// What a field of a cron expression is made of. Texts are in lower case.
struct Field {
  std::int64_t low;
  std::int64_t high;
  std::string_view names = "";  // of the values from `low` on
  bool comes_round = true;      // after the highest value the lowest follows: a range may end below its beginning
};

// The value's number; nullopt when it is none of the field's.
std::optional<std::int64_t> value_of(const Field& field, std::string_view text) {
  const auto at = field.names.find(text);
  if (text.size() == 3 && at != std::string_view::npos) return field.low + static_cast<std::int64_t>(at / 4);
  const auto number = base::to_int(text);
  return number && *number >= field.low && *number <= field.high ? number : std::nullopt;
}

bool is_range(const Field& field, std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const auto first = value_of(field, text.substr(0, dash));
  const auto last = value_of(field, text.substr(dash + 1));
  return first && last && (field.comes_round || *first <= *last);
}

// `*`, a value or a range, and behind a slash how many to go on by. "/5" is "*/5".
bool is_part(const Field& field, std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view values = text.substr(0, slash);
  if (slash != std::string_view::npos && base::to_int(text.substr(slash + 1)).value_or(0) < 1) return false;
  const bool is_all = values == "*" || (values.empty() && slash != std::string_view::npos);
  return is_all || value_of(field, values) || is_range(field, values);
}

bool is_list(const Field& field, std::string_view text) {
  return std::ranges::all_of(base::split(text, ','), [&](std::string_view part) { return is_part(field, part); });
}

// The last day, the last weekday, the weekday that is nearest to a day.
bool is_day_of_month(std::string_view text) {
  const Field field{1, 31};
  return std::ranges::all_of(base::split(text, ','), [&](std::string_view part) {
    if (part == "l" || part == "lw") return true;
    return part.ends_with('w') ? value_of(field, part.substr(0, part.size() - 1)).has_value() : is_part(field, part);
  });
}

// The last day of the week, the last such day of the month ("6l"), the nth such day of it ("6#3"), which stands alone.
bool is_day_of_week(std::string_view text) {
  const Field field{1, 7, "sun mon tue wed thu fri sat"};
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    const auto nth = base::to_int(text.substr(hash + 1)).value_or(0);
    return value_of(field, text.substr(0, hash)) && nth >= 1 && nth <= kWeeksOfMonth;
  }
  return std::ranges::all_of(base::split(text, ','), [&](std::string_view part) {
    if (part == "l") return true;
    return part.ends_with('l') ? value_of(field, part.substr(0, part.size() - 1)).has_value() : is_part(field, part);
  });
}

// "Separated by white space": by one blank or more.
std::vector<std::string_view> fields_of(std::string_view text) {
  auto fields = base::split(text, ' ');
  std::erase(fields, "");
  return fields;
}

bool is_cron(std::string_view given) {
  const std::string text = base::to_lower_ascii(given);
  const auto fields = fields_of(text);
  if (fields.size() != 6) return false;
  if ((fields[2] == "?") == (fields[4] == "?")) return false;  // one of the two days says "any"
  return is_list({0, 59}, fields[0]) && is_list({0, 23}, fields[1]) &&
         (fields[2] == "?" || is_day_of_month(fields[2])) &&
         is_list({1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"}, fields[3]) &&
         (fields[4] == "?" || is_day_of_week(fields[4])) &&
         is_list({.low = 1970, .high = 2199, .comes_round = false}, fields[5]);
}

// Recorded answers of AWS refuse blanks at either end, and units in capitals.
bool is_rate(std::string_view text) {
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  const auto fields = fields_of(text);
  if (fields.size() != 2) return false;
  const std::string_view number = fields[0];
  if (number.front() == '0' || base::to_int(number).value_or(0) < 1) return false;
  std::string_view unit = fields[1];
  if (number != "1") {
    if (!unit.ends_with('s')) return false;
    unit.remove_suffix(1);
  }
  return unit == "minute" || unit == "hour" || unit == "day";
}

}  // namespace

bool is_schedule_expression(std::string_view text) {
  if (!text.ends_with(')')) return false;
  if (text.starts_with("cron(")) return is_cron(text.substr(5, text.size() - 6));
  return text.starts_with("rate(") && is_rate(text.substr(5, text.size() - 6));
}

}  // namespace athanor::service::events
