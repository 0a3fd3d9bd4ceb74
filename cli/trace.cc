#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>

#include "api/athanor.h"
#include "cli/causation_tree.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/time_words.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor trace 6f0c1f0e-8b0e-4d3e-9a43-0f7c3f1a2b4c
  athanor trace run-2025-10-13 --json

Each event is shown below the one that caused it, with the time since then and where it was delivered. Events carry
their ids in the detail (correlation_id, causation_id) or as resources "correlation:ID" and "causation:ID".)";

void run(Session& session, const std::string& correlation_id) {
  const auto response = session.call<api::Trace>({.correlation_id = correlation_id});
  if (!response) return session.fail(response.error());
  if (session.json) session.print_json(*response);
  if (response->events.empty()) {
    return session.fail(
        not_found(fmt::format("No event in {} carries the correlation id {}.", session.asked_region(), correlation_id)),
        "athanor tail --since 1h --json shows the ids that events carry");
  }
  if (response->is_cut)
    session.console().note(
        fmt::format("only the first {} events are shown; more carry this correlation id", response->events.size()));
  if (session.json) return;
  const auto [first, last] = std::ranges::minmax(response->events, {}, &api::TracedEvent::time);
  auto& console = session.console();
  console.line(fmt::format("{}: {} {} within {}", correlation_id, response->events.size(),
                           response->events.size() == 1 ? "event" : "events", format_duration(last.time - first.time)));
  for (const auto& line : draw_causation_tree(response->events, console)) console.line(line);
}

}  // namespace

void add_trace(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("trace", "Show what an event caused, and where it was delivered.");
  command->footer(kExamples);
  const auto id = std::make_shared<std::string>();
  command->add_option("CORRELATION", *id, "the events' correlation id")->required();
  command->callback([&session, id] { run(session, *id); });
}

}  // namespace athanor::cli
