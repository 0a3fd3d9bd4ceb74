#include "cli/time_words.h"

#include <fmt/format.h>

#include "base/text.h"

namespace athanor::cli {

std::optional<base::Duration> parse_duration(std::string_view text) {
  constexpr std::int64_t kDigitsMax = 9;  // per number, so that nothing below overflows
  base::Duration total{0};
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos || digits > kDigitsMax) return std::nullopt;
    const std::int64_t count = *base::to_int(text.substr(0, digits));
    text.remove_prefix(digits);
    if (text.starts_with("ms")) {
      total += std::chrono::milliseconds{count};
      text.remove_prefix(2);
      continue;
    }
    switch (text.front()) {
      case 's':
        total += std::chrono::seconds{count};
        break;
      case 'm':
        total += std::chrono::minutes{count};
        break;
      case 'h':
        total += std::chrono::hours{count};
        break;
      case 'd':
        total += std::chrono::days{count};
        break;
      default:
        return std::nullopt;
    }
    text.remove_prefix(1);
  }
  return total;
}

Result<base::Time> parse_moment(std::string_view text, base::Time now) {
  if (text == "now") return now;
  if (const auto ago = parse_duration(text)) return now - *ago;
  if (const auto time = base::from_iso8601(text)) return *time;
  return invalid_input(
      fmt::format("\"{}\" is not a time. Write 10m, 2h or 7d for that long ago, 2025-10-13T20:00:00Z or 2025-10-13 for "
                  "a point in time, or now.",
                  text));
}

std::string format_duration(base::Duration duration) {
  const auto ms = duration.count();
  if (ms < 1'000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{}.{:02} s", ms / 1'000, ms % 1'000 / 10);
  const auto s = ms / 1'000;
  if (s < 3'600) return fmt::format("{} m {:02} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {:02} m", s / 3'600, s % 3'600 / 60);
  return fmt::format("{} d {:02} h", s / 86'400, s % 86'400 / 3'600);
}

std::string format_time_of_day(base::Time time) {
  const std::string iso = base::to_iso8601_millis(time);  // 2025-10-13T20:00:00.123Z
  return iso.substr(11, 12);
}

std::string format_moment(base::Time time, base::Time now) {
  const std::string date = base::to_iso8601(time).substr(0, 10);
  if (date == base::to_iso8601(now).substr(0, 10)) return format_time_of_day(time);
  return date + ' ' + format_time_of_day(time);
}

}  // namespace athanor::cli
