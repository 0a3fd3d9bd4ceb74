// athanor-planted: the whole program athanor, with the bug in it that ATHANOR_BUG names. Beside cli/athanor_main.cc:
// chosen before main.
#include <cstdio>
#include <cstdlib>

#include "tests/planted/bugs.h"

namespace {

[[maybe_unused]] const bool kChosen = [] {
  const char* name = std::getenv("ATHANOR_BUG");
  if (name != nullptr && athanor::planted::choose(name)) return true;
  std::fputs("ATHANOR_BUG has to name one of the bugs that athanor-sim-planted --list lists\n", stderr);
  std::exit(2);
}();

}  // namespace
