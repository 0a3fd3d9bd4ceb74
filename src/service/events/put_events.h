// PutEvents: checked on a network thread, made durable and matched on the engine thread.
#pragma once

#include <optional>
#include <vector>

#include "api/events_rules.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::events {

// What is wrong with each entry on its own; nullopt for a good one.
struct PreparedEvents {
  std::vector<std::optional<api::PutEventsResultEntry>> refused;
};

// ValidationException for the whole request when it is over the size limit.
Result<PreparedEvents> prepare_put_events(const api::PutEventsRequest& request);

// Writes one record per accepted entry. An entry for a bus that does not exist is accepted and dropped, as on AWS; it
// is counted.
Result<api::PutEventsResponse> put_events(engine::Call& call, const api::PutEventsRequest& request,
                                          const PreparedEvents& prepared);

}  // namespace athanor::service::events
