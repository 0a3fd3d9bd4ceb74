#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/assert.h"
#include "format/json.h"

namespace athanor::bench {
namespace {

constexpr int kSubjectWidth = 44;
constexpr std::size_t kColumnWidth = 12;

// Whole numbers from a hundred up, three digits below that.
std::string shown(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  if (value >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.3g}", value);
}

std::size_t width_of(const std::string& column) { return std::max(kColumnWidth, column.size()); }

format::JsonValue number(double value) {
  format::JsonValue json = format::JsonValue::of(0);
  json.text = fmt::format("{:.6g}", value);
  return json;
}

}  // namespace

void Report::add(Row row) {
  std::vector<std::string> columns{row.suite};
  for (const Figure& figure : row.figures) columns.push_back(figure.name);
  if (columns != columns_) {
    fmt::print("\n{:<{}}", row.suite, kSubjectWidth);
    for (const Figure& figure : row.figures) fmt::print("  {:>{}}", figure.name, width_of(figure.name));
    fmt::print("\n");
    columns_ = std::move(columns);
  }
  fmt::print("  {:<{}}", row.subject, kSubjectWidth - 2);
  for (const Figure& figure : row.figures) fmt::print("  {:>{}}", shown(figure.value), width_of(figure.name));
  fmt::print("\n");
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Report::skip(std::string_view suite, std::string_view what, std::string_view why) {
  fmt::print("\n{}: {} was not measured: {}\n", suite, what, why);
  skipped_.push_back({std::string{suite}, std::string{what}, std::string{why}});
}

void Report::goal(std::string_view suite, std::string_view text, double measured, double wanted, bool is_maximum) {
  goals_.push_back({std::string{suite}, std::string{text}, measured, wanted, is_maximum});
}

double Report::find(std::string_view suite, std::string_view subject, std::string_view name) const {
  for (const Row& row : rows_) {
    if (row.suite != suite || row.subject != subject) continue;
    for (const Figure& figure : row.figures) {
      if (figure.name == name) return figure.value;
    }
  }
  return 0;
}

std::string Report::goals_table() const {
  std::string out;
  if (!goals_.empty()) out += fmt::format("\n{:<84}  {:>10}  {:>12}\n", "goals", "wanted", "measured");
  for (const Goal& goal : goals_) {
    out += fmt::format("  {:<82}  {} {:>7}  {:>12}  {}\n", goal.text, goal.is_maximum ? "<=" : ">=", shown(goal.wanted),
                       shown(goal.measured), goal.is_met() ? "met" : "missed");
  }
  return out;
}

std::string Report::json(const std::vector<std::pair<std::string, std::string>>& machine) const {
  using format::JsonValue;
  JsonValue about = JsonValue::object();
  for (const auto& [name, value] : machine) about.set(name, JsonValue::of(value));
  JsonValue rows = JsonValue::array();
  for (const Row& row : rows_) {
    JsonValue figures = JsonValue::object();
    for (const Figure& figure : row.figures) figures.set(figure.name, number(figure.value));
    rows.items.push_back(JsonValue::object({{"suite", JsonValue::of(row.suite)},
                                            {"subject", JsonValue::of(row.subject)},
                                            {"figures", std::move(figures)}}));
  }
  JsonValue goals = JsonValue::array();
  for (const Goal& goal : goals_) {
    goals.items.push_back(JsonValue::object({{"suite", JsonValue::of(goal.suite)},
                                             {"goal", JsonValue::of(goal.text)},
                                             {goal.is_maximum ? "at_most" : "at_least", number(goal.wanted)},
                                             {"measured", number(goal.measured)},
                                             {"met", JsonValue::of(goal.is_met())}}));
  }
  JsonValue skipped = JsonValue::array();
  for (const Skipped& s : skipped_) {
    skipped.items.push_back(JsonValue::object(
        {{"suite", JsonValue::of(s.suite)}, {"what", JsonValue::of(s.what)}, {"why", JsonValue::of(s.why)}}));
  }
  return format::print_json_pretty(JsonValue::object({{"machine", std::move(about)},
                                                      {"rows", std::move(rows)},
                                                      {"goals", std::move(goals)},
                                                      {"skipped", std::move(skipped)}})) +
         "\n";
}

double median(std::vector<double> values) {
  ATHANOR_ASSERT(!values.empty());
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace athanor::bench
