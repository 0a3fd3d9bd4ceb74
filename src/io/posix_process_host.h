// Processes of this machine, watched by one thread.
#pragma once

#include "io/process_host.h"

#include <memory>

namespace athanor::io {

class PosixProcessHost final : public ProcessHost {
 public:
  PosixProcessHost();
  // Kills the processes that still run and waits for them.
  ~PosixProcessHost() override;

  Result<int> spawn(ProcessSpec spec) override;
  void has_started(int process) override;
  void read_on() override;
  void flush_output(int process) override;
  void kill_group(int process) override;
  std::uint64_t peak_memory_bytes(int process) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace athanor::io
