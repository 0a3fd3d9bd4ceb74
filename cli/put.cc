#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/event_lines.h"
#include "cli/files.h"
#include "cli/option_values.h"
#include "cli/session.h"
#include "format/json.h"
#include "sdk/eventbridge_bus.h"

namespace athanor::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  athanor put --bus orders --source shop --detail-type OrderPlaced --detail '{"id": 7}'
  athanor put --source shop --detail-type OrderPlaced --detail @order.json      from a file
  echo '{"id": 7}' | athanor put --source shop --detail-type OrderPlaced --detail -
  athanor put --bus orders --lines events.jsonl       one PutEvents entry per line; - for standard input
  athanor tail --bus orders --json --no-follow --since 1h | athanor put --bus copy --lines -

Prints the EventId of each event, in order: that event is on disk. Refused events are reported on standard error.)";

struct Options {
  std::string bus, source, detail_type, detail, lines;
  std::optional<base::Time> time;
  std::vector<std::string> resources;
};

void set_if_given(std::optional<std::string>& member, const std::string& text) {
  if (!text.empty()) member = text;
}

struct Events {
  std::vector<api::PutEventsRequestEntry> entries;
  std::vector<std::size_t> lines;  // line number of each; empty without --lines

  std::string name(std::size_t i) const {
    return lines.empty() ? fmt::format("event {}", i + 1) : fmt::format("line {}", lines[i]);
  }
};

Result<Events> events_of(const Options& options) {
  api::PutEventsRequestEntry entry;
  set_if_given(entry.event_bus_name, options.bus);
  set_if_given(entry.source, options.source);
  set_if_given(entry.detail_type, options.detail_type);
  if (!options.resources.empty()) entry.resources = options.resources;
  entry.time = options.time;
  if (!options.detail.empty()) {
    ATHANOR_TRY(detail, read_argument(options.detail));
    if (!format::is_valid_json_object(detail)) {
      throw CLI::ValidationError(
          "--detail", "takes a JSON object, such as {\"id\": 7}; @file and - read it from a file or standard input");
    }
    entry.detail = std::move(detail);
  }
  if (options.lines.empty()) return Events{{std::move(entry)}, {}};
  ATHANOR_TRY(text, read_file(options.lines));
  ATHANOR_TRY(lines, parse_event_lines(text, entry));
  Events events;
  for (auto& line : lines) {
    // A bus named on the command line wins: what `tail` printed from one bus should not go back to it.
    if (entry.event_bus_name) line.entry.event_bus_name = entry.event_bus_name;
    events.entries.push_back(std::move(line.entry));
    events.lines.push_back(line.number);
  }
  return events;
}

// Checked here since PutEvents, as in AWS, accepts events for a missing bus and drops them.
Result<void> find_buses(Session& session, const std::vector<api::PutEventsRequestEntry>& entries) {
  std::set<std::string> buses;
  for (const auto& entry : entries) {
    if (entry.event_bus_name) buses.insert(*entry.event_bus_name);
  }
  for (const std::string& bus : buses) ATHANOR_CHECK(session.call<api::DescribeEventBus>({.name = bus}));
  return {};
}

Result<api::PutEventsResponse> put(Session& session, const api::PutEventsRequest& batch) {
  ATHANOR_TRY(response, session.call<api::PutEvents>(batch));
  if (response.entries.size() == batch.entries.size()) return response;
  return Error{ErrorCode::Internal,
               fmt::format("{} returned results for {} of {} events.", session.asked(), response.entries.size(),
                           batch.entries.size()),
               {}};
}

bool is_accepted(const api::PutEventsResultEntry& entry) { return entry.event_id && !entry.error_code; }

// How many entries of a batch were decided: all or, if the server took none, those before the first for which it had no
// room or no time. It would have neither for the rest.
std::size_t decided(const api::PutEventsResponse& response) {
  const auto& entries = response.entries;
  if (std::ranges::any_of(entries, is_accepted)) return entries.size();
  return static_cast<std::size_t>(std::ranges::find_if(entries, sdk::may_pass) - entries.begin());
}

