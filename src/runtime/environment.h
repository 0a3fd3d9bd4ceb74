// One process of a function, and where it stands: what Lambda calls an execution environment.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "function/executor.h"
#include "http/server.h"
#include "runtime/code_store.h"
#include "runtime/log_stream.h"

namespace athanor::runtime {

struct Environment {
  function::FunctionSpec function;
  CodeHold code{};  // what it runs stays where it is
  LogStream output;
  int process = 0;
  std::uint16_t port = 0;
  bool initialized = false;                // it has asked for work
  bool is_background = true;               // until then, or for kQuietStart
  bool dying = false;                      // killed; its end is awaited
  bool retired = false;                    // ends when it asks for more work: the function changed or is gone
  std::optional<http::Responder> waiting;  // it asks for work now
  std::optional<function::Start> current;
  bool delivered = false;                   // the current invocation has been handed to the process
  std::optional<function::Outcome> answer;  // the process has answered it; told when what it printed before is heard
  base::Time created{};
  base::Duration init_duration{0};  // until it first asked for work; 0 once a report has told it
  base::Time started{};             // the current invocation
  base::Time asks_until{};          // behind its answer, when it has no work left
  base::Time works_until{};         // behind its answer, when it has
  base::Time deadline{};            // of the init, the invocation, or the idleness
};

}  // namespace athanor::runtime
