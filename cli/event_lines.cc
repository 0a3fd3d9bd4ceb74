#include "cli/event_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "api/entry_bytes.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/json.h"
#include "stack/nearest.h"

namespace athanor::cli {
namespace {

using format::JsonValue;

constexpr std::array<std::string_view, 7> kMembers = {"Source", "DetailType", "Detail",     "EventBusName",
                                                      "Time",   "Resources",  "TraceHeader"};
// Members that are assigned on acceptance; a new event gets its own.
constexpr std::array<std::string_view, 11> kIgnored = {"id",          "EventId",        "version",       "account",
                                                       "Account",     "region",         "Region",        "Position",
                                                       "replay-name", "event-bus-name", "ingestion-time"};

struct Names {
  std::string_view entry;     // PutEvents, athanor tail --json
  std::string_view envelope;  // the event as targets get it
};

std::string_view entry_name(std::string_view key) {
  static constexpr std::array<Names, 5> kNames = {{{"Source", "source"},
                                                   {"DetailType", "detail-type"},
                                                   {"Detail", "detail"},
                                                   {"Time", "time"},
                                                   {"Resources", "resources"}}};
  for (const auto& names : kNames) {
    if (names.envelope == key) return names.entry;
  }
  return key;
}

std::optional<base::Time> from_seconds(const std::string& number) {
  const double milliseconds = std::strtod(number.c_str(), nullptr) * 1'000;
  if (!(std::abs(milliseconds) < 1e15)) return std::nullopt;
  return base::Time{base::Duration{std::llround(milliseconds)}};
}

Result<void> take_member(std::string_view name, const JsonValue& value, api::PutEventsRequestEntry& entry) {
  if (name == "Detail") {
    entry.detail = value.is_string() ? value.text : format::print_json(value);
    return {};
  }
  if (name == "Resources") {
    if (!value.is_array() || !std::ranges::all_of(value.items, &JsonValue::is_string))
      return invalid_input("Resources must be an array of strings");
    entry.resources.emplace();
    for (const auto& item : value.items) entry.resources->push_back(item.text);
    return {};
  }
  if (name == "Time") {
    const auto time = read_time(value);
    if (!time) return invalid_input(fmt::format("Time \"{}\" is not ISO 8601", value.text));
    entry.time = *time;
    return {};
  }
  if (!value.is_string()) return invalid_input(fmt::format("{} must be a string", name));
  const std::pair<std::string_view, std::optional<std::string>*> texts[] = {{"Source", &entry.source},
                                                                            {"DetailType", &entry.detail_type},
                                                                            {"EventBusName", &entry.event_bus_name},
                                                                            {"TraceHeader", &entry.trace_header}};
  for (const auto& [known, into] : texts) {
    if (known == name) *into = value.text;
  }
  return {};
}

Result<api::PutEventsRequestEntry> parse_line(std::string_view line, const api::PutEventsRequestEntry& defaults) {
  ATHANOR_TRY(parsed, format::parse_json(line));
  if (!parsed.is_object()) return invalid_input("it is not a JSON object");
  api::PutEventsRequestEntry entry = defaults;
  for (const auto& [key, value] : parsed.members) {
    const auto name = entry_name(key);
    if (std::ranges::find(kIgnored, name) != kIgnored.end()) continue;
    if (std::ranges::find(kMembers, name) == kMembers.end()) {
      return invalid_input(fmt::format("an entry has no member {}{}", name, stack::did_you_mean(name, kMembers)));
    }
    ATHANOR_CHECK(take_member(name, value, entry));
  }
  return entry;
}

}  // namespace

std::optional<base::Time> read_time(const JsonValue& value) {
  return value.kind == format::JsonKind::Number ? from_seconds(value.text) : base::from_iso8601(value.text);
}

Result<std::vector<EventLine>> parse_event_lines(std::string_view text, const api::PutEventsRequestEntry& defaults) {
  std::vector<EventLine> entries;
  std::size_t number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    if (base::trim(line).empty()) continue;
    auto entry = parse_line(line, defaults);
    if (!entry) return invalid_input(fmt::format("line {}: {}", number, entry.error().message));
    entries.push_back({number, std::move(*entry)});
  }
  return entries;
}

std::vector<api::PutEventsRequest> batches_of(std::vector<api::PutEventsRequestEntry> entries) {
  std::vector<api::PutEventsRequest> batches;
  std::size_t bytes = 0;
  for (auto& entry : entries) {
    const std::size_t own = api::entry_bytes(entry);
    if (batches.empty() || batches.back().entries.size() == limits::kPutEventsEntries ||
        bytes + own > limits::kPutEventsBytes) {
      batches.emplace_back();
      bytes = 0;
    }
    bytes += own;
    batches.back().entries.push_back(std::move(entry));
  }
  return batches;
}

}  // namespace athanor::cli
