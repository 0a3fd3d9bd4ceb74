// One process of a function, and its state: what Lambda calls an execution environment.
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
  CodeHold code{};  // keeps the code that it runs from being removed
  LogStream output;
  int process = 0;
  std::uint16_t port = 0;
  bool initialized = false;                // it has asked for work
  bool is_background = true;               // until then, at most for kQuietStart
  bool dying = false;                      // killed; its end is awaited
  bool retired = false;                    // ends when it asks for more work: the function changed or is gone
  std::optional<http::Responder> waiting;  // it asks for work now
  std::optional<function::Start> current;
  bool delivered = false;                   // the current invocation has been handed to the process
  std::optional<function::Outcome> answer;  // the process has answered; reported once its earlier output has been read
  base::Time created{};
  base::Duration init_duration{0};  // until it first asked for work; 0 after the first invocation
  base::Time started{};             // of the current invocation
  base::Time asks_until{};          // after its answer, if it has no work left
  base::Time works_until{};         // after its answer, if it has
  base::Time deadline{};            // of the init, the invocation, or the idle time
};

}  // namespace athanor::runtime
