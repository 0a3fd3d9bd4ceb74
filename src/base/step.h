// How much of a long task the engine does at once.
#pragma once

#include <cstddef>

namespace athanor::base {

// One step: this many messages, deliveries or invocations; the rest is due at once. No other request is answered during
// a step, which takes some milliseconds, thirty at most. Our choice. No record depends on this bound for its meaning:
// what a step did is known from what it wrote.
inline constexpr std::size_t kStepMax = 1'000;

}  // namespace athanor::base
