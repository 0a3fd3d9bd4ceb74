// The server's process: engine and log, driven as by engine/loop.h, but in one thread and in the order of a script.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/world.h"
#include "log/log.h"
#include "observe/counters.h"
#include "sim/coverage.h"
#include "sim/disk.h"

namespace athanor::sim {

inline constexpr const char* kLogDirectory = "data";  // the first one

// What each of an engine's works would write into a snapshot.
using WorkStates = std::map<std::string, std::string>;
// The works that differ, separated by spaces; empty when none does.
std::string difference(const WorkStates& a, const WorkStates& b);

class Server final : public engine::World {
 public:
  struct Settings {
    std::uint64_t seed = 1;
    std::uint64_t segment_bytes = 64 << 10;
    std::uint64_t reserve_bytes = 0;
    std::uint64_t snapshot_every_bytes = 10 << 10;
    std::size_t waiting_per_function_max = 1'000;
    std::size_t waiting_deliveries_max = 1'000;
    std::size_t replay_page_events = 250;
    bool has_small_steps = false;  // each start draws their size
  };

  Server(Disk& disk, const base::Clock& clock, Settings settings, Coverage& coverage);

  // Opens the log and recovers the state. Until it has succeeded, and after `die`, nothing else may be called.
  Result<void> start();
  bool is_up() const { return engine_ != nullptr; }
  // Where its log is. May be changed while it is down.
  const std::string& directory() const { return directory_; }
  void use_directory(std::string directory) { directory_ = std::move(directory); }
  // The process is gone, and everything in memory with it. What becomes of its writes is up to the disk.
  void die();
  // A write or sync failed: nothing may be acknowledged any more.
  bool has_stopped() const { return engine_->has_stopped(); }

  void execute(std::move_only_function<void(engine::Call&)> decision) {
    engine_->execute(caller_, std::move(decision));
  }
  // Calls `act` when everything decided so far is durable; never if the log stops first.
  void when_durable(std::move_only_function<void()> act);
  // Runs what the reader and the functions have posted.
  void run_posted();
  void tick() { engine_->tick(); }

  // One round of the log thread: write, sync, a snapshot when one is due or requested.
  void commit(bool with_snapshot = false);
  // One round of the compacting thread, which serves the latest request left by a snapshot; stops after `steps` blocks
  // or segments. The power is cut `late_cut` operations after it reaches the last plain segment.
  void compact(std::uint64_t steps = kNever, std::uint64_t late_cut = kNever);
  // Who keeps what in the next compaction; null: none is due.
  const log::Keepers* compaction_due() const { return keepers_.get(); }
  // How many compacted segments the log has.
  std::ptrdiff_t count_compacted() const;
  // Tells the engine of the commit.
  void tell() { engine_->on_commit(); }

  engine::Engine& engine() { return *engine_; }
  const log::Log& log() const { return *log_; }
  // Functions that have started and not yet ended.
  std::vector<function::Start>& running() { return running_; }
  const Settings& settings() const { return settings_; }
  std::uint64_t counted(std::string_view counter) const;  // over all labels, since the start

  // engine::World.
  void start_function(function::Start start) override { running_.push_back(std::move(start)); }
  void retire_function(const std::string&) override {}
  void read_log(std::move_only_function<void(const log::Log&)> work) override { reads_.push_back(std::move(work)); }
  void post(std::move_only_function<void(engine::Call&)> decision) override { posted_.push_back(std::move(decision)); }

 private:
  void hear(const std::string& sentence);  // what the log reports to its operator

  Disk& disk_;
  const base::Clock& clock_;
  const Settings settings_;
  Coverage& coverage_;
  std::string directory_ = kLogDirectory;
  observe::Counters counters_;
  const engine::Caller caller_{.endpoint = "http://sim", .access_key_id = {}};
  std::uint64_t starts_ = 0;

  std::unique_ptr<log::Log> log_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<engine::Engine::PendingSnapshot> snapshot_;
  log::LogPosition compact_before_;
  std::shared_ptr<const log::Keepers> keepers_;  // null: there is nothing to compact
  std::vector<function::Start> running_;
  std::deque<std::move_only_function<void(const log::Log&)>> reads_;
  std::deque<std::move_only_function<void(engine::Call&)>> posted_;
};

}  // namespace athanor::sim
