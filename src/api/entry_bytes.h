#pragma once

#include <cstddef>

#include "api/events.h"

namespace athanor::api {

// How many bytes an entry counts for in a PutEvents request: 14 for a time, then source, detail-type, detail and
// resources in UTF-8. An empty resource counts for one, which it takes in the event's record, though AWS counts none.
// Source: EventBridge user guide, "Calculating PutEvents event entry size".
std::size_t entry_bytes(const PutEventsRequestEntry& entry);

}  // namespace athanor::api