// Prints the outcome of a batch; returns how many entries were refused.
std::size_t report(Session& session, const api::PutEventsResponse& response, const Events& events, std::size_t first) {
  std::size_t refused = 0;
  for (std::size_t i = 0; i < response.entries.size(); ++i) {
    const auto& entry = response.entries[i];
    if (is_accepted(entry)) {
      if (!session.json) session.console().line(*entry.event_id);
    } else {
      ++refused;
      session.console().note(fmt::format("{}: {}: {}", events.name(first + i), entry.error_code.value_or("refused"),
                                         entry.error_message.value_or("")));
    }
  }
  if (session.json) session.print_json_line(response);
  return refused;
}

void run(Session& session, const Options& options) {
  auto events = events_of(options);
  if (!events) return session.fail(events.error(), "nothing was put");
  if (const auto found = find_buses(session, events->entries); !found) {
    const bool is_missing = found.error().code == ErrorCode::NotFound;
    return session.fail(
        found.error(), is_missing ? "nothing was put; aws events list-event-buses lists the buses" : "nothing was put");
  }
  std::size_t done = 0;
  std::size_t refused = 0;
  // For when going on would not help, and nothing was accepted from event `at` on.
  const auto stop = [&](Error error, std::size_t at, std::size_t last) {
    if (events->lines.empty()) return session.fail(error);
    error.message = fmt::format("{}{}: {}", events->name(at),
                                last > at ? fmt::format(" to {}", events->lines[last]) : "", error.message);
    session.fail(error, fmt::format("continue with {}; before it, {} events were accepted and {} refused",
                                    events->name(at), at - refused, refused));
  };
  for (const auto& batch : batches_of(std::move(events->entries))) {
    auto response = put(session, batch);
    session.console().progress({});
    if (!response) return stop(std::move(response).error(), done, done + batch.entries.size() - 1);
    const std::size_t count = decided(*response);
    std::optional<api::PutEventsResultEntry> stopped_by;
    if (count < batch.entries.size()) {
      stopped_by = response->entries[count];
      response->entries.resize(count);  // the rest is reported when it is put
      response->failed_entry_count = static_cast<std::int64_t>(count);
    }
    refused += report(session, *response, *events, done);
    done += count;
    if (stopped_by) {
      const std::string code = stopped_by->error_code.value_or("refused");
      return stop({ErrorCode::Throttled, fmt::format("{}: {}", code, stopped_by->error_message.value_or("")), {}}, done,
                  done);
    }
    if (!events->lines.empty()) session.console().progress(fmt::format("{} of {} sent", done, events->lines.size()));
  }
  session.console().progress({});
  if (refused > 0) session.fail(invalid_input(fmt::format("{} of {} events were refused.", refused, done)));
}

}  // namespace

void add_put(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("put", "Put events on a bus.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  command->add_option("--bus", options->bus, "name or ARN of the bus, overrides --lines; default: the default bus")
      ->type_name("NAME");
  auto* source = command->add_option("--source", options->source, "who sends the event")->type_name("TEXT");
  auto* type = command->add_option("--detail-type", options->detail_type, "what happened, such as OrderPlaced")
                   ->type_name("TEXT");
  auto* detail =
      command->add_option("--detail", options->detail, "data of the event: JSON, @file, or - for standard input")
          ->type_name("JSON");
  command->add_option("--resource", options->resources, "ARN or tag of what the event is about; may be repeated")
      ->allow_extra_args(false)
      ->type_name("TEXT");
  add_moment(*command, "--time", options->time, "when it happened: ISO 8601, or 10m for ten minutes ago; default: now",
             session);
  auto* lines =
      command->add_option("--lines", options->lines, "file of events, one JSON object per line; - for standard input")
          ->type_name("FILE");
  detail->excludes(lines);
  command->callback([&session, options, source, type, detail, lines] {
    if (lines->empty() && (source->empty() || type->empty() || detail->empty())) {
      throw CLI::ValidationError("put", "needs --source, --detail-type and --detail, or --lines");
    }
    run(session, *options);
  });
}

}  // namespace athanor::cli
