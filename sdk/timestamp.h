// A moment in UTC, to the microsecond: the `datetime` of events.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace athanor::sdk {

struct Timestamp {
  std::chrono::sys_time<std::chrono::microseconds> value{};

  Timestamp() = default;
  explicit Timestamp(base::Time time) : value(time) {}
  explicit Timestamp(std::chrono::sys_time<std::chrono::microseconds> time) : value(time) {}

  // "2025-10-13T20:00:00Z", with a fraction (cut to microseconds), with an offset instead of the Z, or with neither,
  // which means UTC. A leap second is read as the second after it. nullopt on anything else, and before 1970.
  static std::optional<Timestamp> parse(std::string_view text);

  std::string to_string() const;         // "2025-10-13T20:00:00Z" or "2025-10-13T20:00:00.000120Z"
  std::string to_offset_string() const;  // the same, ending in "+00:00": as Python prints it

  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

}  // namespace athanor::sdk
