// One simulated run of the whole system: from a seed to a verdict.
//
// The promises that are checked, after all faults are healed and everything has come to rest (docs/reliability.md):
//   an acknowledged event reached its queue and its function, or the dead-letter queue, and stands once in the archive;
//   nothing arrived that nobody sent; a message whose deletion was acknowledged did not come back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace athanor::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  int steps = 300;
  bool power_cuts = true;
  bool acknowledge_before_sync = false;  // a planted bug: the run must find it
};

struct RunReport {
  std::uint64_t trace_hash = 0;  // of everything that happened, in order
  std::vector<std::string> violations;
  // How often the interesting things happened: a run that meets none of them proves nothing.
  std::uint64_t acknowledged = 0, crashes = 0, function_failures = 0, dead_letters = 0, replayed = 0;
};

RunReport run(const RunOptions& options);

}  // namespace athanor::sim
