// The parts of a running server, put together and taken apart again.
#pragma once

#include <atomic>
#include <memory>

#include "auth/credentials.h"
#include "base/result.h"
#include "engine/loop.h"
#include "http/server.h"
#include "io/doubting_clock.h"
#include "io/posix_file_system.h"
#include "io/posix_process_host.h"
#include "io/system_clock.h"
#include "log/log.h"
#include "observe/counters.h"
#include "runtime/code_store.h"
#include "runtime/process_executor.h"
#include "server/descriptors.h"
#include "server/handler.h"
#include "server/router.h"
#include "server/settings.h"
#include "server/stopping_executor.h"

namespace athanor::server {

class RunningServer {
 public:
  // `settings` outlives it; its port and functions_max are set to what is actually used.
  explicit RunningServer(Settings& settings);
  // Finishes what was accepted. However far startup got, each part is stopped before what it needs is destroyed.
  ~RunningServer();

  // Called in this order. Each fails with the error of the part it creates: the log, the port, the state.
  Result<void> open();    // the log, and the code of functions
  Result<void> listen();  // answers 503 until start() is done
  Result<void> start();   // functions and engine; returns when the state is loaded

  void say_what_runs() const;
  // Removes function code that nothing uses; to be called now and then.
  void sweep();

 private:
  Result<void> open_log();
  Result<void> check_that_files_can_be_made();
  void add_credentials();

  Settings& settings_;
  const io::SystemClock clock_;
  const base::Time begun_ = clock_.now();
  const DescriptorShares wanted_;
  const std::uint64_t descriptors_max_;
  const unsigned threads_;
  const DescriptorShares shares_;
  observe::Counters counters_;
  io::PosixFileSystem files_;
  std::unique_ptr<io::FileSystem> watched_files_;  // only where a test wants to see this process die
  auth::CredentialStore credentials_;
  std::string function_key_, function_secret_;  // functions sign with these; valid for this run only
  // Each needs those above it.
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<runtime::CodeStore> code_;
  std::atomic<Router*> ready_{nullptr};
  std::unique_ptr<http::Server> server_;
  io::PosixProcessHost processes_;
  const io::RunningClock running_;
  std::unique_ptr<runtime::ProcessExecutor> executor_;
  std::unique_ptr<StoppingExecutor> functions_;
  std::unique_ptr<io::DoubtingClock> ageing_;
  std::unique_ptr<engine::Loop> loop_;
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<Router> router_;
};

}  // namespace athanor::server
