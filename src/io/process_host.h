// The seam to processes: starting, hearing from, and ending them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace athanor::io {

struct ProcessSpec {
  std::string program;                   // path of an executable; its only argument is itself
  std::vector<std::string> environment;  // "NAME=value", complete: nothing is inherited
  std::string working_directory;
  std::uint64_t file_bytes_max = 512ULL << 20;  // of any file it writes
  std::uint64_t descriptors_max = 1'024;        // Lambda's own limit

  // Called on the host's thread (but see flush_output): what it prints (standard output and error as one), and once, at
  // last, how it ended ("exit status 1", "signal: killed"). Output of children that outlive it is dropped.
  std::function<void(std::string_view chunk)> on_output;
  std::function<void(std::string how)> on_exit;
  // Whether what it prints is to be read now: asked on the host's thread, before each MiB at most. What is not read
  // fills its pipe, and then it waits in its write. When the answer changes to yes, the host is to be told: read_on.
  std::function<bool()> takes_output = [] { return true; };
};

class ProcessHost {
 public:
  virtual ~ProcessHost() = default;
  // Starts a process in a group of its own. Returns its id. While it starts, it is background work (background.h).
  // NotFound when there is no executable; Corrupt, and why, when there is one that the system cannot run.
  virtual Result<int> spawn(ProcessSpec spec) = 0;
  // Its start is over, or has taken long enough: it and its children are served like anybody else.
  virtual void has_started(int process) = 0;
  // Some takes_output has another answer now. Any thread.
  virtual void read_on() = 0;
  // Calls on_output, whatever takes_output says, on this thread, with what the process has printed until now and nobody
  // has read: when it says so in another way (an answer), what it printed before must not come behind.
  virtual void flush_output(int process) = 0;
  // Kills the process and its whole group, at once. on_exit follows. Children that made a session of their own escape.
  virtual void kill_group(int process) = 0;
  // The most memory the process itself has held, in bytes; 0 when nobody knows.
  virtual std::uint64_t peak_memory_bytes(int process) const = 0;
};

}  // namespace athanor::io
