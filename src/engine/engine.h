// The engine: all works, and the order in which records reach them. See README.md for why records are applied before
// they are durable, and why that is safe.
//
// No thread, no I/O: engine/loop.h drives it in the server, sim/world.h in the simulation. Everything here runs on one
// thread, to its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/step.h"
#include "delivery/dispatcher.h"
#include "engine/call.h"
#include "engine/replay_steps.h"
#include "engine/world.h"
#include "function/invocations.h"
#include "log/journal.h"
#include "log/log.h"

namespace athanor::engine {

class State;

// How long TailEvents waits at most.
inline constexpr std::chrono::seconds kEventWaitMax{20};

struct Settings {
  std::uint64_t seed = 1;                            // of ids, receipt handles and jitter
  std::uint64_t snapshot_every_bytes = 64ULL << 20;  // of log; more when the last was large (snapshot_distance.h)
  std::size_t processes_max = 16;                    // of functions, at once
  // Smaller in the simulation, which meets these limits within a short run.
  std::size_t waiting_per_function_max = function::kWaitingPerFunctionMax;
  std::size_t waiting_deliveries_max = delivery::kWaitingMax;
  std::size_t replay_page_events = 250;  // one step of the engine, one record of deliveries
  std::size_t step_max = base::kStepMax;
};

class Engine final : private log::Journal {
 public:
  Engine(log::Log& log, const base::Clock& clock, World& world, observe::Counters& counters, Settings settings);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Brings the state to the end of the log: the last snapshot, then every record behind it. Blocks on the disk. Once,
  // before anything else.
  Result<void> recover();

  // Runs one decision.
  void execute(const Caller& caller, const std::function<void(Call&)>& decision);

  // Why the log did not take a record of the decision, or tick, that runs or ran last; nothing: it took all. The state
  // has neither that record nor what was written behind it, which may rest on it.
  const std::optional<Error>& refusal() const { return refusal_; }

  // Runs `act` when everything that is in the state now is durable; at once if it is. `act` is given whether it is:
  // false when the log has stopped, after which nobody knows what reached the disk.
  void when_committed(std::function<void(bool durable)> act);

  // Calls `act` when an event at or after `from` has become durable, perhaps at once, or at `deadline`, which is at
  // most kEventWaitMax ahead: one that is farther shows that the clock was set back, and `act` is called, too.
  void wait_for_event(log::LogPosition from, base::Time deadline, std::function<void()> act);

  // The log has committed up to its commit position, or has stopped: lets go what waited for it.
  void on_commit();
  void on_log_stopped(const Error& error);

  // Does what is due by the clock: retries, scheduled rules, long polls, functions, replays.
  void tick();
  // When `tick` has something to do next, if nothing comes in before. nullopt: nothing is planned.
  std::optional<base::Time> next_due() const;

  // The part of the log that a snapshot still needs.
  struct Needed {
    log::LogPosition floor;  // nothing before
    // Before this, only the records that `keepers` keep are needed; null keepers: nothing can be compacted.
    log::LogPosition whole_from;
    std::shared_ptr<const log::Keepers> keepers;
  };
  // A snapshot, when enough log has been written since the last; its caller saves it once its position is committed. On
  // a full disk it takes one whenever that may free something, and where nothing is new writes a record for it.
  struct PendingSnapshot {
    log::Snapshot snapshot;
    Needed needed;
  };
  std::optional<PendingSnapshot> take_snapshot(bool regardless_of_size);
  // Called for each snapshot that was saved, by the thread that saves them. Answers what it and the one before need: a
  // start that finds the newest damaged falls back to that, and must find its bodies. Of one that stands where the last
  // stood the answer is that all is needed: the one before is not known.
  Needed snapshot_saved(const PendingSnapshot& saved);

  bool has_stopped() const { return stopped_.has_value(); }
  const std::optional<Error>& why_stopped() const { return stopped_; }
  State& state() { return *state_; }

 private:
  log::LogPosition next_position() const override;
  log::LogPosition write_encoded(log::RecordType type, std::string_view payload, const void* record) override;

  Call call(const Caller& caller);
  void run_schedules(Call& call);
  void start_functions(Call& call);
  void retire_function(std::string arn);
  void step_replays(Call& call);
  void tell_those_who_wait_for_events();
  bool another_snapshot_frees(base::Time now);

  log::Log& log_;
  const base::Clock& clock_;
  World& world_;
  base::Random random_;
  Settings settings_;
  std::unique_ptr<State> state_;
  Works works_;
  ReplaySteps replay_steps_;
  Caller ourselves_;
  base::Time now_{};  // of the decision that runs: everything in it happens at one time

  struct Held {
    log::LogPosition position;
    std::function<void(bool)> act;
  };
  std::deque<Held> held_;  // by position
  std::optional<Error> stopped_;
  std::optional<Error> refusal_;
  std::multimap<base::Time, std::function<void()>> waiting_for_event_;  // by deadline
  bool event_came_ = false;                                             // since the last tick
  // The last event accepted since this process started; older ones are durable and are read without waiting.
  std::optional<log::LogPosition> last_event_;
  log::LogPosition snapshot_at_;
  std::uint64_t snapshot_bytes_ = 0;  // size of the last snapshot
  std::uint64_t archived_then_ = 0;   // events, at the last snapshot
  base::Time looked_for_room_{};
  int without_room_ = 0;                // snapshots in a row, with the last, should that have found none
  log::LogPosition stale_until_;        // snapshots up to there do not have the last news
  std::atomic<bool> is_saved_ = false;  // the last snapshot

  // Of the thread that saves snapshots.
  Needed needed_by_last_saved_;
  log::LogPosition last_saved_;
  std::atomic<log::LogPosition> saved_before_;  // the one before the last, read by the engine's thread
};

}  // namespace athanor::engine
