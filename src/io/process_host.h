// The interface to processes: starting them, reading their output, and ending them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace athanor::io {

struct ProcessSpec {
  std::string program;                   // path of an executable, also its only argument
  std::vector<std::string> environment;  // "NAME=value", complete: nothing is inherited
  std::string working_directory;
  std::uint64_t file_bytes_max = 512ULL << 20;  // of any file it writes
  std::uint64_t descriptors_max = 1'024;        // Lambda's own limit

  // Called on the host's thread (but see flush_output): with its output (standard output and error merged), and last,
  // once, with how it ended ("exit status 1", "signal: killed"). Output of children that outlive it is dropped.
  std::function<void(std::string_view chunk)> on_output;
  std::function<void(std::string how)> on_exit;
  // Whether to read its output now: asked on the host's thread, at least once per MiB. Unread output fills the pipe,
  // and then the process blocks in its write. Call read_on when the answer changes to yes.
  std::function<bool()> takes_output = [] { return true; };
};

class ProcessHost {
 public:
  virtual ~ProcessHost() = default;
  // Starts a process in a group of its own. Returns its id. While it starts, it is background work (background.h).
  // NotFound when there is no executable; Corrupt, and why, when there is one that the system cannot run.
  virtual Result<int> spawn(ProcessSpec spec) = 0;
  // Its start is over, or has taken long enough: it and its children are scheduled like any other process.
  virtual void has_started(int process) = 0;
  // Some takes_output has changed its answer. Any thread.
  virtual void read_on() = 0;
  // Calls on_output on this thread, whatever takes_output says, with what the process has printed and is still unread.
  // For use when the process has answered in another way: what it printed before that must not arrive later.
  virtual void flush_output(int process) = 0;
  // Kills the process and its whole group at once. on_exit follows. Children in a session of their own escape.
  virtual void kill_group(int process) = 0;
  // The most memory the process itself has held, in bytes; 0 when unknown.
  virtual std::uint64_t peak_memory_bytes(int process) const = 0;
};

}  // namespace athanor::io
