// athanor-sim: runs simulated worlds from seeds, and says what broke.
#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "sim/world.h"

namespace {

int usage() {
  fmt::print(stderr,
             "usage: athanor-sim --seed N [--steps N]      one run: its hash, and what it broke\n"
             "       athanor-sim --seeds N [--from N]      many runs; stops at the first that breaks a promise\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 0, seeds = 0, from = 1;
  athanor::sim::RunOptions options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto value = i + 1 < argc ? athanor::base::to_int(argv[i + 1]) : std::nullopt;
    if (!value || *value < 0) return usage();
    const auto number = static_cast<std::uint64_t>(*value);
    if (name == "--seed")
      seed = number;
    else if (name == "--seeds")
      seeds = number;
    else if (name == "--from")
      from = number;
    else if (name == "--steps")
      options.steps = static_cast<int>(number);
    else
      return usage();
  }
  if (seed == 0 && seeds == 0) return usage();
  if (seed != 0) from = seed, seeds = 1;
  std::uint64_t acknowledged = 0, crashes = 0;
  for (options.seed = from; options.seed < from + seeds; ++options.seed) {
    const auto report = athanor::sim::run(options);
    acknowledged += report.acknowledged;
    crashes += report.crashes;
    if (seed != 0)
      fmt::print("seed {} hash {:016x}: {} acknowledged, {} crashes\n", seed, report.trace_hash, report.acknowledged,
                 report.crashes);
    for (const std::string& violation : report.violations) fmt::print("seed {}: {}\n", options.seed, violation);
    if (!report.violations.empty()) return 1;
  }
  fmt::print("{} seeds, {} events acknowledged, {} crashes, no promise broken\n", seeds, acknowledged, crashes);
  return 0;
}
