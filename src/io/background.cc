#include "io/background.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace athanor::io {
namespace {

// What nobody gets who has not asked: the kernel's own slice is 0.7 to 3 ms. Who preempts pays nothing for it, so that
// it could be any; the kernel's most is 100.
constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds{20};
constexpr std::chrono::nanoseconds kOwnSlice{0};  // the kernel's

// Of sched_setattr(2); Debian's C library has none.
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

// Best effort: the thread may be gone, the kernel may not know of slices, a sandbox may forbid it.
void ask_for_slice(int thread, std::chrono::nanoseconds slice) {
  Attributes attributes;
  if (::syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0U) != 0) return;
  if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) return;  // the operator has chosen
  attributes.runtime = static_cast<std::uint64_t>(slice.count());
  static_cast<void>(::syscall(SYS_sched_setattr, thread, &attributes, 0U) == 0);
}

}  // namespace

void begin_background_work() { ask_for_slice(0, kSlice); }

void end_background_work(int process) {
  std::error_code gone;  // the process may end meanwhile
  std::filesystem::directory_iterator thread{fmt::format("/proc/{}/task", process), gone};
  for (; !gone && thread != std::filesystem::directory_iterator{}; thread.increment(gone)) {
    ask_for_slice(std::stoi(thread->path().filename().string()), kOwnSlice);
    std::ifstream children{thread->path() / "children"};
    for (int child = 0; children >> child;) end_background_work(child);
  }
}

}  // namespace athanor::io
