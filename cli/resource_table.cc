#include "cli/resource_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "cli/table.h"

namespace athanor::cli {
namespace {

// In the order of the summary.
constexpr std::array<std::pair<std::string_view, Style>, 5> kStates = {{{"CREATED", Style::Good},
                                                                        {"UPDATED", Style::Caution},
                                                                        {"DELETED", Style::Bad},
                                                                        {"UNCHANGED", Style::Plain},
                                                                        {"RECORDED", Style::Dim}}};

Style style_of(std::string_view status) {
  const auto found = std::ranges::find(kStates, status, &std::pair<std::string_view, Style>::first);
  return found == kStates.end() ? Style::Plain : found->second;
}

}  // namespace

std::string format_resources(const std::vector<api::StackResourceSummary>& resources, const Console& console) {
  std::vector<Row> rows{{{"STATUS"}, {"LOGICAL ID"}, {"TYPE"}, {"PHYSICAL ID"}}};
  for (const auto& resource : resources) {
    rows.push_back(
        {{resource.status, style_of(resource.status)}, {resource.logical_id}, {resource.type}, {resource.physical_id}});
  }
  return format_table(rows, console);
}

std::string summary_of(const std::vector<api::StackResourceSummary>& resources) {
  std::string summary;
  bool acted = false;
  for (const auto& [state, style] : kStates) {
    const auto count = std::ranges::count(resources, state, &api::StackResourceSummary::status);
    if (count == 0) continue;
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, base::to_lower_ascii(state));
    acted = acted || (state != "UNCHANGED" && state != "RECORDED");
  }
  if (acted) return summary;
  return summary.empty() ? "nothing to do" : fmt::format("nothing to do ({})", summary);
}

}  // namespace athanor::cli
