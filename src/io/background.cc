#include "io/background.h"

#include <fmt/format.h>
#include <sched.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/reschedule.h"

namespace athanor::io {
namespace {

// Longer than any thread gets without asking: the kernel's own slice is 0.7 to 3 ms. A thread that preempts this one
// pays nothing for it, so any length would do; the kernel's maximum is 100 ms.
constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds{20};

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
