#include "io/background.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <thread>

namespace athanor::io {
namespace {

// Longer than any thread gets without asking: the kernel's own slice is 0.7 to 3 ms. A thread that preempts this one
// pays nothing for it, so any length would do; the kernel's maximum is 100 ms.
constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds{20};
constexpr std::chrono::nanoseconds kOwnSlice{0};  // the kernel's

// For sched_setattr(2); Debian's C library does not declare it.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of an ordinary thread: its slice, in nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

// Best effort: the thread may have ended, a sandbox may forbid it. A thread with a policy other than `from` is left
// alone: the operator has chosen it. Returns whether it was done.
bool reschedule(int thread, std::uint32_t from, std::uint32_t to, std::chrono::nanoseconds slice) {
  Attributes attributes;
  if (::syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0U) != 0) return false;
  if (attributes.policy != from) return false;
  attributes.policy = to;
  attributes.runtime = static_cast<std::uint64_t>(slice.count());
  return ::syscall(SYS_sched_setattr, thread, &attributes, 0U) == 0;
}

}  // namespace

Background best_background() {
  bool comes_back = false;
  std::thread{[&] {
    comes_back = reschedule(0, SCHED_OTHER, SCHED_IDLE, kSlice) && reschedule(0, SCHED_IDLE, SCHED_OTHER, kOwnSlice);
  }}.join();
  return comes_back ? Background::Idle : Background::LongSlice;
}

void begin_background_work() { reschedule(0, SCHED_OTHER, SCHED_OTHER, kSlice); }

void settle_in_background(Background how, int process) {
  if (how == Background::Idle) reschedule(process, SCHED_OTHER, SCHED_IDLE, kSlice);
}

void end_background_work(Background how, int process) {
  std::error_code gone;  // the process may end at any time
  std::filesystem::directory_iterator thread{fmt::format("/proc/{}/task", process), gone};
  for (; !gone && thread != std::filesystem::directory_iterator{}; thread.increment(gone)) {
    const int id = std::stoi(thread->path().filename().string());
    if (!reschedule(id, SCHED_OTHER, SCHED_OTHER, kOwnSlice) && how == Background::Idle)
      reschedule(id, SCHED_IDLE, SCHED_OTHER, kOwnSlice);
    std::ifstream children{thread->path() / "children"};
    for (int child = 0; children >> child;) end_background_work(how, child);
  }
}

}  // namespace athanor::io
