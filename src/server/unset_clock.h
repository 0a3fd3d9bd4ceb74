// Machines that do not keep the time start at 1970, until it is set.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "base/clock.h"

namespace athanor::server {

inline constexpr base::Time kClockIsSet{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};  // earlier: not set

// Waits until `clock` is set, and says so if it has to: what was accepted before that would be too old at once. False
// when `wait`, which is given how long to wait, says that the wait is to end. Blocks.
bool wait_until_clock_is_set(const base::Clock& clock, const std::function<bool(std::chrono::seconds)>& wait,
                             const std::function<void(std::string_view)>& say);

}  // namespace athanor::server
