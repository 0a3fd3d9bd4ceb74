#pragma once

#include <pthread.h>

#include <cstddef>
#include <thread>
#include <utility>

namespace athanor::base {

// Starts a thread that `top -H`, gdb and perf show by its name: at most 15 bytes, the kernel's limit.
template <std::size_t N, typename Run>
std::thread named_thread(const char (&name)[N], Run run) {
  static_assert(N <= 16);
  return std::thread{[&name, run = std::move(run)]() mutable {
    ::pthread_setname_np(::pthread_self(), name);
    run();
  }};
}

}  // namespace athanor::base
