// When a function was invoked with which event: memory that its processes and the benchmark share. A function writes
// eight bytes to it without a system call, so that recording costs no time; the machine has one clock for all
// processes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace athanor::bench {

class InvocationTimes {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kEventsMax = 1'000'000;

  // Memory under a unique name, removed with this object.
  static Result<std::unique_ptr<InvocationTimes>> create();
  // The same memory in another process, by its name.
  static Result<std::unique_ptr<InvocationTimes>> open(const std::string& name);
  ~InvocationTimes();
  InvocationTimes(const InvocationTimes&) = delete;
  InvocationTimes& operator=(const InvocationTimes&) = delete;

  const std::string& name() const { return name_; }

  // Event `sequence` arrived at `time`. Recording it again changes nothing; a number beyond kEventsMax is ignored.
  void record(std::size_t sequence, TimePoint time);
  // When it first arrived; nullopt if it has not.
  std::optional<TimePoint> at(std::size_t sequence) const;
  // How many events have a time.
  std::size_t count() const;

 private:
  struct Memory {
    std::atomic<std::uint64_t> count;
    std::atomic<std::int64_t> nanoseconds[kEventsMax];  // 0: never
  };
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);
  static Result<std::unique_ptr<InvocationTimes>> map(std::string name, bool is_owner);
  InvocationTimes(std::string name, bool is_owner, Memory* memory)
      : name_(std::move(name)), is_owner_(is_owner), memory_(memory) {}

  std::string name_;
  bool is_owner_;
  Memory* memory_;
};

// The number in `"sequence":"0000000012"` of a sample event; nullopt when there is none.
std::optional<std::size_t> sequence_of(std::string_view event);

}  // namespace athanor::bench
