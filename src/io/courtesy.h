// Keeps a thread from interrupting the others of its process while that process alone keeps its cores busy.
//
// A thread that wakes usually runs at once, in place of one that has work left. Where only the server's own threads
// compete for a core, that merely cuts their work into small pieces: the log thread, woken by every sync, would write
// the few records that have come since. Under SCHED_BATCH it runs when the others have nothing left to do, or after
// their slice. Then more requests share a sync, and each costs less (docs/performance.md). All threads that an event
// passes should do so: one that does not gets ahead of the others, and more is under way than the processor caches.
//
// Beside other programs, a thread must run as soon as it wakes: else an event would wait for their slices, some 3 ms
// each.
#pragma once

#include <chrono>

namespace athanor::io {

// Whether a process has its cores to itself and keeps them busy, judged by what it has used of them.
class CoreUse {
 public:
  struct Look {
    std::chrono::nanoseconds at{0};    // on a clock that is never set
    std::chrono::nanoseconds used{0};  // processor time of the whole process so far
    int cores = 1;                     // that it may run on
  };

  // Judges the time since the last look.
  bool is_alone(const Look& look);

 private:
  Look last_;
  bool alone_ = false;
};

// Whether the calling thread gives way to the others. Where it has not begun to, it ends nothing: the operator may have
// chosen the same for the whole server.
class Courtesy {
 public:
  void set(bool wanted);

 private:
  bool gives_way_ = false;
};

// To be called by a thread at each turn of its loop. Looks at most 20 times a second.
void give_way_while_alone();

}  // namespace athanor::io
