#include "pattern/explain/condition_words.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace athanor::pattern {
namespace {

using format::JsonKind;
using format::JsonValue;
using Kind = Condition::Kind;

std::string in_quotes(std::string_view text) {
  std::string out;
  format::append_json_string(out, text);
  return out;
}

Value value_of(const Condition& exact) { return {exact.type, exact.text}; }

unsigned hex_value(char digit) { return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

// "10.0.0.0/8" from the range that it is.
std::string cidr_text(const Condition& range) {
  std::size_t bits = 0;
  for (std::size_t i = 0; i < range.ip_low.size(); ++i) {
    const unsigned differing = hex_value(range.ip_low[i]) ^ hex_value(range.ip_high[i]);
    bits += 4 - static_cast<std::size_t>(std::bit_width(differing));
    if (differing != 0) break;
  }
  return fmt::format("{}/{}", address_text(range.ip_low), bits);
}

// The operator's name in the language, for those whose value is a string.
std::string_view operator_of(Kind kind) {
  switch (kind) {
    case Kind::Prefix:
      return "prefix";
    case Kind::Suffix:
      return "suffix";
    case Kind::EqualsIgnoreCase:
      return "equals-ignore-case";
    case Kind::Wildcard:
      return "wildcard";
    default:
      return "";
  }
}

struct Bound {
  std::string_view op;
  double number;
};
std::vector<Bound> bounds_of(const Condition& range) {
  if (range.low == range.high) return {{"=", range.low}};
  std::vector<Bound> bounds;
  if (std::isfinite(range.low)) bounds.push_back({range.low_open ? ">" : ">=", range.low});
  if (std::isfinite(range.high)) bounds.push_back({range.high_open ? "<" : "<=", range.high});
  return bounds;
}

JsonValue number_json(std::string text) { return {.kind = JsonKind::Number, .text = std::move(text)}; }

JsonValue anything_but_json(const Condition& condition) {
  std::vector<JsonValue> refused;
  const std::string_view op = condition.but.empty() ? "" : operator_of(condition.but.front().kind);
  for (const Condition& other : condition.but)
    refused.push_back(op.empty() ? as_json(other) : JsonValue::of(other.text));
  JsonValue list = refused.size() == 1 ? refused.front() : JsonValue::array(std::move(refused));
  return op.empty() ? list : JsonValue::object({{std::string{op}, std::move(list)}});
}

}  // namespace

std::string number_text(double number) {
  std::array<char, 32> digits;
  char* const end = digits.data() + digits.size();
  constexpr double kAllDigitsCount =
      9'007'199'254'740'992;  // 2^53: larger ones have more digits in fixed notation than count
  const auto written = std::abs(number) < kAllDigitsCount
                           ? std::to_chars(digits.data(), end, number)
                           : std::to_chars(digits.data(), end, number, std::chars_format::scientific);
  return {digits.data(), written.ptr};
}

std::string address_text(const std::string& digits) {
  std::string text;
  if (digits.size() == 8) {
    for (std::size_t i = 0; i < 8; i += 2)
      text += fmt::format("{}{}", i > 0 ? "." : "", hex_value(digits[i]) * 16 + hex_value(digits[i + 1]));
    return text;
  }
  // Trailing zeros are shortened: that is where ranges have them.
  std::size_t groups = digits.find_last_not_of('0') == std::string::npos ? 0 : digits.find_last_not_of('0') / 4 + 1;
  if (groups == 7) groups = 8;
  for (std::size_t g = 0; g < groups; ++g) {
    const std::string group = digits.substr(g * 4, 4);
    const auto first = group.find_first_not_of('0');
    text += (g > 0 ? ":" : "") + (first == std::string::npos ? "0" : group.substr(first));
  }
  return groups == 8 ? text : text + "::";
}

JsonValue as_json(const Value& value) {
  switch (value.kind) {
    case JsonKind::String:
      return JsonValue::of(value.text);
    case JsonKind::Number:
      return number_json(value.text);
    case JsonKind::Bool:
      return JsonValue::of(value.text == "true");
    default:
      return JsonValue::null();
  }
}

std::string as_json_text(const Value& value) {
  return value.kind == JsonKind::String ? in_quotes(value.text) : value.text;
}

JsonValue as_json(const Condition& condition) {
  const auto object = [](std::string_view name, JsonValue value) {
    return JsonValue::object({{std::string{name}, std::move(value)}});
  };
  const JsonValue text = JsonValue::of(condition.text);
  switch (condition.kind) {
    case Kind::Exact:
      return as_json(value_of(condition));
    case Kind::Prefix:
    case Kind::Suffix:
      return object(operator_of(condition.kind), condition.ignore_case ? object("equals-ignore-case", text) : text);
    case Kind::EqualsIgnoreCase:
    case Kind::Wildcard:
      return object(operator_of(condition.kind), text);
    case Kind::Numeric: {
      std::vector<JsonValue> terms;
      for (const Bound& bound : bounds_of(condition)) {
        terms.push_back(JsonValue::of(bound.op));
        terms.push_back(number_json(number_text(bound.number)));
      }
      return object("numeric", JsonValue::array(std::move(terms)));
    }
    case Kind::IpRange:
      return object("cidr", JsonValue::of(cidr_text(condition)));
    case Kind::Exists:
    case Kind::Absent:
      return object("exists", JsonValue::of(condition.kind == Kind::Exists));
    case Kind::AnythingBut:
      return object("anything-but", anything_but_json(condition));
  }
  return JsonValue::null();
}

std::string in_words(const Condition& condition) {
  switch (condition.kind) {
    case Kind::Exact:
      return as_json_text(value_of(condition));
    case Kind::Prefix:
    case Kind::Suffix:
    case Kind::EqualsIgnoreCase:
    case Kind::Wildcard:
      return fmt::format("{} {}{}", operator_of(condition.kind), in_quotes(condition.text),
                         condition.ignore_case ? " ignoring case" : "");
    case Kind::Numeric: {
      std::string words;
      for (const Bound& bound : bounds_of(condition))
        words += fmt::format("{} {} {}", words.empty() ? "numeric" : " and", bound.op, number_text(bound.number));
      return words;
    }
    case Kind::IpRange:
      return "cidr " + cidr_text(condition);
    case Kind::Exists:
      return "exists";
    case Kind::Absent:
      return "exists false";
    case Kind::AnythingBut: {
      std::string words;
      for (const Condition& other : condition.but) words += (words.empty() ? "anything-but " : ", ") + in_words(other);
      return words;
    }
  }
  return {};
}

std::string in_words(const std::vector<Condition>& conditions) {
  std::string words;
  for (const Condition& condition : conditions) words += (words.empty() ? "" : " or ") + in_words(condition);
  return words;
}

}  // namespace athanor::pattern
