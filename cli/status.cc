#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "api/athanor.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/time_words.h"

namespace athanor::cli {
namespace {

void run(Session& session) {
  const auto status = session.call<api::Status>({});
  if (!status) return session.fail(status.error());
  if (session.json) return session.print_json(*status);
  auto& console = session.console();
  console.line(fmt::format("Athanor {} at {}, up {}", status->version, session.asked(),
                           format_duration(std::chrono::seconds{status->uptime_seconds})));
  console.line(fmt::format("data {}, log end {}, committed {}", status->data_directory, status->log_end,
                           status->commit_position));
  std::vector<Row> rows{{{"COUNTER"}, {"VALUE"}}};
  for (const auto& [name, value] : status->counters) rows.push_back({{name}, {fmt::format("{}", value)}});
  if (rows.size() > 1) console.line(format_table(rows, console));
  for (const auto& notice : status->notices)
    console.line(fmt::format("{} {}", console.styled("!", Style::Caution), notice));
}

}  // namespace

void add_status(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("status", "Show the server's version, state and counters.");
  command->footer(
      "\nExamples:\n  athanor status --json\n  until athanor status; do sleep 1; done     wait until the server is "
      "ready");
  command->callback([&session] { run(session); });
}

}  // namespace athanor::cli
