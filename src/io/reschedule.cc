#include "io/reschedule.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace athanor::io {
namespace {

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

}  // namespace

bool reschedule(int thread, std::uint32_t from, std::uint32_t to, std::chrono::nanoseconds slice) {
  Attributes attributes;
  if (::syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0U) != 0) return false;
  if (attributes.policy != from) return false;
  attributes.policy = to;
  attributes.runtime = static_cast<std::uint64_t>(slice.count());
  return ::syscall(SYS_sched_setattr, thread, &attributes, 0U) == 0;
}

}  // namespace athanor::io
