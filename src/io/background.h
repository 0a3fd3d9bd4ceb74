// Marks threads as background work to the scheduler: they compute while nothing else on their core wants to.
//
// A starting process computes for milliseconds in one stretch, longer than an event takes from its sender to its
// consumer; the server's threads must not wait for that.
#pragma once

#include <cstdint>

namespace athanor::io {

enum class Background : std::uint8_t {
  // The threads ask for a long slice: since Linux 6.12, a thread with a shorter one runs as soon as it wakes, unless it
  // has had more than its share of the core. No effect on older kernels. Needs no privilege.
  LongSlice,
  // SCHED_IDLE as well: any thread that wakes on the core runs at once; on a busy core the work hardly progresses. Only
  // effective among the threads of one session, since the kernel may divide a core among sessions first (autogroup).
  Idle,
};

// The kind that this process can begin and also end: only CAP_SYS_NICE lets it bring a thread back from SCHED_IDLE.
Background best_background();

// Asks for a long slice for the calling thread and whatever it starts or becomes. Only system calls, so that a vforked
// child may call it.
void begin_background_work();
// Completes it for a single-threaded process that has called the above. A process must not do this to itself before
// exec: its parent would wait for idle time, too.
void settle_in_background(Background how, int process);
// Ends it for all current threads of a process, and for its descendants.
void end_background_work(Background how, int process);

}  // namespace athanor::io
