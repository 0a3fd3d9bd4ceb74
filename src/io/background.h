// Background work, to the scheduler: it loses no time by it, but whoever else wakes on its core goes first.
//
// A process that starts computes for milliseconds in one stretch, longer than an event takes from its sender to its
// consumer. Neither niceness nor SCHED_IDLE keeps a server's threads from waiting for that: each of our processes has a
// session, and where the kernel shares a core among sessions first (autogroup), that session weighs as much as the
// whole server. What decides between two sessions, too, is the slice that their threads ask for: from Linux 6.12 on,
// who asked for a shorter one preempts as soon as it wakes. Anybody may ask. On older kernels, all this does nothing.
#pragma once

namespace athanor::io {

// The calling thread is background work, and whatever it starts or becomes. Only system calls, as a vforked child
// wants.
void begin_background_work();
// Ends it for all threads that a process has now, and for its descendants.
void end_background_work(int process);

}  // namespace athanor::io
