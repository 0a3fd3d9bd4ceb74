#include "observe/counters.h"

#include <fmt/format.h>

namespace athanor::observe {
namespace {

std::string label_text(const Labels& labels) {
  if (labels.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    out.append(name).append("=\"");
    for (const char c : value) {
      if (c == '\n') {
        out += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out += '}';
}

}  // namespace

Counter& Counters::get(std::string_view name, const Labels& labels) {
  const std::lock_guard lock{mutex_};
  auto it = counters_.find(name);
  if (it == counters_.end()) it = counters_.try_emplace(std::string{name}).first;
  return it->second[label_text(labels)];
}

void Counters::forget(std::string_view label, std::string_view value) {
  const std::string gone = label_text({{label, value}});
  const std::string heir = label_text({{label, kDeleted}});
  const std::lock_guard lock{mutex_};
  for (auto& [name, by_labels] : counters_) {
    const auto it = by_labels.find(gone);
    if (it == by_labels.end()) continue;
    by_labels[heir].add(it->second.value());
    by_labels.erase(it);
  }
}

std::string Counters::text() const {
  const std::lock_guard lock{mutex_};
  std::string out;
  for (const auto& [name, by_labels] : counters_) {
    out += fmt::format("# TYPE {} counter\n", name);
    for (const auto& [labels, counter] : by_labels) out += fmt::format("{}{} {}\n", name, labels, counter.value());
  }
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> Counters::all() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::pair<std::string, std::uint64_t>> found;
  for (const auto& [name, by_labels] : counters_) {
    for (const auto& [labels, counter] : by_labels) found.emplace_back(name + labels, counter.value());
  }
  return found;
}

void Counters::reset() {
  const std::lock_guard lock{mutex_};
  for (auto& [name, by_labels] : counters_) {
    for (auto& [labels, counter] : by_labels) counter.reset();
  }
}

}  // namespace athanor::observe
