// The resources of a stack and what was done to each, as a table.
#pragma once

#include <string>
#include <vector>

#include "api/athanor.h"
#include "cli/console.h"

namespace athanor::cli {

std::string format_resources(const std::vector<api::StackResourceSummary>& resources, const Console& console);

// "2 created, 1 updated, 5 unchanged"; "nothing to do" when all is unchanged or recorded.
std::string summary_of(const std::vector<api::StackResourceSummary>& resources);

}  // namespace athanor::cli
