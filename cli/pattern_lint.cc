#include "cli/pattern_lint.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/events.h"
#include "cli/files.h"
#include "cli/pattern_mistake.h"
#include "cli/rule_list.h"
#include "cli/session.h"
#include "format/json.h"
#include "pattern/explain/located_event.h"
#include "pattern/lint/lint.h"

namespace athanor::cli {
namespace {

using format::JsonValue;
using pattern::LintFinding;
using pattern::LintRule;

constexpr const char* kExamples = R"(
Finds patterns that no event matches, rules whose events all match another rule too, and rules that deliver an event to
the same target twice. Each finding is proved for every event that a bus can deliver, and shown with an example.

Examples:
  athanor pattern lint --bus orders                    the rules of a bus, with their targets
  athanor pattern lint '{"sorce": ["shop"]}'           a pattern alone
  aws events list-rules | athanor pattern lint -       without targets, so overlaps are not checked
  athanor pattern lint @rules.jsonl --no-arrays
  athanor pattern lint --bus orders --schema order-placed.json

RULES is JSON: {"Rules": [...]}, an array, a single rule, or one rule per line. A rule is
  {"Name": "to-billing", "EventPattern": {"source": ["shop"]}, "Targets": [{"Arn": "arn:aws:sqs:..."}]}
or a pattern alone. Disabled rules and rules without a pattern are left out; rules of different buses are not compared.

A schema describes the events of one source and detail-type. It is a JSON Schema, an OpenAPI document, or the output of
`aws schemas describe-schema`. Patterns that it rules out, and fields that it does not name, are reported too.

Exit codes: 0 nothing found, 1 something found, 2 a rule or schema cannot be read or the bus does not exist,
3 no server answered.)";

struct Options {
  std::string rules, bus;
  std::vector<std::string> schemas;
  bool no_arrays = false;
};

Result<std::vector<ListedRule>> rules_of_bus(Session& session, const std::string& bus) {
  std::vector<ListedRule> rules;
  ATHANOR_TRY(pages, session.call_for_all<api::ListRules>({.event_bus_name = bus}));
  for (const auto& page : pages) {
    for (const api::Rule& rule : page.rules) {
      rules.push_back({.name = rule.name.value_or(""),
                       .bus = bus,
                       .pattern = rule.event_pattern.value_or(""),
                       .is_disabled = rule.state == "DISABLED"});
    }
  }
  for (ListedRule& rule : rules) {
    ATHANOR_TRY(of_rule, session.call_for_all<api::ListTargetsByRule>({.rule = rule.name, .event_bus_name = bus}));
    for (const auto& page : of_rule) {
      for (const api::Target& target : page.targets) rule.targets.push_back(target.arn);
    }
  }
  return rules;
}

// By bus name: the rules of one bus do not affect those of another.
struct Rules {
  std::map<std::string, std::vector<LintRule>> buses;
  std::size_t count = 0;
  std::vector<std::string> left_out;
  std::vector<pattern::EventSchema> schemas;
};

std::vector<LintFinding> findings_of(const std::vector<LintRule>& rules, const Rules& given, const Options& options) {
  auto findings = pattern::lint(rules, given.schemas);
  if (options.no_arrays) {
    std::erase_if(findings, [](const LintFinding& finding) {
      return finding.kind == LintFinding::Kind::Overlap && finding.event->has_several;
    });
  }
  return findings;
}

// These three return nullopt once the error has been reported to the session.
std::optional<std::vector<ListedRule>> listed_rules(Session& session, const Options& options) {
  if (!options.bus.empty()) {
    auto rules = rules_of_bus(session, options.bus);
    if (rules) return *std::move(rules);
    session.fail_to_find(rules.error(), "aws events list-event-buses lists the buses");
    if (session.exit == Exit::Refused) session.exit = Exit::Usage;  // 1 means that something was found
    return std::nullopt;
  }
  const auto text = read_argument(options.rules);
  if (!text) {
    refuse(session, text.error());
    return std::nullopt;
  }
  auto rules = read_rules(*text);
  if (rules) return *std::move(rules);
  refuse(session, rules.error(), "athanor pattern lint --help shows what rules look like");
  return std::nullopt;
}

std::optional<std::vector<pattern::EventSchema>> read_schemas(Session& session, const Options& options) {
  std::vector<pattern::EventSchema> schemas;
  for (const std::string& path : options.schemas) {
    const auto text = read_file(path);
    auto schema = text ? pattern::EventSchema::parse(*text) : Result<pattern::EventSchema>{text.error()};
    if (!schema) {
      Error error = schema.error();
      if (text) error.message = path + ": " + error.message;
      refuse(session, error, "athanor pattern lint --help describes schemas");
      return std::nullopt;
    }
    schemas.push_back(std::move(*schema));
  }
  return schemas;
}

std::optional<Rules> given_rules(Session& session, const Options& options) {
  auto listed = listed_rules(session, options);
  if (!listed) return std::nullopt;
  auto schemas = read_schemas(session, options);
  if (!schemas) return std::nullopt;
  Rules rules;
  rules.schemas = *std::move(schemas);
  for (ListedRule& rule : *listed) {
    if (rule.is_disabled || rule.pattern.empty()) {
      rules.left_out.push_back(rule.name);
      continue;
    }
    auto parsed = pattern::parse_event_pattern(rule.pattern);
    if (!parsed) {
      if (listed->size() > 1) session.console().note(pattern::printable(rule.name) + ":");
      refuse_pattern(session, rule.pattern, parsed.error());
      return std::nullopt;
    }
    rules.buses[rule.bus].push_back({std::move(rule.name), std::move(*parsed), std::move(rule.targets)});
    ++rules.count;
  }
  return rules;
}

// Returns their number.
std::size_t print_text(Session& session, const Rules& rules, const Options& options) {
  Console& console = session.console();
  std::size_t count = 0;
  for (const auto& [bus, of_bus] : rules.buses) {
    const auto findings = findings_of(of_bus, rules, options);
    if (findings.empty()) continue;
    count += findings.size();
    if (rules.buses.size() > 1 && !bus.empty())
      console.line(console.styled("bus " + pattern::printable(bus), Style::Bold));
    // The text ends with its own newline.
    std::string text = to_text(findings, of_bus, paint_of(console));
    text.pop_back();
    console.line(text);
  }
  if (count == 0) console.line(console.styled("✓", Style::Good) + " nothing found");
  console.note(fmt::format(
      "{} {} checked{}", rules.count, rules.count == 1 ? "rule" : "rules",
      rules.left_out.empty() ? "" : fmt::format(", {} disabled or without a pattern", rules.left_out.size())));
  return count;
}

std::size_t print_json(Session& session, const Rules& rules, const Options& options) {
  std::vector<JsonValue> items;
  for (const auto& [bus, of_bus] : rules.buses) {
    JsonValue findings = to_json(findings_of(of_bus, rules, options), of_bus);
    for (JsonValue& finding : findings.items) {
      if (!bus.empty()) finding.set("EventBusName", JsonValue::of(bus));
      items.push_back(std::move(finding));
    }
  }
  const std::size_t count = items.size();
  std::vector<JsonValue> left_out;
  for (const std::string& name : rules.left_out) left_out.push_back(JsonValue::of(name));
  session.console().line(
      format::print_json_pretty(JsonValue::object({{"Rules", JsonValue::of(rules.count)},
                                                   {"LeftOut", JsonValue::array(std::move(left_out))},
                                                   {"Findings", JsonValue::array(std::move(items))}})));
  return count;
}

void lint(Session& session, const Options& options) {
  const auto rules = given_rules(session, options);
  if (!rules) return;
  const std::size_t found = session.json ? print_json(session, *rules, options) : print_text(session, *rules, options);
  if (found > 0) session.exit = Exit::Refused;
}

}  // namespace

void add_pattern_lint(CLI::App& pattern_command, Session& session) {
  auto* command = pattern_command.add_subcommand("lint", "Find mistakes in a set of rules.");
  command->footer(kExamples);
  const auto options = std::make_shared<Options>();
  auto* rules = command->add_option("RULES", options->rules, "JSON, @file, or - for standard input");
  command->add_option("--bus", options->bus, "name or ARN of a bus on the server, to check its rules")
      ->type_name("NAME")
      ->excludes(rules);
  command->add_option("--schema", options->schemas, "file with the schema of one kind of event; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command->add_flag("--no-arrays", options->no_arrays,
                    "leave out overlaps that need an event with several values in a field");
  command->callback([&session, options] {
    if (options->rules.empty() && options->bus.empty())
      throw CLI::ValidationError("pattern lint", "RULES or --bus is required");
    lint(session, *options);
  });
}

}  // namespace athanor::cli
