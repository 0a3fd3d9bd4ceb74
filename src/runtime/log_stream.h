// What one environment prints, on its way to its function's log: what Lambda calls a log stream.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "runtime/function_log.h"

namespace athanor::runtime {

// One thread. Log and clock outlive it.
class LogStream {
 public:
  LogStream(FunctionLog& log, const base::Clock& wall, std::string function_name, std::string name);

  // "2026/11/23/[$LATEST]<hex>", as Lambda names them.
  const std::string& name() const { return name_; }

  // What the process has printed, as it came. Keeps 1 MiB per invocation; a line says that more is dropped.
  void hear(std::string_view text);
  // A line of our own, after what the function has printed.
  void print(std::string_view text);
  // Ends a line that is still unfinished.
  void end_line();

  // From here on the tail is that of the new invocation.
  void begin_invocation();
  // The last 4 KiB, for X-Amz-Log-Result; empties the tail.
  std::string take_tail();

 private:
  void add_to_tail(std::string_view text);

  FunctionLog& log_;
  const base::Clock& wall_;
  std::string function_name_;
  std::string name_;
  std::string tail_;
  std::string unfinished_line_;   // printed, but not yet in the log
  std::size_t output_bytes_ = 0;  // of the current invocation
};

}  // namespace athanor::runtime
