#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/session.h"

namespace athanor::cli {
namespace {

constexpr std::string_view kVersion = ATHANOR_VERSION;  // set by the build

}  // namespace

void add_version(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("version", "Print the version of this program.");
  command->footer("\nExample:\n  athanor version\n\nathanor status prints the server's version.");
  command->callback([&session] {
    session.console().line(session.json ? fmt::format(R"({{"Version":"{}"}})", kVersion)
                                        : fmt::format("athanor {}", kVersion));
  });
}

}  // namespace athanor::cli
