// What waits for a function, what it runs, and what becomes of failures. A work.
//
// Lambda's rules for asynchronous invocations: two more attempts, after one and two minutes, within six hours; a
// function at its concurrency limit keeps its invocations waiting, but one whose limit is 0 gives them up. Source:
// Lambda developer guide, "asynchronous invocation". One that crashes again and again keeps them waiting, too
// (crash_pauses.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/step.h"
#include "function/crash_pauses.h"
#include "function/functions.h"
#include "function/records.h"
#include "log/journal.h"

namespace athanor::function {

// A function gets another process only while it runs on fewer than this many times those that are free: alone it takes
// 12 of 16. A function that hangs keeps its processes until its timeout; others still find some. Our number.
inline constexpr std::size_t kRunningOfFreeMax = 3;

// Asynchronous invocations that one function may have, waiting or running. Our number: some 350 bytes each.
inline constexpr std::size_t kWaitingPerFunctionMax = 1'000'000;

// An invocation whose payload is in another work's record (an event), or in its own (InvokeRequested).
struct Handover {
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;  // opaque here; null: the record is an InvokeRequested
  std::string request_id;
  std::uint64_t payload_bytes = 0;
};

enum class HandoverOutcome : std::uint8_t { Accepted, NoSuchFunction, TooLarge, QueueFull };

// Where a function's failures are reported; empty: nowhere.
struct FailureQueues {
  std::string on_failure;
  std::string dead_letter_arn;

  static constexpr auto members() {
    using Q = FailureQueues;
    return Members{member("on_failure", &Q::on_failure), member("dead_letter_arn", &Q::dead_letter_arn)};
  }
};

// An invocation that will not be tried again.
struct GivenUp {
  std::string function_arn;
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;
  std::string request_id;
  std::string condition;  // RetriesExhausted, EventAgeExceeded or ZeroReservedConcurrency
  std::uint32_t attempts = 0;
  std::string error_type;
  std::string error_message;
  std::optional<log::LogPosition> failed_at;  // of the InvocationFailed that says so; none if its function was deleted
  bool to_both = false;                       // as that record says
  FailureQueues report_to;
};

// What the engine is to start: an attempt, whose outcome comes back through `finished`.
struct Attempt {
  std::string request_id;
  FunctionSpec function;
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;
};

class Invocations {
 public:
  // `processes_max` bounds what runs at once over all functions. `given_up` is called while a record is applied;
  // `would_be_told` says whether a report to an ARN would arrive. `step_max`: invocations given up at once, over all
  // functions.
  Invocations(
      const Functions& functions, std::size_t processes_max, std::function<void(const GivenUp&, base::Time)> given_up,
      std::size_t per_function_max = kWaitingPerFunctionMax, std::size_t step_max = base::kStepMax,
      std::function<bool(std::string_view arn)> would_be_told = [](std::string_view arn) { return !arn.empty(); });

  // Takes over an invocation while the record that holds it is applied.
  HandoverOutcome accept(std::string_view function_arn, const Handover& handover, base::Time time);
  // Whether `accept` would answer QueueFull.
  bool is_full(std::string_view function_arn) const;

  // What may start now, taking each function in turn; it counts as running from here on. Gives up, by records,
  // invocations past their age, those due for a function with a reserved concurrency of 0, and those whose function was
  // deleted.
  std::vector<Attempt> start_due(base::Time now, log::Journal& journal);
  // An attempt ended. Unknown ids are ignored. A Refused one starts again a second later, or is given up with its
  // function.
  void finished(std::string_view request_id, const Outcome& outcome, base::Time now, log::Journal& journal);

  // Takes a place for a synchronous invocation: false when the function or the server runs as many as it may. See
  // kRunningOfFreeMax.
  bool try_begin(std::string_view function_arn);
  // Whether the function runs as many as it has reserved.
  bool is_at_reservation(const Function& function) const;
  void end(std::string_view function_arn);

