// An accepted event, as the log stores it and as targets receive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "log/log.h"

namespace athanor::pattern {
struct Envelope;
}

namespace athanor::bus {

// The record of one event. Its views borrow from the record's payload, or from the request it is made from.
//
// `rules` and `archives` are the numbers of those it matched when it was accepted: the decision is in the log, so
// recovery does no matching, and a later change to a rule or to the matcher cannot change the past.
struct EventAccepted {
  static constexpr log::RecordType kType = 100;

  std::string_view bus_arn;
  std::string_view id;
  base::Time time{};  // the caller's, else the time of the call; the record's own time is that of ingestion
  std::string_view source;
  std::string_view detail_type;
  std::string_view account;
  std::string_view region;
  std::vector<std::string_view> resources;
  std::string_view detail;  // the JSON text as received
  std::string_view trace_header;
  std::vector<std::uint64_t> rules;
  std::vector<std::uint64_t> archives;

  static constexpr auto members() {
    using E = EventAccepted;
    return Members{member("bus_arn", &E::bus_arn),
                   member("id", &E::id),
                   member("time", &E::time),
                   member("source", &E::source),
                   member("detail_type", &E::detail_type),
                   member("account", &E::account),
                   member("region", &E::region),
                   member("resources", &E::resources),
                   member("detail", &E::detail),
                   member("trace_header", &E::trace_header),
                   member("rules", &E::rules),
                   member("archives", &E::archives)};
  }
};

// The event as patterns see it. `time` is the event's own, as base::to_iso8601 prints it. Borrows from all three.
pattern::Envelope envelope_of(const EventAccepted& event, std::string_view time, std::string_view replay_name);

// The event as JSON up to the value of "detail", in AWS's key order, no whitespace. `replay_name` empty: no replay.
std::string event_head(const EventAccepted& event, std::string_view replay_name);

// The whole event, as a target without an input transformation receives it.
std::string event_text(const EventAccepted& event, std::string_view replay_name);

std::size_t event_text_bytes(const EventAccepted& event, std::string_view replay_name);

}  // namespace athanor::bus
