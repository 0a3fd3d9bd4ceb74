#include "io/courtesy.h"

#include <sched.h>

#include <ctime>

#include "io/reschedule.h"

namespace athanor::io {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

// Parts of its cores that a process uses. Beside a program that computes all the time, the three busy threads of a
// server get at most three quarters of a core.
constexpr double kBegins = 0.8;
constexpr double kEnds = 0.77;

std::chrono::nanoseconds process_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

// More than any process can use where the kernel does not say.
int cores_of_thread() {
  cpu_set_t cores;
  return ::sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : CPU_SETSIZE;
}

class Turns {
 public:
  void turn() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    if (now - looked_ < kLookEvery) return;
    looked_ = now;
    courtesy_.set(use_.is_alone({now, process_time(), cores_of_thread()}));
  }

 private:
  CoreUse use_;
  Courtesy courtesy_;
  std::chrono::nanoseconds looked_{0};
};

}  // namespace

bool CoreUse::is_alone(const Look& look) {
  const std::chrono::duration<double> owned = (look.at - last_.at) * look.cores, used = look.used - last_.used;
  last_ = look;
  alone_ = used >= owned * (alone_ ? kEnds : kBegins);
  return alone_;
}

void Courtesy::set(bool wanted) {
  if (wanted == gives_way_) return;
  if (gives_way_) reschedule(0, SCHED_BATCH, SCHED_OTHER, kOwnSlice);
  gives_way_ = wanted && reschedule(0, SCHED_OTHER, SCHED_BATCH, kOwnSlice);
}

void give_way_while_alone() {
  thread_local Turns turns;
  turns.turn();
}

}  // namespace athanor::io
