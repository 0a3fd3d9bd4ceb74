#include "server/descriptors.h"

#include <algorithm>

#include "runtime/process_executor.h"

namespace athanor::server {
namespace {

// Files the log writes, snapshots, code being unpacked, listeners.
constexpr std::uint64_t kFiles = 32;
constexpr std::uint64_t kPerThread = 4;  // epoll and its wake-up
// Its pidfd, its output, its listener, its connections, and the other end of a pipe while it starts.
constexpr std::uint64_t kPerFunction = 4 + runtime::kConnectionsPerProcess;

}  // namespace

DescriptorShares share_descriptors(std::uint64_t descriptors_max, const DescriptorShares& wanted, std::size_t threads) {
  const std::uint64_t fixed = kFiles + wanted.log_files_max + wanted.function_logs_max + kPerThread * threads;
  const std::uint64_t needed = fixed + kPerFunction * wanted.functions_max;
  const std::uint64_t kept = std::min(std::max(descriptors_max / 10, needed), descriptors_max - descriptors_max / 4);
  const std::uint64_t functions = (std::max(kept, fixed) - fixed) / kPerFunction;
  return {.connections_max = std::min<std::uint64_t>(wanted.connections_max, descriptors_max - kept),
          .functions_max = std::clamp<std::uint64_t>(functions, 1, wanted.functions_max),
          .log_files_max = std::clamp<std::uint64_t>(descriptors_max / 8, 1, wanted.log_files_max),
          .function_logs_max = std::clamp<std::uint64_t>(descriptors_max / 16, 1, wanted.function_logs_max)};
}

}  // namespace athanor::server
