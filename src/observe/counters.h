// Counters by name and labels. Looked up once (a lock), then added to (an atomic addition, any thread).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace athanor::observe {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  void reset() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The label of what is deleted, whatever its name was: no resource's name has parentheses.
inline constexpr std::string_view kDeleted = "(deleted)";

class Counters {
 public:
  // The counter with that name ("athanor_events_accepted_total") and those labels, created on first use. The reference
  // stays valid as long as this object, or until its label is forgotten. The caller must bound the number of different
  // labels.
  Counter& get(std::string_view name, const Labels& labels = {});
  // Moves what was counted with that label alone to kDeleted: sums stay what they were.
  void forget(std::string_view label, std::string_view value);

  // Prometheus text format 0.0.4, sorted by name.
  std::string text() const;
  // Name with labels, and value.
  std::vector<std::pair<std::string, std::uint64_t>> all() const;
  // After recovery: what was counted while rereading the log had been counted before.
  void reset();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Counter>, std::less<>> counters_;
};

}  // namespace athanor::observe
