// How a thread asks the scheduler for another place: for background.h and courtesy.h.
#pragma once

#include <chrono>
#include <cstdint>

namespace athanor::io {

// The kernel's own slice, without asking for another.
constexpr std::chrono::nanoseconds kOwnSlice{0};

// Gives a thread another policy and slice; 0 is the calling thread. Best effort: the thread may have ended, a sandbox
// may forbid it. A thread with a policy other than `from` is left alone: the operator has chosen it. Returns whether it
// was done.
bool reschedule(int thread, std::uint32_t from, std::uint32_t to, std::chrono::nanoseconds slice);

}  // namespace athanor::io
