// One condition of a pattern, and whether a value of an event satisfies it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/json.h"

namespace athanor::pattern {

// A value at the end of a path: a string with its escapes resolved, or the source text of a number or literal.
struct Value {
  format::JsonKind kind = format::JsonKind::Null;
  std::string text;
};

struct Condition {
  enum class Kind : std::uint8_t {
    Exact,  // a string, a number by value or text, true, false, null
    Prefix,
    Suffix,
    EqualsIgnoreCase,
    Wildcard,
    Numeric,  // low to high
    IpRange,  // low to high, as hexadecimal digits
    Exists,
    Absent,
    AnythingBut,  // none of `but` matches
  };

  Kind kind = Kind::Exact;
  format::JsonKind type = format::JsonKind::String;  // Exact
  std::string text;                                  // what is compared with; Wildcard: as written
  bool ignore_case = false;                          // Prefix, Suffix
  std::optional<double> number;                      // Exact, when a double holds it
  double low = 0, high = 0;                          // Numeric
  bool low_open = false, high_open = false;
  std::string ip_low, ip_high;
  std::vector<Condition> but;

  // Whether an existing value satisfies this. Absent is never satisfied.
  bool accepts(const Value& value) const;
};

// The number, if a double holds it exactly in its shortest form: such numbers compare by value. 1e400 and
// 0.12345678901234567 do not count, and whole numbers past 2^53 only if they end as programs print their double:
// 9223372036854776000, but not 9223372036854775808.
std::optional<double> comparable_number(std::string_view text);

// An address as hexadecimal digits, 8 for IPv4 and 32 for IPv6; nullopt for other text. "010.0.0.1" and "::ffff:a00:1"
// are 10.0.0.1; "::ffff:10.0.0.1" is not an address, as in AWS.
std::optional<std::string> ip_digits(std::string_view text);

// By simple case mapping of each character: É equals é, but ß is not SS and the Kelvin sign is not k.
bool equals_ignore_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
bool ends_with_ignoring_case(std::string_view text, std::string_view suffix);

}  // namespace athanor::pattern
