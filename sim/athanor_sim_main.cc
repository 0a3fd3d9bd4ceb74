// athanor-sim: runs simulated worlds from seeds, reports what broke, and shrinks failing scripts.
#include <fmt/format.h>

#include <unistd.h>
#include <csignal>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "sim/shrink.h"
#include "sim/world.h"

namespace {

using namespace athanor;

int usage() {
  fmt::print(stderr,
             "usage: athanor-sim --seed N [--faults A,B] [--keep 3,7-9] [--tell 1]\n"
             "                                        one run: prints its hash and the promises that it broke;\n"
             "                                        with --tell 1 also every step\n"
             "       athanor-sim --seeds N [--from N] many runs: prints what they reached; stops at the first run\n"
             "                                        that breaks a promise, and shrinks it\n"
             "both:  --length N                       steps of each run; default: {}\n",
             sim::kSteps);
  return 2;
}

struct Arguments {
  std::uint64_t seed = 0, seeds = 0, from = 1;
  int length = sim::kSteps;
  bool tells = false;
  std::optional<std::string> faults, keep;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--faults") {
      arguments.faults = argv[i + 1];
    } else if (name == "--keep") {
      arguments.keep = argv[i + 1];
    } else {
      const auto value = base::to_int(argv[i + 1]);
      if (!value || *value < 0) return std::nullopt;
      const auto number = static_cast<std::uint64_t>(*value);
      if (name == "--seed")
        arguments.seed = number;
      else if (name == "--seeds")
        arguments.seeds = number;
      else if (name == "--from")
        arguments.from = number;
      else if (name == "--length")
        arguments.length = static_cast<int>(number);
      else if (name == "--tell")
        arguments.tells = number != 0;
      else
        return std::nullopt;
    }
  }
  if (argc % 2 == 0 || (arguments.seed == 0) == (arguments.seeds == 0)) return std::nullopt;
  return arguments;
}

// A failing assertion aborts the process: this says in which run.
char running[64];
void on_abort(int) { [[maybe_unused]] const auto written = write(STDERR_FILENO, running, std::strlen(running)); }

sim::RunReport run_said(const sim::Script& script, bool tells) {
  fmt::format_to_n(running, sizeof running - 1, "athanor-sim: this was seed {}\n\0", script.seed);
  return sim::run(script, tells);
}

int run_one(const Arguments& arguments) {
  sim::Script script = sim::draw_script(arguments.seed, arguments.length);
  if (arguments.faults) {
    const auto faults = sim::parse_faults(*arguments.faults);
    if (!faults) return usage();
    script.faults = *faults;
  }
  if (arguments.keep && !sim::keep_steps(script, *arguments.keep)) return usage();
  const sim::RunReport report = run_said(script, arguments.tells);
  fmt::print("seed {} hash {:016x}: {} steps with {}\n", script.seed, report.trace_hash, script.steps.size(),
             sim::faults_text(script.faults));
  for (const std::string& violation : report.violations) fmt::print("  {}\n", violation);
  return report.violations.empty() ? 0 : 1;
}

int run_many(const Arguments& arguments) {
  sim::Coverage coverage;
  for (std::uint64_t seed = arguments.from; seed < arguments.from + arguments.seeds; ++seed) {
    const sim::Script script = sim::draw_script(seed, arguments.length);
    const sim::RunReport report = run_said(script, false);
    coverage.add(report.coverage);
    if (report.violations.empty()) continue;
    fmt::print("seed {} broke a promise:\n", seed);
    for (const std::string& violation : report.violations) fmt::print("  {}\n", violation);
    const sim::Script small = sim::shrink(script);
    fmt::print(
        "the smallest run that still breaks it:\n  athanor-sim --seed {} --length {} --faults {} --keep {} --tell 1\n",
        seed, arguments.length, sim::faults_text(small.faults), sim::steps_text(small.steps));
    for (const std::string& violation : sim::run(small, true).violations) fmt::print("  {}\n", violation);
    return 1;
  }
  fmt::print("{}", coverage.text());
  // Fewer seeds cannot be expected to reach everything.
  const auto missing = arguments.seeds < 10'000 ? std::vector<std::string_view>{} : coverage.missing();
  for (const std::string_view name : missing) fmt::print("never reached: {}\n", name);
  if (!missing.empty()) return 1;
  fmt::print("{} seeds, {} events acknowledged, no promise broken\n", arguments.seeds,
             coverage.count(sim::Reached::EventsAcknowledged));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) return usage();
  std::signal(SIGABRT, on_abort);
  return arguments->seed != 0 ? run_one(*arguments) : run_many(*arguments);
}
