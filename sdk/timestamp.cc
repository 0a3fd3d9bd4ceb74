#include "sdk/timestamp.h"

#include "base/text.h"

namespace athanor::sdk {
namespace {

constexpr std::size_t kSecondsEnd = std::string_view{"2025-10-13T20:00:00"}.size();

std::string print(Timestamp time, std::string_view zone) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.value);
  std::string text = base::to_iso8601(base::Time{seconds});
  text.pop_back();
  if (const auto micros = (time.value - seconds).count(); micros != 0) {
    std::string digits = std::to_string(micros);
    text += "." + std::string(6 - digits.size(), '0') + digits;
  }
  text += zone;
  return text;
}

}  // namespace

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
  if (text.size() < kSecondsEnd || (text[10] != 'T' && text[10] != ' ')) return std::nullopt;
  std::string whole{text.substr(0, kSecondsEnd)};
  std::string_view rest = text.substr(kSecondsEnd);
  std::chrono::microseconds fraction{0};
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::int64_t unit = 100'000;
    std::size_t digits = 0;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      fraction += std::chrono::microseconds{unit * (rest[0] - '0')};
      unit /= 10;  // the seventh digit and on are cut off
      rest.remove_prefix(1);
      ++digits;
    }
    if (digits == 0) return std::nullopt;
  }
  whole += rest.empty() || rest == "z" ? "Z" : std::string{rest};
  const auto seconds = base::from_iso8601(whole);
  if (!seconds || seconds->time_since_epoch().count() < 0) return std::nullopt;
  return Timestamp{std::chrono::sys_time<std::chrono::microseconds>{*seconds} + fraction};
}

std::string Timestamp::to_string() const { return print(*this, "Z"); }
std::string Timestamp::to_offset_string() const { return print(*this, "+00:00"); }

}  // namespace athanor::sdk
