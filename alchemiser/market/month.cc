#include "alchemiser/market/month.h"

#include "base/text.h"

namespace athanor::alchemiser {

std::optional<Month> Month::parse(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  for (const std::size_t i : {0UZ, 1UZ, 2UZ, 3UZ, 5UZ, 6UZ}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const Month parsed{static_cast<int>(*base::to_int(text.substr(0, 4))),
                     static_cast<int>(*base::to_int(text.substr(5)))};
  if (parsed.month < 1 || parsed.month > 12) return std::nullopt;
  return parsed;
}

std::string Month::to_string() const {
  const std::string digits = std::to_string(year);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits + (month < 10 ? "-0" : "-") +
         std::to_string(month);
}

Month Month::plus(int months) const {
  const int count = year * 12 + (month - 1) + months;
  return {count / 12, count % 12 + 1};
}

sdk::Timestamp Month::start() const {
  const std::chrono::year_month_day first{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                          std::chrono::day{1}};
  return sdk::Timestamp{base::Time{std::chrono::sys_days{first}}};
}

}  // namespace athanor::alchemiser
