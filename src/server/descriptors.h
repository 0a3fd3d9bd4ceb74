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

// Shares out `descriptors_max`. Files, threads and `functions_max` processes get what they need, a tenth at least;
// connections get the rest. Where less than a quarter would be left for these, they get a quarter, and processes (down
// to one) and open files of the log become fewer. No number is above `wanted`.
DescriptorShares share_descriptors(std::uint64_t descriptors_max, const DescriptorShares& wanted, std::size_t threads);

}  // namespace athanor::server
