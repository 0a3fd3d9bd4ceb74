// athanor-bench: the whole system under load, and what we compare it with. Called by bench/run.
#include <fmt/format.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "bench/suites.h"

namespace athanor::bench {
namespace {

std::string processor_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return std::string{base::trim(line.substr(line.find(':') + 1))};
  }
  return "unknown";
}

std::vector<std::pair<std::string, std::string>> describe_machine(const Bench& bench) {
  utsname system{};
  ::uname(&system);
  return {{"processor", processor_name()},
          {"kernel", fmt::format("{} {}", system.sysname, system.release)},
          {"cores", fmt::format("server on {}, load on {}", bench.cores.server, bench.cores.load)},
          {"version", ATHANOR_VERSION},
          {"runs", fmt::format("{}{} of each load, median reported", bench.quick ? "quick, " : "", bench.repeats)}};
}

Result<void> run_suites(Bench& bench, const std::vector<std::string>& wanted) {
  for (const Suite& suite : suites()) {
    if (std::find(wanted.begin(), wanted.end(), suite.name) == wanted.end()) continue;
    if (auto done = suite.run(bench); !done) {
      Error error = std::move(done).error();
      error.message = fmt::format("{}: {}", suite.name, error.message);
      return error;
    }
  }
  return {};
}

int run(int argc, char** argv) {
  Bench bench;
  std::vector<std::string> wanted;
  std::string json;
  CLI::App program{"Measures Athanor as a whole against the disk, a server that does nothing, and its rivals."};
  program.add_flag("--quick", bench.quick, "about 20 s in all: shows that everything works, not how fast it is");
  const auto* repeats = program.add_option("--repeats", bench.repeats, "runs of each load; the median is reported")
                            ->check(CLI::Range(1, 99));
  program
      .add_option("--seconds", bench.measured_seconds, "measured seconds of each load, for example more for a profile")
      ->check(CLI::Range(1, 200));
  program
      .add_option("--load", bench.load_only,
                  "only this load in put-events and rivals: connections x events per request")
      ->type_name("64x10");
  program.add_option("--json", json, "write the figures to this file, too")->type_name("FILE");
  program.add_option("--programs", bench.programs, "directory that contains the programs athanor and null-server")
      ->required();
  program.add_option("--data", bench.directory, "directory for the servers' data, on the disk to measure")->required();
  std::string names = "Suites (default: all):";
  for (const Suite& suite : suites()) names += fmt::format("\n  {:<14}{}", suite.name, suite.question);
  program.footer(names);
  program.add_option("suites", wanted, "suites to run")->check([](const std::string& name) {
    for (const Suite& suite : suites()) {
      if (suite.name == name) return std::string{};
    }
    return fmt::format("There is no suite {}.", name);
  });
  CLI11_PARSE(program, argc, argv);

  if (bench.quick && repeats->empty()) bench.repeats = 1;
  if (wanted.empty()) {
    for (const Suite& suite : suites()) wanted.emplace_back(suite.name);
  }
  bench.directory = std::filesystem::absolute(bench.directory).string();
  bench.cores = choose_cores();
  pin_to_core(bench.cores.load);

  const auto machine = describe_machine(bench);
  for (const auto& [name, value] : machine) fmt::print("{:<12}{}\n", name, value);
  if (bench.cores.server == bench.cores.load)
    fmt::print("There is only one core: server and load share it, so the figures mean little.\n");
  const auto done = run_suites(bench, wanted);
  std::error_code ignored;
  std::filesystem::remove_all(bench.directory, ignored);
  if (!done) {
    fmt::print(stderr, "bench: {}{}\n", done.error().message, done.error().detail);
    return 1;
  }
  fmt::print("{}", bench.report.goals_table());
  if (!json.empty() && !(std::ofstream{json} << bench.report.json(machine)).good()) {
    fmt::print(stderr, "bench: cannot write {}\n", json);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace athanor::bench

int main(int argc, char** argv) { return athanor::bench::run(argc, argv); }
