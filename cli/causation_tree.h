// The events of one correlation as a tree: under each event, what it caused.
#pragma once

#include <string>
#include <vector>

#include "api/athanor.h"
#include "cli/console.h"

namespace athanor::cli {

// One line per event, with the time since the event above it, and one per delivery. An event goes under the one whose
// EventId, or whose own "event_id" in the detail, matches its causation id; if there is none, it is a root. Every event
// is drawn once, even when causes form a cycle.
std::vector<std::string> draw_causation_tree(const std::vector<api::TracedEvent>& events, const Console& console);

}  // namespace athanor::cli
