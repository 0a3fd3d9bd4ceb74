// Trace and TailEvents: events read back from the log. Both read on a thread that may block.
#pragma once

#include <cstdint>
#include <vector>

#include "api/athanor.h"
#include "base/result.h"
#include "engine/call.h"
#include "log/log.h"

namespace athanor::service::athanor {

// A page of the log starting at `request.from_position`: the matching events of the caller's region. One page reads at
// most some megabytes; the next one starts at `next_position`, and `at_end` says whether that is the end of what is
// committed.
struct TailPage {
  api::TailEventsResponse response;
  bool at_end = false;
};
Result<TailPage> read_tail(const log::Log& log, const engine::Caller& caller, const api::TailEventsRequest& request);

// Events of the caller's region whose resources or detail carry the correlation id, with the numbers of the rules they
// matched; the first 10,000, or 32 MiB of them.
struct TracedEvents {
  api::TraceResponse response;
  std::vector<std::vector<std::uint64_t>> rules;  // for each event
};
Result<TracedEvents> read_trace(const log::Log& log, const engine::Caller& caller, const api::TraceRequest& request);

// Adds the state of each event's deliveries, going by the current rules. Engine thread.
api::TraceResponse add_deliveries(engine::Call& call, TracedEvents traced);

}  // namespace athanor::service::athanor
