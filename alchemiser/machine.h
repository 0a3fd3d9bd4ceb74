// The machine as the programs of this folder see it: environment, disk, clock, chance.
#pragma once

#include <string_view>

#include "alchemiser/ledger/records.h"
#include "base/random.h"
#include "io/posix_file_system.h"
#include "io/system_clock.h"
#include "sdk/backoff.h"
#include "sdk/environment.h"

namespace athanor::alchemiser {

struct Machine {
  io::PosixFileSystem files;
  io::SystemClock clock;
  base::Random random{io::random_seed()};
  sdk::Environment environment;  // of the process
  sdk::ReadFile read_file;
  Pause pause;  // sleeps

  Machine();
  Machine(const Machine&) = delete;
  sdk::Surroundings surroundings() { return {.clock = clock, .random = random, .sleep = pause}; }
};

// Writes a line to standard output, flushed: the function's log.
void print_line(std::string_view line);

}  // namespace athanor::alchemiser
