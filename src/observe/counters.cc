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

using ByLabels = std::map<std::string, Counter>;
using ByName = std::map<std::string, ByLabels, std::less<>>;

constexpr std::size_t kCopiedAtOnce = 1'000;  // our choice: some tenth of a millisecond

struct Counted {
  const std::string* name;  // a key of the map; none is ever removed
  std::string labels;
  std::uint64_t value = 0;
};

// The piece after `last`, or the first; empty at the end.
std::vector<Counted> copy_behind(const Counted* last, const ByName& counters, std::mutex& mutex) {
  const std::lock_guard lock{mutex};
  std::vector<Counted> copies;
  for (auto it = last ? counters.find(*last->name) : counters.begin(); it != counters.end(); ++it) {
    const auto& [name, by_labels] = *it;
    auto next = last && last->name == &name ? by_labels.upper_bound(last->labels) : by_labels.begin();
    for (; next != by_labels.end(); ++next) {
      if (copies.size() == kCopiedAtOnce) return copies;
      copies.push_back({&name, next->first, next->second.value()});
    }
  }
  return copies;
}

// All, in order. Each rule has several, and there may be a hundred thousand rules: they are copied a piece at a time,
// so that anyone who asks for a counter meanwhile waits for one piece only.
template <class Visit>
void for_each(const ByName& counters, std::mutex& mutex, const Visit& visit) {
  for (auto copies = copy_behind(nullptr, counters, mutex); !copies.empty();
       copies = copy_behind(&copies.back(), counters, mutex)) {
    for (const Counted& one : copies) visit(one);
  }
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
  std::string out;
  const std::string* name = nullptr;
  for_each(counters_, mutex_, [&](const Counted& one) {
    if (name != one.name) out += fmt::format("# TYPE {} counter\n", *one.name);
    name = one.name;
    out += fmt::format("{}{} {}\n", *one.name, one.labels, one.value);
  });
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> Counters::all() const {
  std::vector<std::pair<std::string, std::uint64_t>> found;
  for_each(counters_, mutex_, [&](const Counted& one) { found.emplace_back(*one.name + one.labels, one.value); });
  return found;
}

void Counters::reset() {
  const std::lock_guard lock{mutex_};
  for (auto& [name, by_labels] : counters_) {
    for (auto& [labels, counter] : by_labels) counter.reset();
  }
}

}  // namespace athanor::observe
