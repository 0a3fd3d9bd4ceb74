#include "sim/shrink.h"

#include <algorithm>
#include <string>

#include "sim/world.h"

namespace athanor::sim {
namespace {

// The invariant that a run breaks first: "I7"; empty when it breaks none.
std::string broken_by(const Script& script) {
  const auto report = run(script);
  return report.violations.empty() ? std::string{} : report.violations.front().substr(0, 3);
}

bool shrink_faults(Script& script, const std::string& broken) {
  bool smaller = false;
  for (std::size_t i = 0; i < kFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (!script.faults.has(fault)) continue;
    Script without = script;
    without.faults.set(fault, false);
    if (broken_by(without) != broken) continue;
    script = std::move(without);
    smaller = true;
  }
  return smaller;
}

bool shrink_steps(Script& script, const std::string& broken) {
  bool smaller = false;
  for (std::size_t size = (script.steps.size() + 1) / 2; size > 0; size /= 2) {
    for (std::size_t first = 0; first < script.steps.size();) {
      Script without = script;
      const auto begin = without.steps.begin() + static_cast<std::ptrdiff_t>(first);
      without.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(size, without.steps.size() - first)));
      if (broken_by(without) == broken) {
        script = std::move(without);
        smaller = true;
      } else {
        first += size;
      }
    }
  }
  return smaller;
}

}  // namespace

Script shrink(Script script) {
  const std::string broken = broken_by(script);
  for (bool smaller = true; smaller;) {
    smaller = shrink_faults(script, broken);
    smaller = shrink_steps(script, broken) || smaller;
  }
  return script;
}

}  // namespace athanor::sim
