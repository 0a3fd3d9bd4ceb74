// For tests of what happens when the system refuses threads.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace athanor::engine {

// Lets this process, a child of the test's, have `more` threads besides the one it has. Root may have any number, so it
// becomes another user; if any other user runs the test, there are no more.
inline void allow_threads(rlim_t more) {
  const uid_t user = 60'000 + static_cast<uid_t>(::getpid() % 1'000);
  if (::geteuid() == 0 && ::setresuid(user, user, user) != 0) ::_exit(99);
  const rlimit few{1 + more, 1 + more};
  ::setrlimit(RLIMIT_NPROC, &few);
}

}  // namespace athanor::engine
