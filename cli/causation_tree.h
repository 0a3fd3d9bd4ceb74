// The events of one correlation as a tree: under each event, what it caused.
#pragma once

#include <string>
#include <vector>

#include "api/athanor.h"
#include "cli/console.h"

namespace athanor::cli {

// One line an event, with the time since the event above it, and one a delivery. An event belongs under the one whose
// EventId, or whose own "event_id" in the detail, its causation id names; without such a one it stands at the top.
// Every event is drawn once, also when causes run in a circle.
std::vector<std::string> draw_causation_tree(const std::vector<api::TracedEvent>& events, const Console& console);

}  // namespace athanor::cli
