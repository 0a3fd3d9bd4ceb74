// One simulated run of the whole system: from a seed, or a script, to a verdict.
//
// For what is checked see sim/checker.h, and for why docs/reliability.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/coverage.h"
#include "sim/script.h"

namespace athanor::sim {

inline constexpr int kSteps = 300;

struct RunReport {
  std::uint64_t trace_hash = 0;  // hash of everything that happened, in order
  std::vector<std::string> violations;
  Coverage coverage;
};

// `tells` prints every step to standard output.
RunReport run(const Script& script, bool tells = false);

}  // namespace athanor::sim