  // When start_due next has something to do if nothing arrives before.
  std::optional<base::Time> next_due(base::Time now) const;

  std::size_t waiting() const { return waiting_; }
  std::size_t running() const { return running_total_; }

  void apply(const InvokeRequested& record, log::LogPosition position, base::Time time);
  void apply(const InvocationSettled& record, log::LogPosition, base::Time);
  void apply(const InvocationFailed& record, log::LogPosition, base::Time time);
  void apply(const InvocationsGivenUp& record, log::LogPosition, base::Time time);
  void apply(const FunctionDeleted& record, log::LogPosition, base::Time time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);
  std::optional<log::LogPosition> oldest_position_needed() const;

 private:
  struct Line;
  struct Waiting {
    Line* line;
    log::LogPosition position;
    std::shared_ptr<const std::string> origin;
    base::Time accepted{};
    base::Time due{};
    std::uint32_t attempts = 0;
    std::uint64_t order = 0;  // of acceptance: equal `due` times start in this order
    // Only in memory: no record has it, and a restart tries at once.
    base::Time refused_until{};
    bool runs = false;

    base::Time starts() const { return std::max(due, refused_until); }
  };
  struct HashOfText {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ById = std::unordered_map<std::string, Waiting, HashOfText, std::equal_to<>>;
  // Invocations in by_id_, sorted by one of their times and their order.
  using ByTime = std::map<std::pair<base::Time, std::uint64_t>, ById::value_type*>;
  // What one function holds, found without looking at any other.
  struct Line {
    std::string function_arn;
    ByTime by_acceptance{};  // all
    ByTime by_start{};       // all that are not running
    // Its function was deleted: what runs may end, and is not tried again; what waits is given up.
    std::optional<FailureQueues> left_over{};

    // When the longest-waiting invocation was accepted; there must be one.
    base::Time oldest_waiting() const;
  };

  bool may_run(std::string_view function_arn) const;
  std::size_t running_of(std::string_view function_arn) const;
  bool gives_up_at_once(const Function& function) const;
  void give_up_what_never_starts(base::Time now, log::Journal& journal);
  ById& part_of(std::string_view request_id) { return by_id_[HashOfText{}(request_id) % by_id_.size()]; }
  ById::value_type* find(std::string_view request_id);  // nullptr if there is none
  Line& line_of(std::string_view function_arn);
  void keep(std::string request_id, Waiting waiting);
  void wait(ById::value_type& invocation);
  // It no longer waits or runs.
  void stop(Waiting& waiting);
  void forget(ById::value_type& invocation);
  // Makes it wait for another attempt and returns nullptr; or returns why there is none.
  const char* fail(ById::value_type& invocation, const InvocationFailed& record, base::Time time);
  void give_up_left_over(const std::vector<std::string>& request_ids, base::Time time);
  void give_up(const Waiting& waiting, std::string condition, const InvocationFailed& last,
               std::optional<log::LogPosition> failed_at, base::Time time);

  template <class Visit>
  void for_each_line(const Visit& visit) const;

  const Functions& functions_;
  std::size_t processes_max_;
  std::function<void(const GivenUp&, base::Time)> given_up_;
  std::size_t per_function_max_;
  std::size_t step_max_;
  std::function<bool(std::string_view arn)> would_be_told_;

  // In parts: a growing table moves everything it holds, and moving a million would take up to 0.3 s.
  std::array<ById, 256> by_id_;
  std::map<std::string, std::unique_ptr<Line>, std::less<>> lines_;  // by function; none is empty
  std::vector<std::unique_ptr<Line>> left_over_;                     // of deleted functions; none is empty
  std::uint64_t next_order_ = 1;

  // What runs is not part of the state: a restart runs it again.
  std::size_t waiting_ = 0;  // not running
  std::map<std::string, std::size_t, std::less<>> running_;
  std::size_t running_total_ = 0;
  CrashPauses pauses_;
  std::string started_last_;  // a function: the one after it has the next turn
};

}  // namespace athanor::function
