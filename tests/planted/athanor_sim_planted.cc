// athanor-sim-planted: the simulation, with one bug of base/planted.h in it.
#include <fmt/format.h>

#include <unistd.h>
#include <csignal>
#include <string_view>

#include "base/text.h"
#include "sim/world.h"
#include "tests/planted/bugs.h"

namespace {

std::uint64_t running = 0;  // seed

// An assertion of the server has found it.
void on_abort(int) {
  const std::string line = fmt::format("seed {}: an assertion failed\n", running);
  [[maybe_unused]] const auto written = write(STDOUT_FILENO, line.data(), line.size());
  _exit(1);
}

int usage() {
  fmt::print(stderr,
             "usage: athanor-sim-planted --list                    the bugs\n"
             "       athanor-sim-planted --bug NAME --seeds N      0 when no seed found it, 1 when one did\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view{argv[1]} == "--list") {
    for (const auto name : athanor::planted::names()) fmt::print("{}\n", name);
    return 0;
  }
  if (argc != 5 || std::string_view{argv[1]} != "--bug" || std::string_view{argv[3]} != "--seeds") return usage();
  const auto seeds = athanor::base::to_int(argv[4]);
  if (!seeds || !athanor::planted::choose(argv[2])) return usage();
  std::signal(SIGABRT, on_abort);
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(*seeds); ++seed) {
    running = seed;
    const auto report = athanor::sim::run(athanor::sim::draw_script(seed, athanor::sim::kSteps));
    if (report.violations.empty()) continue;
    fmt::print("seed {}: {}\n", seed, report.violations.front());
    return 1;
  }
  fmt::print("no seed up to {} found it\n", *seeds);
  return 0;
}
