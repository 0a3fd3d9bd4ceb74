// What the engine asks of the world: threads and processes in the server, a script in the simulation.
#pragma once

#include <functional>
#include <string>

#include "engine/call.h"
#include "function/executor.h"
#include "log/log.h"

namespace athanor::engine {

class World {
 public:
  virtual ~World() = default;

  // Runs one invocation; its `done` may be called on any thread and comes back by `post`.
  virtual void start_function(function::Start start) = 0;

  // A function changed or is gone: its processes end, busy ones after their invocation.
  virtual void retire_function(const std::string& function_arn) = 0;

  // Runs `work` where blocking on the disk does no harm; results come back by `post`.
  virtual void read_log(std::move_only_function<void(const log::Log&)> work) = 0;

  // Runs a decision of our own on the engine thread, soon. Any thread; never refused.
  virtual void post(std::move_only_function<void(Call&)> decision) = 0;
};

}  // namespace athanor::engine
