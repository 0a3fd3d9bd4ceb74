// The engine: all works, and the order in which records reach them. See README.md for why records are applied before
// they are durable, and why that is safe.
//
// No threads, no I/O: engine/loop.h drives it in the server, sim/world.h in the simulation. Everything here runs to its
// end on one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

// The longest that TailEvents waits.
inline constexpr std::chrono::seconds kEventWaitMax{20};

struct Settings {
  std::uint64_t seed = 1;                            // for ids, receipt handles and jitter
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

  // Brings the state to the end of the log: the last snapshot, then every record after it. Blocks on the disk. Called
  // once, before anything else.
  Result<void> recover();

  // Runs one decision.
  void execute(const Caller& caller, std::move_only_function<void(Call&)> decision);

  // Why the log refused a record of the current or last decision or tick; nullopt if it took them all. The state has
  // neither that record nor any written after it, which may depend on it.
  const std::optional<Error>& refusal() const { return refusal_; }

  // Runs `act` once everything in the state now is durable; immediately if it already is. `act` is told whether it is:
  // false when the log has stopped, after which nobody knows what reached the disk.
  void when_committed(std::move_only_function<void(bool durable)> act);

  // Calls `act` when an event at or after `from` has become durable, perhaps at once, or at `deadline`, at most
  // kEventWaitMax ahead: a deadline further off shows that the clock was set back, and `act` is called then, too. False
  // after end_long_polls: then `act` is not called, and the caller should answer with what it has.
  bool wait_for_event(log::LogPosition from, base::Time deadline, std::move_only_function<void()> act);

  // The server stops: answers those who wait for messages with none, calls those who wait for an event, and nobody
  // waits from here on.
  void end_long_polls();

  // The log has committed up to its commit position, or has stopped: releases what waited for it.
  void on_commit();
  void on_log_stopped(const Error& error);

  // Does what is due by the clock: retries, scheduled rules, long polls, functions, replays.
  void tick();
  // When `tick` next has something to do if nothing arrives before. nullopt: nothing is planned.
  std::optional<base::Time> next_due() const;

  // The part of the log that a snapshot still needs.
  struct Needed {
    log::LogPosition floor;  // nothing before it is needed
    // Before this, only the records that `keepers` keep are needed; null keepers: nothing can be compacted.
    log::LogPosition whole_from;
    std::shared_ptr<const log::Keepers> keepers;
  };
  // A snapshot, once enough log has been written since the last; the caller saves it when its position is committed. On
  // a full disk one is taken whenever it may free something, after writing a record for it if nothing is new.
  struct PendingSnapshot {
    log::Snapshot snapshot;
    Needed needed;
  };
  std::optional<PendingSnapshot> take_snapshot(bool regardless_of_size);
  // Called for each saved snapshot, by the thread that saves them. Returns what it and the one before need: a start
  // that finds the newest damaged falls back to the one before, and must find its bodies. If it is at the same position
  // as the last, everything is needed: the one before is unknown.
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
  log::LogPosition whole_from(log::LogPosition end) const;
  // Those that may be under way, or begin before the next snapshot.
  std::vector<Compaction> compactions() const;

  log::Log& log_;
  const base::Clock& clock_;
  World& world_;
  base::Random random_;
  Settings settings_;
  std::unique_ptr<State> state_;
  Works works_;
  ReplaySteps replay_steps_;
  Caller ourselves_;
  base::Time now_{};  // of the current decision: everything in it happens at one time

  struct Held {
    log::LogPosition position;
    std::move_only_function<void(bool)> act;
  };
  std::deque<Held> held_;  // by position
  std::optional<Error> stopped_;
  std::optional<Error> refusal_;
  std::multimap<base::Time, std::move_only_function<void()>> waiting_for_event_;  // by deadline
  bool event_came_ = false;                                                       // since the last tick
  bool has_ended_long_polls_ = false;
  // The last event accepted since this process started; older ones are durable and are read without waiting.
  std::optional<log::LogPosition> last_event_;
  log::LogPosition snapshot_at_;
  std::uint64_t snapshot_bytes_ = 0;  // size of the last snapshot
  std::uint64_t archived_then_ = 0;   // archived events at the last snapshot
  base::Time looked_for_room_{};
  int without_room_ = 0;                // snapshots in a row that found no room; the last counts until it is saved
  log::LogPosition stale_until_;        // snapshots up to here lack the latest changes
  std::atomic<bool> is_saved_ = false;  // the last snapshot
  // What may be compacted by each snapshot, the newest last, as long as its keepers are in use.
  struct Compactable {
    log::LogPosition before;
    std::weak_ptr<const log::Keepers> keepers;
  };
  std::vector<Compactable> compactable_;

  // Used by the thread that saves snapshots.
  Needed needed_by_last_saved_;
  log::LogPosition last_saved_;
  std::atomic<log::LogPosition> saved_before_;  // the one before the last, read by the engine thread
};

}  // namespace athanor::engine
