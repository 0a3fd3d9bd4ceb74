// Counters by name and labels. Found once (a lock), added to from then on (an atomic addition, any thread).
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

// The label of what is gone, whatever it was called: no resource's name has parentheses.
inline constexpr std::string_view kDeleted = "(deleted)";

class Counters {
 public:
  // The counter of that name ("athanor_events_accepted_total") and those labels; made when first asked for. The
  // reference stays good as long as this object, or until its label is forgotten. The number of different labels is
  // the caller's to bound.
  Counter& get(std::string_view name, const Labels& labels = {});
  // What was counted with that label alone is counted as kDeleted from now on: a sum stays what it was.
  void forget(std::string_view label, std::string_view value);

  // Prometheus text format 0.0.4, sorted by name.
  std::string text() const;
  // Name with labels, and value.
  std::vector<std::pair<std::string, std::uint64_t>> all() const;
  // After recovery: what was counted while the log was read again has been counted before.
  void reset();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Counter>, std::less<>> counters_;
};

}  // namespace athanor::observe
