// A program under test: started on its own core, measured through /proc, ended with the benchmark.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace athanor::bench {

// The cores of server and load; both 0 on a single-core machine.
struct Cores {
  int server = 0;
  int load = 0;
};
Cores choose_cores();

// Pins the calling thread. No effect where that is not permitted.
void pin_to_core(int core);

class Process {
 public:
  struct Settings {
    std::vector<std::string> command;                                   // the program is looked for in PATH
    std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours
    int core = 0;
    std::string user = {};  // the user it runs as when we are root: PostgreSQL refuses root
  };

  static Result<std::unique_ptr<Process>> start(Settings settings);
  // Kills it with SIGKILL if it is still running.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Waits for the first line of its output that contains `words`, and returns it. Unavailable if it ends first.
  Result<std::string> wait_for_line(std::string_view words);
  // Waits until something accepts connections on `port`. Unavailable if the program ends first.
  Result<void> wait_for_port(std::uint16_t port);

  // Sends the signal and waits until it has ended; SIGKILL follows after half a minute. Returns the exit status as
  // given by waitpid.
  int stop(int signal);
  // Waits until it ends on its own.
  int wait();

  pid_t pid() const { return pid_; }
  std::chrono::nanoseconds cpu_time() const;  // of all its threads, user and system
  std::uint64_t resident_bytes() const;
  std::uint64_t resident_bytes_max() const;  // since its start

 private:
  Process(pid_t pid, int output) : pid_(pid), output_(output) {}
  bool has_ended();
  std::uint64_t status_kib(std::string_view name) const;

  pid_t pid_;
  int output_;        // what it prints
  std::string text_;  // read from there
  std::optional<int> ended_;
};

// Whether the program is in PATH (or is a path that can be executed).
bool is_installed(const std::string& program);

// CPU time of the calling thread; and of everything running on this machine.
std::chrono::nanoseconds thread_cpu_time();
std::chrono::nanoseconds machine_cpu_time();

// A port that nothing is listening on at the moment.
Result<std::uint16_t> free_port();

// "Cannot <doing>: <what errno says>."
Error system_error(std::string_view doing);

}  // namespace athanor::bench
