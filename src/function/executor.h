// The interface to processes: how an invocation is run. runtime/ implements it, the simulation scripts it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace athanor::function {

// The part of a function's configuration that its processes depend on. Another `revision_id` means other processes.
struct FunctionSpec {
  std::string arn;
  std::string name;
  std::string region;
  std::string account;
  std::string runtime;  // "provided.al2023": the executable `bootstrap` is run, whatever this says
  std::string handler;
  std::string code_id;  // of runtime/code_store.h: the SHA-256 of the zip, in hexadecimal
  std::string revision_id;
  std::chrono::seconds timeout{3};
  std::int64_t memory_mb = 128;
  std::map<std::string, std::string> environment;
  std::optional<std::int64_t> reserved_concurrency{};  // of processes at once, one still at work included
};

enum class OutcomeKind : std::uint8_t {
  Success,        // the function answered
  FunctionError,  // the function reported an error of its own
  Timeout,
  Crash,      // the process ended, or answered more than it may
  InitError,  // the process never asked for its first invocation
  Refused,    // no process could be had (too many, or the code is missing), or the server stopped meanwhile
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::Success;
  std::string payload;     // the answer, or the error object as Lambda words it
  std::string error_type;  // "Sandbox.Timedout", "Runtime.ExitError", or the function's own; empty for Success
  std::string log_tail;    // of what the process printed during this invocation, at most 4 KB
  base::Duration duration{0};

  bool is_success() const { return kind == OutcomeKind::Success; }
};

struct Start {
  std::string request_id;
  FunctionSpec function;
  std::string invoked_arn;     // with the qualifier that the invoker gave; or empty: the function's own
  std::string client_context;  // a JSON object on one line, for Lambda-Runtime-Client-Context; or empty
  std::string trace_header;    // for Lambda-Runtime-Trace-Id; or empty: the function gets one of its own
  std::function<Result<std::string>()> payload;  // called once, where blocking on the disk does no harm
  std::function<void(Outcome)> done;             // called once, from any thread
};

class Executor {
 public:
  virtual ~Executor() = default;
  // Starts the invocation on an idle process, or on a new one. Never blocks. The caller respects the concurrency
  // limits; beyond its own limit of processes an executor answers Refused.
  virtual void start(Start start) = 0;
  // The function changed or is gone: its processes end, busy ones after their invocation.
  virtual void retire(const std::string& function_arn) = 0;
};

}  // namespace athanor::function
