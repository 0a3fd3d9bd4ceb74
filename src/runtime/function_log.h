// What functions print, in Lambda's words, one file per function: <directory>/aws/lambda/<name>.log.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "io/file_system.h"

namespace athanor::runtime {

// CloudWatch Logs' limit on an event, which is a line.
inline constexpr std::size_t kLogLineBytes = 256 * 1'024;

// Best effort: a log that cannot be written holds nothing up. One thread.
class FunctionLog {
 public:
  // Keeps at most `open_files_max` files open: each takes a descriptor, and there are many functions.
  FunctionLog(io::FileSystem& files, std::string directory, std::size_t open_files_max)
      : files_(files), directory_(std::move(directory)), open_files_max_(open_files_max) {}

  // Appends each line of `text` after the time and the stream's name; one longer than kLogLineBytes becomes several. A
  // file of 16 MiB is set aside as "<name>.log.1" and a new one begun; likewise, within a second, if somebody truncated
  // or removed it.
  void append(const std::string& function_name, std::string_view stream, base::Time time, std::string_view text);

 private:
  struct Open {
    std::unique_ptr<io::File> file;
    base::Time opened{};
  };
  Open* open(const std::string& function_name, base::Time time);

  io::FileSystem& files_;
  std::string directory_;
  std::size_t open_files_max_;
  std::map<std::string, Open> open_;
};

}  // namespace athanor::runtime
