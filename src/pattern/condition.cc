#include "pattern/condition.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "pattern/code_points.h"
#include "pattern/wildcards.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;

// A decimal number as its significant digits and a power of ten.
struct Decimal {
  static constexpr std::size_t kDigitsMax = 17;  // a double's shortest form never has more
  bool negative = false;
  bool is_too_long = false;
  std::array<char, kDigitsMax> digits{};  // without zeros at either end; none is zero
  std::size_t count = 0;
  long exponent = 0;  // value = 0.DIGITS * 10^exponent
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

Decimal decimal(std::string_view text) {
  Decimal d;
  if (text.starts_with('-')) {
    d.negative = true;
    text.remove_prefix(1);
  }
  bool behind_point = false;
  std::size_t zeros = 0;  // since the last nonzero digit: they count if another follows
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      behind_point = true;
      continue;
    }
    if (text[i] == '0' && d.count == 0) {
      if (behind_point) --d.exponent;
      continue;
    }
    if (!behind_point) ++d.exponent;
    if (text[i] == '0') {
      ++zeros;
      continue;
    }
    if (d.count + zeros >= Decimal::kDigitsMax) {
      d.is_too_long = true;
      return d;
    }
    for (; zeros > 0; --zeros) d.digits[d.count++] = '0';
    d.digits[d.count++] = text[i];
  }
  if (i < text.size()) {
    std::string_view power = text.substr(i + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto value = base::to_int(power);
    d.exponent += value ? static_cast<long>(*value) : (power.starts_with('-') ? -1'000'000 : 1'000'000);
  }
  if (d.count == 0) d = {};
  return d;
}

std::optional<std::string> ipv4_digits(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string digits;
  std::size_t i = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (i == text.size() || text[i++] != '.')) return std::nullopt;
    const std::size_t begin = i;
    unsigned byte = 0;
    for (; i < text.size() && i - begin < 3 && text[i] >= '0' && text[i] <= '9'; ++i)
      byte = byte * 10 + static_cast<unsigned>(text[i] - '0');
    if (i == begin || byte > 255) return std::nullopt;
    digits += kHex[byte >> 4];
    digits += kHex[byte & 15];
  }
  return i == text.size() ? std::optional{digits} : std::nullopt;
}

// For an IPv4 address written as IPv6. Source: RFC 4291, 2.5.5.2.
constexpr std::string_view kMappedPrefix = "00000000000000000000ffff";

std::optional<std::string> ipv6_digits(std::string_view text) {
  const auto gap = text.find("::");
  if (gap != std::string_view::npos && text.find("::", gap + 1) != std::string_view::npos) return std::nullopt;
  const auto groups = [](std::string_view part) -> std::optional<std::string> {
    std::string digits;
    if (part.empty()) return digits;
    for (const std::string_view piece : base::split(part, ':')) {
      if (piece.empty() || piece.size() > 4) return std::nullopt;
      if (piece.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return std::nullopt;
      digits += std::string(4 - piece.size(), '0') + base::to_lower_ascii(piece);
    }
    return digits;
  };
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  if (gap == std::string_view::npos) {
    auto digits = groups(text);
    return digits && digits->size() == 32 ? digits : std::nullopt;
  }
  const auto front = groups(text.substr(0, gap));
  const auto back = groups(text.substr(gap + 2));
  if (!front || !back || front->size() + back->size() > 28) return std::nullopt;
  return *front + std::string(32 - front->size() - back->size(), '0') + *back;
}

}  // namespace

std::optional<double> comparable_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  const Decimal given = decimal(text);
  if (given.is_too_long) return std::nullopt;
  std::array<char, 32> shortest;
  // Not the shorter of the two notations: a whole number in fixed notation has all its digits.
  const auto written =
      std::to_chars(shortest.data(), shortest.data() + shortest.size(), value, std::chars_format::scientific);
  if (decimal({shortest.data(), written.ptr}) != given) return std::nullopt;
  return value;
}

std::optional<std::string> ip_digits(std::string_view text) {
  if (text.size() > 45 || text.empty()) return std::nullopt;
  if (text.find(':') == std::string_view::npos) return ipv4_digits(text);
  auto digits = ipv6_digits(text);
  if (digits && digits->starts_with(kMappedPrefix)) digits->erase(0, kMappedPrefix.size());
  return digits;
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!same_but_for_case(next_code_point(a, i), next_code_point(b, j))) return false;
  }
  return i >= a.size() && j >= b.size();
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (j < prefix.size()) {
    if (i >= text.size() || !same_but_for_case(next_code_point(text, i), next_code_point(prefix, j))) return false;
  }
  return true;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  const std::size_t points = base::utf8_length(suffix);
  const std::size_t all = base::utf8_length(text);
  if (all < points) return false;
  std::size_t i = 0;
  for (std::size_t skip = all - points; skip > 0; --skip) next_code_point(text, i);
  return equals_ignore_case(text.substr(i), suffix);
}

bool Condition::accepts(const Value& value) const {
  const bool is_string = value.kind == JsonKind::String;
  switch (kind) {
    case Kind::Exists:
      return true;
    case Kind::Absent:
      return false;
    case Kind::Exact:
      if (type != value.kind) return false;
      if (text == value.text) return true;
      if (type == JsonKind::Number) {
        const auto other = number ? comparable_number(value.text) : std::nullopt;
        return other && *other == *number;
      }
      if (type == JsonKind::String && !ip_low.empty()) return ip_digits(value.text) == ip_low;
      return false;
    case Kind::Prefix:
      return is_string && (ignore_case ? starts_with_ignoring_case(value.text, text)
                                       : std::string_view{value.text}.starts_with(text));
    case Kind::Suffix:
      return is_string &&
             (ignore_case ? ends_with_ignoring_case(value.text, text) : std::string_view{value.text}.ends_with(text));
    case Kind::EqualsIgnoreCase:
      return is_string && equals_ignore_case(value.text, text);
    case Kind::Wildcard:
      return is_string && wildcard_matches(text, value.text);
    case Kind::Numeric: {
      const auto n = value.kind == JsonKind::Number ? comparable_number(value.text) : std::nullopt;
      return n && (low_open ? *n > low : *n >= low) && (high_open ? *n < high : *n <= high);
    }
    case Kind::IpRange: {
      const auto digits = is_string ? ip_digits(value.text) : std::nullopt;
      return digits && *digits >= ip_low && *digits <= ip_high;
    }
    case Kind::AnythingBut:
      for (const Condition& other : but) {
        if (other.accepts(value)) return false;
      }
      return true;
  }
  return false;
}

}  // namespace athanor::pattern
