// Who else takes in events and keeps them: how each is started, and what the load says to it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/load.h"
#include "bench/process.h"
#include "bench/suites.h"

namespace athanor::bench {

// A server that runs, with its data in a directory of its own.
struct RunningRival {
  std::unique_ptr<Process> process;
  std::uint16_t port = 0;
};

struct Rival {
  std::string_view name;
  std::string_view durability;  // what its acknowledgement promises
  Result<RunningRival> (*start)(Bench& bench);
  // Requests of `events` events of 1 KB each, acknowledged as one.
  Traffic (*traffic)(std::size_t connections, std::size_t events);
};

extern const Rival kRedis;
extern const Rival kPostgres;
extern const Rival kNats;

// Installed programs that a rival needs; NotFound names what is missing.
Result<std::string> find_program(const std::string& program);

}  // namespace athanor::bench
