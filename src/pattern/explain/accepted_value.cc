#include "pattern/explain/accepted_value.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "pattern/explain/condition_words.h"

namespace athanor::pattern {
namespace {

using format::JsonKind;
using Kind = Condition::Kind;

Value string_value(std::string text) { return {JsonKind::String, std::move(text)}; }
Value number_value(double number) { return {JsonKind::Number, number_text(number)}; }

// The wildcard without its stars: the shortest text it matches.
std::string shortest_match(std::string_view wildcard) {
  std::string text;
  for (std::size_t i = 0; i < wildcard.size(); ++i) {
    if (wildcard[i] == '*') continue;
    if (wildcard[i] == '\\' && i + 1 < wildcard.size()) ++i;
    text += wildcard[i];
  }
  return text;
}

std::vector<Value> numbers_within(const Condition& range) {
  std::vector<Value> values;
  const auto offer = [&](double number) {
    if (std::isfinite(number)) values.push_back(number_value(number));
  };
  // Ends and round numbers; only if none of them is within the range, any number that is.
  offer(range.low);
  offer(range.high);
  if (std::isfinite(range.low)) offer(std::floor(range.low) + 1);
  if (std::isfinite(range.high)) offer(std::ceil(range.high) - 1);
  if (std::isfinite(range.low) && std::isfinite(range.high)) offer(range.low / 2 + range.high / 2);
  if (std::none_of(values.begin(), values.end(), [&](const Value& value) { return range.accepts(value); })) {
    offer(std::nextafter(range.low, std::numeric_limits<double>::infinity()));
    offer(std::nextafter(range.high, -std::numeric_limits<double>::infinity()));
  }
  return values;
}

std::vector<Value> values_but(const std::vector<Condition>& refused) {
  std::vector<Value> values;
  const bool of_numbers = std::any_of(refused.begin(), refused.end(), [](const Condition& c) {
    return c.kind == Kind::Exact && c.type == JsonKind::Number;
  });
  if (of_numbers) {
    // One more than are refused, so that one remains.
    for (std::size_t i = 0; i <= refused.size(); ++i) values.push_back({JsonKind::Number, std::to_string(i)});
  }
  for (const char* text : {"other", "any", "x", ""}) values.push_back(string_value(text));
  for (char c = 'a'; c <= 'z'; ++c) values.push_back(string_value(std::string(2, c)));
  for (std::size_t i = 0; i <= refused.size(); ++i) values.push_back(string_value("other " + std::to_string(i)));
  values.push_back({JsonKind::Bool, "true"});  // strings that a wildcard refuses are all strings
  return values;
}

std::vector<Value> offers_of(const Condition& condition) {
  switch (condition.kind) {
    case Kind::Exact:
      return {{condition.type, condition.text}};
    case Kind::Prefix:
    case Kind::Suffix:
    case Kind::EqualsIgnoreCase:
      return {string_value(condition.text)};
    case Kind::Wildcard:
      return {string_value(shortest_match(condition.text))};
    case Kind::Numeric:
      return numbers_within(condition);
    case Kind::IpRange:
      return {string_value(address_text(condition.ip_low))};
    case Kind::Exists:
      return {string_value("any")};
    case Kind::Absent:
      return {};
    case Kind::AnythingBut:
      return values_but(condition.but);
  }
  return {};
}

// Smaller is closer.
double distance(const Value& found, const Value& offered) {
  if (found.kind != offered.kind) return std::numeric_limits<double>::infinity();
  if (found.kind == JsonKind::Number) {
    const auto a = comparable_number(found.text);
    const auto b = comparable_number(offered.text);
    return a && b ? std::abs(*a - *b) : std::numeric_limits<double>::infinity();
  }
  const auto [in_found, in_offered] =
      std::mismatch(found.text.begin(), found.text.end(), offered.text.begin(), offered.text.end());
  const auto equal = in_found - found.text.begin();
  return static_cast<double>(std::max(found.text.size(), offered.text.size())) - static_cast<double>(equal);
}

}  // namespace

std::optional<Value> accepted_value(const std::vector<Condition>& conditions, const Value* found) {
  std::optional<Value> best;
  double best_distance = 0;
  for (const Condition& condition : conditions) {
    const auto offers = offers_of(condition);
    const auto first = std::find_if(offers.begin(), offers.end(), [&](const Value& v) { return condition.accepts(v); });
    for (auto offer = first; offer != offers.end(); ++offer) {
      // For refused values any other will do; for ranges it is worth finding the closer end.
      if (offer != first && condition.kind != Kind::Numeric) break;
      if (!condition.accepts(*offer)) continue;
      const double d = found == nullptr ? 0 : distance(*found, *offer);
      if (!best || d < best_distance) {
        best = *offer;
        best_distance = d;
      }
    }
  }
  return best;
}

}  // namespace athanor::pattern
