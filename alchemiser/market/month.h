// A trading month; the account is rebalanced once in each.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/timestamp.h"

namespace athanor::alchemiser {

struct Month {
  int year = 1970;
  int month = 1;  // 1..12

  // "2004-08".
  static std::optional<Month> parse(std::string_view text);
  std::string to_string() const;

  Month plus(int months) const;  // also backwards
  sdk::Timestamp start() const;  // its first second, UTC

  friend auto operator<=>(const Month&, const Month&) = default;
};

}  // namespace athanor::alchemiser
