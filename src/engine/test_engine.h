// For tests: an engine over a log in memory, in a world in which nothing happens.
#pragma once

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/test_world.h"
#include "log/test_log.h"
#include "observe/counters.h"

namespace athanor::engine {

struct TestEngine {
  explicit TestEngine(const Settings& settings = {}) : engine{log, clock, world, counters, settings} {}

  log::MemoryLog log;
  base::ManualClock clock;
  StillWorld world;
  observe::Counters counters;
  Engine engine;
};

}  // namespace athanor::engine
