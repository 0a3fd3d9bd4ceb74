// Trace and TailEvents: events read back from the log. Both read on a thread that may block.
#pragma once

#include <cstdint>
#include <vector>

#include "api/athanor.h"
#include "base/result.h"
#include "engine/call.h"
#include "log/log.h"

namespace athanor::service::athanor {

// A page of the log from `request.from_position` on: events of the caller's region that match. One page reads at most
// some megabytes; `next_position` goes on from there, and `at_end` tells whether that is the end of what is committed.
struct TailPage {
  api::TailEventsResponse response;
  bool at_end = false;
};
Result<TailPage> read_tail(const log::Log& log, const engine::Caller& caller, const api::TailEventsRequest& request);

// Events of the caller's region whose resources or detail carry the correlation id, with the numbers of the rules they
// met; the first 10,000, or 32 MiB of them.
struct TracedEvents {
  api::TraceResponse response;
  std::vector<std::vector<std::uint64_t>> rules;  // for each event
};
Result<TracedEvents> read_trace(const log::Log& log, const engine::Caller& caller, const api::TraceRequest& request);

// Adds what became of each event's deliveries, as the rules stand now. Engine thread.
api::TraceResponse add_deliveries(engine::Call& call, TracedEvents traced);

}  // namespace athanor::service::athanor
