#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/event_lines.h"
#include "cli/files.h"
#include "cli/pattern_lint.h"
#include "cli/pattern_mistake.h"
#include "cli/session.h"
#include "format/json.h"
#include "pattern/event_pattern.h"
#include "pattern/explain/explain.h"

namespace athanor::cli {
namespace {

using format::JsonValue;

constexpr const char* kExamples = R"(
Examples:
  athanor pattern test '{"source": ["shop"]}' '{"source": "shop.web", "detail": {}}'
  athanor pattern test @rule.json @events.jsonl --explain
  athanor pattern lint --bus orders)";

constexpr const char* kTestExamples = R"(
Examples:
  athanor pattern test '{"source": ["shop"]}' '{"source": "shop.web", "detail": {}}'
                                        each clause, the likely mistake, and what would match
  athanor tail --json --no-follow --since 1h | athanor pattern test @rule.json -
                                        which events of the last hour a new rule would have matched

Needs no server. Exit codes: 0 every event matches, 1 some event does not, 2 the pattern or an event cannot be read.)";

struct Options {
  std::string pattern, event, source, detail_type;
  bool is_detail = false;
  bool explain = false;
};

struct Event {
  std::size_t line = 0;  // counted from 1
  std::string text;      // JSON, an object
};

// Turns an entry of PutEvents, as `athanor tail --json` prints it, into the event that a rule sees; anything else is
// unchanged.
JsonValue as_envelope(JsonValue event) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"EventId", "id"}, {"DetailType", "detail-type"}, {"Source", "source"},       {"Account", "account"},
      {"Time", "time"},  {"Region", "region"},          {"Resources", "resources"}, {"Detail", "detail"}};
  if (event.find("DetailType") == nullptr || event.find("detail-type") != nullptr) return event;
  JsonValue envelope = JsonValue::object({{"version", JsonValue::of("0")}});
  for (const auto& [entry_name, name] : kNames) {
    JsonValue* const member = event.find(entry_name);
    if (member == nullptr) continue;
    if (name == "time") {
      if (const auto time = read_time(*member)) *member = JsonValue::of(base::to_iso8601(*time));
    } else if (name == "detail" && member->is_string()) {
      if (auto detail = format::parse_json(member->text)) *member = std::move(*detail);
    }
    envelope.set(name, std::move(*member));
  }
  return envelope;
}

Result<std::string> event_of(std::string_view text, const Options& options) {
  ATHANOR_TRY(event, format::parse_json(text));
  if (!event.is_object()) return invalid_input("it is not a JSON object");
  if (!options.is_detail) return format::print_json(as_envelope(std::move(event)));
  JsonValue envelope = JsonValue::object();
  if (!options.source.empty()) envelope.set("source", JsonValue::of(options.source));
  if (!options.detail_type.empty()) envelope.set("detail-type", JsonValue::of(options.detail_type));
  envelope.set("detail", std::move(event));
  return format::print_json(envelope);
}

// One JSON value over any number of lines, or one per line.
Result<std::vector<Event>> events_of(std::string_view text, const Options& options) {
  const std::string_view bare = base::trim(text);
  if (bare.empty()) return invalid_input("There is no event to test.");
  if (format::is_valid_json(text) || !format::is_valid_json(bare.substr(0, bare.find('\n')))) {
    auto event = event_of(text, options);
    if (!event) return invalid_input("event: " + event.error().message);
    return std::vector{Event{1, std::move(*event)}};
  }
  std::vector<Event> events;
  std::size_t number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    if (base::trim(line).empty()) continue;
    auto event = event_of(line, options);
    if (!event) return invalid_input(fmt::format("event, line {}: {}", number, event.error().message));
    events.push_back({number, std::move(*event)});
  }
  return events;
}

void print(Session& session, const Event& event, const pattern::Explanation& explanation, bool is_one, bool whole) {
  Console& console = session.console();
  if (session.json) {
    JsonValue json =
        whole ? to_json(explanation) : JsonValue::object({{"Matches", JsonValue::of(explanation.matches)}});
    if (is_one) return console.line(format::print_json_pretty(json));
    json.members.insert(json.members.begin(), {"Line", JsonValue::of(event.line)});
    return console.line(format::print_json(json));
  }
  const auto paint = paint_of(console);
  const std::string line = is_one ? "" : console.styled(fmt::format("line {}: ", event.line), Style::Dim);
  // The text ends with its own newline; a blank line separates several.
  std::string text = whole ? to_text(explanation, paint) : to_line(explanation, paint);
  if (whole && is_one) text.pop_back();
  console.line(line + text);
}

void test(Session& session, const Options& options) {
  const auto text = read_argument(options.pattern);
  if (!text) return refuse(session, text.error());
  const auto event_text = read_argument(options.event);
  if (!event_text) return refuse(session, event_text.error());
  const auto parsed = pattern::parse_event_pattern(*text);
  if (!parsed) return refuse_pattern(session, *text, parsed.error());
  const auto events = events_of(*event_text, options);
  if (!events) return refuse(session, events.error());

  const bool is_one = events->size() == 1;
  std::size_t matching = 0;
  for (const Event& event : *events) {
    const auto explanation = pattern::explain(*parsed, event.text);
    matching += explanation.matches ? 1 : 0;
    print(session, event, explanation, is_one, is_one || options.explain);
  }
  if (!is_one) session.console().note(fmt::format("{} of {} events match", matching, events->size()));
  if (matching < events->size()) session.exit = Exit::Refused;
}

}  // namespace

void add_pattern(CLI::App& program, Session& session) {
  auto* command = program.add_subcommand("pattern", "Test and check event patterns.");
  command->footer(kExamples);
  command->require_subcommand(1);
  auto* tests = command->add_subcommand("test", "Test whether events match a pattern, and show why.");
  tests->footer(kTestExamples);
  const auto options = std::make_shared<Options>();
  tests->add_option("PATTERN", options->pattern, "JSON, @file, or - for standard input")->required();
  tests
      ->add_option("EVENT", options->event,
                   "JSON, @file or -: events as targets receive them, or PutEvents entries, one per line")
      ->required();
  auto* detail = tests->add_flag("--detail", options->is_detail, "EVENT is only the event's detail");
  tests->add_option("--source", options->source, "with --detail: the event's source")->type_name("TEXT")->needs(detail);
  tests->add_option("--detail-type", options->detail_type, "with --detail: the event's detail type")
      ->type_name("TEXT")
      ->needs(detail);
  tests->add_flag("--explain", options->explain, "show every clause, even if there are many events");
  tests->callback([&session, options] {
    if (options->pattern == "-" && options->event == "-")
      throw CLI::ValidationError("pattern test", "only one of PATTERN and EVENT can be read from standard input");
    test(session, *options);
  });
  add_pattern_lint(*command, session);
}

}  // namespace athanor::cli
