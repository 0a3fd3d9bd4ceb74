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
#include "base/random.h"
#include "function/executor.h"
#include "io/file_system.h"
#include "io/process_host.h"
#include "runtime/code_store.h"

namespace athanor::runtime {

// To the Runtime API, times the processes there may be: more are closed at once, since each takes a descriptor of ours.
inline constexpr std::size_t kConnectionsPerProcess = 4;
// Of one process: one that leaves its connections open leaves the others theirs.
inline constexpr std::size_t kConnectionsOfProcessMax = 2 * kConnectionsPerProcess;

// From its answer to its next request of a process that has no work left. One that takes longer may work on for as long
// as its function's timeout lets it, and others run meanwhile what comes next. Our choice.
inline constexpr base::Duration kAsksWithin = std::chrono::milliseconds{100};

class ProcessExecutor final : public function::Executor {
 public:
  struct Settings {
    std::size_t processes_max = 16;
    std::chrono::seconds init_timeout{10};  // from the start of a process to its first request for work: Lambda's
    std::chrono::minutes idle_timeout{10};  // an environment without work ends
    std::string log_directory;
    std::size_t log_files_max = 32;         // open at once
    std::string endpoint_url;               // handed to functions as AWS_ENDPOINT_URL
    std::string access_key_id = "athanor";  // ... and the keys they sign with
    std::string secret_access_key = "athanor";
    std::uint64_t seed = 1;
  };

  // `running` is never set: whoever sets the wall's clock ends no function, and lets none go on.
  ProcessExecutor(Settings settings, const base::Clock& wall, const base::Clock& running, io::ProcessHost& processes,
                  io::FileSystem& files, CodeStore& code);
  ~ProcessExecutor() override;  // stops

  // Opens the Runtime API on loopback. Before the first start.
  Result<void> listen();
  // Kills every process; open invocations end as crashes. Before whoever hears of that is gone.
  void stop();

  void start(function::Start start) override;
  void retire(const std::string& function_arn) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // processes that outlive this for a moment tell it how they ended
};

}  // namespace athanor::runtime
