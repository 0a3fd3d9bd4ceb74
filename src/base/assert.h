// Our own mistakes. On in release builds too: stopping is safe, since the log has everything; writing on is not.
#pragma once

namespace athanor::base {

// Prints the condition and its place in the source to standard error, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace athanor::base

#define ATHANOR_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::athanor::base::assertion_failed(#condition, __FILE__, __LINE__))
