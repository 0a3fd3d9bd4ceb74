// Events as users supply them: one JSON object per line, shaped like an entry of PutEvents.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/events.h"
#include "base/clock.h"
#include "base/result.h"
#include "format/json.h"

namespace athanor::cli {

struct EventLine {
  std::size_t number;  // line number, from 1; blank lines count
  api::PutEventsRequestEntry entry;
};

// {"Source": ..., "DetailType": ..., "Detail": {...} or a string, "EventBusName": ..., "Time": ISO 8601, "Resources":
// [...]}. Members that a line omits come from `defaults`. Also accepts what `athanor tail --json` prints and AWS's own
// event envelope ("source", "detail-type", "detail", "time", "resources"). InvalidInput names the line.
Result<std::vector<EventLine>> parse_event_lines(std::string_view text, const api::PutEventsRequestEntry& defaults);

// A Time in ISO 8601, or in seconds since 1970, as AWS's JSON writes times; nullopt for anything else.
std::optional<base::Time> read_time(const format::JsonValue& value);

// Requests within the limits of PutEvents, 10 entries and 1 MiB, in the order of the entries. An entry that is too big
// by itself gets a request of its own, for the server to refuse.
std::vector<api::PutEventsRequest> batches_of(std::vector<api::PutEventsRequestEntry> entries);

}  // namespace athanor::cli
