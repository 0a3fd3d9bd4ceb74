// The main loop of a function: asks the Lambda Runtime API for the next event, hands it to the handlers, answers. The
// same executable runs under Athanor and on AWS (`provided.al2023`, called `bootstrap`).
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "sdk/aws_client.h"
#include "sdk/event_handlers.h"

namespace athanor::sdk {

struct LambdaRuntime {
  std::string runtime_api;   // AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001"
  const base::Clock& clock;  // borrowed
  Send send;                 // its response timeout must be long: an idle function waits in it
  std::function<void(std::string_view line)> log = [](std::string_view) {};
};

// Handles one invocation. A handler's failure is reported to the API as a function error, and the loop goes on; an
// error returned here means that the API cannot be reached or does not answer as documented.
Result<void> run_one_invocation(const LambdaRuntime& runtime, const EventHandlers& handlers);

// Runs until the API fails, and returns its error.
Error run_invocations(const LambdaRuntime& runtime, const EventHandlers& handlers);

// Reports that the function cannot start, and why: its settings are bad, say, or a file is missing.
Result<void> report_init_error(const LambdaRuntime& runtime, const Error& error);

}  // namespace athanor::sdk
