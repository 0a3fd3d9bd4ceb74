// How many descriptors of the process may become what, so that the log always finds one for its next file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace athanor::server {

struct DescriptorShares {
  std::size_t connections_max = 0;
  std::size_t functions_max = 0;      // processes of functions at once
  std::size_t log_files_max = 0;      // of the log, open for readers
  std::size_t function_logs_max = 0;  // open at once

  bool operator==(const DescriptorShares&) const = default;
};

// Shares out `descriptors_max`. A tenth, and at least what files, threads and `functions_max` processes can take, is no
// connection's; where there is little, a quarter is connections' all the same, functions are fewer, but one, and files
// are closed earlier. All numbers are at most what is asked for.
DescriptorShares share_descriptors(std::uint64_t descriptors_max, const DescriptorShares& wanted, std::size_t threads);

}  // namespace athanor::server
