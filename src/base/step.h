// How much of something long the engine does at once.
#pragma once

#include <cstddef>

namespace athanor::base {

// A step: so many messages, deliveries or invocations, and what is left is due at once. Nobody else is answered in
// between, which is some milliseconds, thirty at most. Our choice. No record means another thing where another bound is
// in force: what a step did is told by what it wrote.
inline constexpr std::size_t kStepMax = 1'000;

}  // namespace athanor::base
