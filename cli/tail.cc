#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "api/athanor.h"
#include "api/events.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/option_values.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/time_words.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor tail                                   every event of the region, from now on
  athanor tail --bus orders --since 10m          the events of the last ten minutes, and new ones
  athanor tail --pattern '{"source": [{"prefix": "alchemiser."}]}'
  athanor tail --bus orders --since 1h --no-follow --json > events.jsonl

Runs until Ctrl-C, or with --no-follow to the end of the log. If the server stops, tail waits for it, and continues
where it left off.)";

// The longest the server holds a long poll.
constexpr std::int64_t kWaitSeconds = 20;
constexpr std::size_t kDetailWidth = 160;

struct Options {
  std::string bus, pattern;
  std::optional<base::Time> since;
  bool no_follow = false;
  bool full = false;
  std::int64_t limit = 0;
};

void print(Session& session, const api::TailedEvent& event, bool full) {
  if (session.json) return session.print_json_line(event);
  auto& console = session.console();
  console.line(fmt::format(
      "{}  {}  {}  {}  {}  {}", format_moment(event.time, session.now()), shortened(event.event_bus_name, 64),
      shortened(event.source, 128), console.styled(shortened(event.detail_type, 128), Style::Bold),
      console.styled(event.event_id, Style::Dim), shortened(event.detail, full ? 1'048'576 : kDetailWidth)));
}

void run(Session& session, const Options& options) {
  api::TailEventsRequest request;
  if (!options.bus.empty()) {
    if (const auto bus = session.call<api::DescribeEventBus>({.name = options.bus}); !bus) {
      return session.fail_to_find(bus.error(),
                                  "without --bus, tail shows every bus; aws events list-event-buses lists them");
    }
    request.event_bus_name = options.bus;
  }
  if (!options.pattern.empty()) {
    auto pattern = read_argument(options.pattern);
    if (!pattern) return session.fail(pattern.error());
    request.event_pattern = std::move(*pattern);
  }
  request.from_time = options.since;
  request.wait_time_seconds = 0;  // so that the first answer says at once where the log ends

  for (std::int64_t printed = 0;;) {
    if (options.limit > 0) request.limit = std::min<std::int64_t>(options.limit - printed, 100);
    const auto response = request.from_position && !options.no_follow
                              ? session.call_when_there<api::TailEvents>(request)
                              : session.call<api::TailEvents>(request);
    if (!response) return session.fail(response.error());
    for (const auto& event : response->events) print(session, event, options.full);
    if (!session.console().can_print()) return;
    printed += static_cast<std::int64_t>(response->events.size());
    if (options.limit > 0 && printed >= options.limit) return;
    if (options.no_follow && response->events.empty() && request.from_position == response->next_position) return;
    request.from_position = response->next_position;
    request.from_time.reset();
    if (!options.no_follow) request.wait_time_seconds = kWaitSeconds;
  }
}

}  // namespace

void add_tail(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("tail", "Print the events of a bus as they arrive.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  command->add_option("--bus", options->bus, "name or ARN of the bus; default: every bus of the region")
      ->type_name("NAME");
  command->add_option("--pattern", options->pattern, "show only events that match this pattern: JSON, @file or -")
      ->type_name("JSON");
  add_moment(*command, "--since", options->since, "start in the past: 10m or 2h ago, or ISO 8601; default: now",
             session);
  command->add_option("--limit", options->limit, "stop after N events")->type_name("N")->check(at_least(1));
  command->add_flag("--no-follow", options->no_follow, "stop at the end of the log");
  command->add_flag("--full", options->full, "print whole details, however long");
  command->callback([&session, options] { run(session, *options); });
}

}  // namespace athanor::cli
