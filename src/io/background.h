// Background work, to the scheduler: what computes while nobody else on its core wants to.
//
// A process that starts computes for milliseconds in one stretch, longer than an event takes from its sender to its
// consumer: the server's threads must not wait for that.
#pragma once

#include <cstdint>

namespace athanor::io {

enum class Background : std::uint8_t {
  // Threads ask for a long slice: from Linux 6.12 on, who asked for a shorter one goes on as soon as it wakes, but for
  // when it has had more than its share of the core. On older kernels this does nothing. Anybody may ask.
  LongSlice,
  // SCHED_IDLE, too: whoever wakes on the core goes on at once. Where nobody rests, it hardly gets on. It counts only
  // among the threads of one session, since the kernel may share a core among sessions first (autogroup).
  Idle,
};

// What this process can begin, and end again: only who has CAP_SYS_NICE brings a thread back from SCHED_IDLE.
Background best_background();

// The calling thread asks for a long slice, and whatever it starts or becomes. Only system calls, as a vforked child
// wants.
void begin_background_work();
// The rest of it, for a process of one thread that has begun. Not by itself before exec: its parent would wait for
// idle time, too.
void settle_in_background(Background how, int process);
// Ends it for all threads that a process has now, and for its descendants.
void end_background_work(Background how, int process);

}  // namespace athanor::io
