// How the process's file descriptors are shared out, so that the log always has one for its next file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace athanor::server {

struct DescriptorShares {
  std::size_t connections_max = 0;
  std::size_t functions_max = 0;      // function processes at once
  std::size_t log_files_max = 0;      // of the log, open for readers
  std::size_t function_logs_max = 0;  // open at once

  bool operator==(const DescriptorShares&) const = default;
};

// Shares out `descriptors_max`. Files, threads and `functions_max` processes get what they need, at least a tenth;
// connections get the rest. If that is less than a quarter, connections get a quarter, and processes (down to one) and
// open log files are reduced. No number exceeds `wanted`.
DescriptorShares share_descriptors(std::uint64_t descriptors_max, const DescriptorShares& wanted, std::size_t threads);

}  // namespace athanor::server
