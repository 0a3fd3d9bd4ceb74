// Other systems that accept events and keep them: how each is started, and what the load sends to it.
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

// A running server, with its data in its own directory.
struct RunningRival {
  std::unique_ptr<Process> process;
  std::uint16_t port = 0;
};

struct Rival {
  std::string_view name;
  std::string_view durability;  // what its acknowledgement promises
  Result<RunningRival> (*start)(Bench& bench);
  // Requests with `events` events of 1 KB each, acknowledged together.
  Traffic (*traffic)(std::size_t connections, std::size_t events);
};

extern const Rival kRedis;
extern const Rival kPostgres;
extern const Rival kNats;

// Finds an installed program that a rival needs; NotFound names what is missing.
Result<std::string> find_program(const std::string& program);

}  // namespace athanor::bench
