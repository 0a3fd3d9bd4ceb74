// Runs invocations on processes that speak the Lambda Runtime API.
//
// One thread owns all environments; starts, requests of the Runtime API, output and ends of processes reach it through
// one inbox. Source: Lambda developer guide, "custom runtimes" and "runtime API".
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "function/executor.h"
#include "io/file_system.h"
#include "io/process_host.h"
#include "runtime/code_store.h"

namespace athanor::runtime {

// Connections to the Runtime API, per process allowed: more are closed at once, since each takes one of our
// descriptors.
inline constexpr std::size_t kConnectionsPerProcess = 4;
// For one process: one that leaves its connections open does not take those of others.
inline constexpr std::size_t kConnectionsOfProcessMax = 2 * kConnectionsPerProcess;

// How long a process with no work left may take from its answer to its next request. One that takes longer may go on
// working for as long as its function's timeout allows, while others run what comes next. Our choice.
inline constexpr base::Duration kAsksWithin = std::chrono::milliseconds{100};

class ProcessExecutor final : public function::Executor {
 public:
  struct Settings {
    std::size_t processes_max = 16;
    // From the start of a process to its first request for work: Lambda's. One that takes longer uses up its first
    // invocation's time.
    std::chrono::seconds init_timeout{10};
    std::chrono::minutes idle_timeout{10};  // an environment without work ends
    std::string log_directory;
    std::size_t log_files_max = 32;         // open at once
    std::string endpoint_url;               // handed to functions as AWS_ENDPOINT_URL
    std::string access_key_id = "athanor";  // ... and the keys they sign with
    std::string secret_access_key = "athanor";
    std::uint64_t seed = 1;
  };

  // `running` is never set: setting the wall clock ends no function, and lets none run on.
  ProcessExecutor(Settings settings, const base::Clock& wall, const base::Clock& running, io::ProcessHost& processes,
                  io::FileSystem& files, CodeStore& code);
  ~ProcessExecutor() override;  // stops

  // Opens the Runtime API on loopback. Called before the first start.
  Result<void> listen();
  // Kills every process; open invocations end as crashes. Called before those they report to are gone.
  void stop();

  void start(function::Start start) override;
  void retire(const std::string& function_arn) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // processes that outlive this for a moment tell it how they ended
};

}  // namespace athanor::runtime
