#include "sim/server.h"

#include <algorithm>

#include "engine/state.h"
#include "storage/embedded/open.h"

namespace athanor::sim {

std::string difference(const WorkStates& a, const WorkStates& b) {
  std::string names;
  for (const auto& [name, bytes] : a) {
    if (bytes != b.at(name)) names += " " + name;
  }
  return names;
}

Server::Server(Disk& disk, const base::Clock& clock, Settings settings, Coverage& coverage)
    : disk_(disk), clock_(clock), settings_(settings), coverage_(coverage) {}

Result<void> Server::start() {
  const storage::EmbeddedLogSettings log_settings{.segment_bytes = settings_.segment_bytes,
                                                  .fill_ahead_bytes = settings_.segment_bytes / 4,
                                                  .large_commit_bytes = settings_.segment_bytes / 8,
                                                  .reserve_bytes = settings_.reserve_bytes,
                                                  .compacted_neighbours_min = 2,
                                                  .seed = settings_.seed + starts_,
                                                  .report = [this](const std::string& sentence) { hear(sentence); }};
  ++starts_;
  const auto compacted = count_compacted();
  ATHANOR_TRY(log, storage::open_embedded_log(disk_, directory_, log_settings));
  if (count_compacted() < compacted) coverage_.add(Reached::MergeEndedByStart);
  ATHANOR_TRY(snapshot, log->load_snapshot());
  if (snapshot) coverage_.add(Reached::SnapshotLoaded);
  auto engine = std::make_unique<engine::Engine>(
      *log, clock_, *this, counters_,
      engine::Settings{.seed = settings_.seed + 1'000 * starts_,
                       .snapshot_every_bytes = settings_.snapshot_every_bytes,
                       .processes_max = 3,
                       .waiting_per_function_max = settings_.waiting_per_function_max,
                       .waiting_deliveries_max = settings_.waiting_deliveries_max,
                       .replay_page_events = settings_.replay_page_events,
                       .step_max = settings_.has_small_steps ? 1 + base::Random{settings_.seed + starts_}.below(5)
                                                             : base::kStepMax});
  ATHANOR_CHECK(engine->recover());
  log_ = std::move(log);
  engine_ = std::move(engine);
  return {};
}

void Server::hear(const std::string& sentence) {
  if (sentence.find("cut off") != std::string::npos) coverage_.add(Reached::TornTailCutOff);
  if (sentence.find("is not compacted this time") != std::string::npos) coverage_.add(Reached::CompactionFailed);
  if (sentence.find("cannot be read and is not") != std::string::npos) coverage_.add(Reached::CompactionSourceUnread);
  if (sentence.find("rebuilt") != std::string::npos) coverage_.add(Reached::FlippedSnapshotPassedOver);
}

void Server::die() {
  engine_.reset();
  log_.reset();
  snapshot_.reset();
  keepers_.reset();
  running_.clear();
  reads_.clear();
  posted_.clear();
}

void Server::when_durable(std::move_only_function<void()> act) {
  engine_->when_committed([act = std::move(act)](bool durable) mutable {
    if (durable) act();
  });
}

void Server::run_posted() {
  while (!reads_.empty() || !posted_.empty()) {
    if (!reads_.empty()) {
      auto work = std::move(reads_.front());
      reads_.pop_front();
      work(*log_);
    } else {
      auto decision = std::move(posted_.front());
      posted_.pop_front();
      engine_->execute(caller_, std::move(decision));
    }
  }
}

void Server::commit(bool with_snapshot) {
  if (engine_->has_stopped()) return;
  if (auto due = engine_->take_snapshot(with_snapshot)) snapshot_ = std::move(due);
  Result<void> outcome;
  const auto committed = log_->commit();
  if (committed && !log_->has_room()) outcome = log_->make_room();  // as the server's log thread does
  if (!committed) {
    coverage_.add(committed.error().code == ErrorCode::DiskFull ? Reached::StoppedByFullDisk
                                                                : Reached::StoppedByFailedWrite);
    outcome = committed.error();
  } else if (const auto snapshot = std::exchange(snapshot_, std::nullopt); snapshot && outcome) {
    outcome = log_->save_snapshot(snapshot->snapshot);
    if (outcome) {
      coverage_.add(Reached::SnapshotSaved);
      const auto before = disk_.list(directory_);
      const engine::Engine::Needed needed = engine_->snapshot_saved(*snapshot);
      outcome = log_->trim(needed.floor);
      if (outcome && before && disk_.list(directory_)->size() < before->size()) coverage_.add(Reached::SegmentsFreed);
      compact_before_ = needed.whole_from;
      keepers_ = needed.keepers;
    }
    if (!outcome && outcome.error().code == ErrorCode::DiskFull) {
      coverage_.add(Reached::SnapshotWithoutRoom);
      outcome = {};
    } else if (!outcome) {
      coverage_.add(Reached::StoppedByFailedWrite);
    }
  }
  if (!outcome) engine_->on_log_stopped(outcome.error());
}

void Server::compact(std::uint64_t steps, std::uint64_t late_cut) {
  const auto keepers = std::exchange(keepers_, nullptr);
  if (engine_->has_stopped() || !keepers) return;
  bool is_cut_short = false;
  const auto done = log_->compact(compact_before_, *keepers, [&](const log::CompactionStep& step) {
    if (step.bytes == 0 && step.bytes_left == 0 && late_cut != kNever)
      disk_.cut_power_after(std::exchange(late_cut, kNever));
    is_cut_short = steps == 0;
    return steps-- > 0;
  });
  if (is_cut_short) coverage_.add(Reached::CompactionCutShort);
  if (!done) {
    coverage_.add(disk_.was_cut() ? Reached::CutInCompaction : Reached::StoppedByFailedWrite);
    return engine_->on_log_stopped(done.error());
  }
  if (disk_.was_cut()) coverage_.add(Reached::CutInCompaction);
  coverage_.add(Reached::SegmentsCompacted, done->segments);
  coverage_.add(Reached::CompactedMerged, done->merged);
}

std::ptrdiff_t Server::count_compacted() const {
  const auto names = disk_.list(directory_);
  if (!names) return 0;
  return std::ranges::count_if(*names, [](const std::string& name) { return name.ends_with(".compacted"); });
}

std::uint64_t Server::counted(std::string_view counter) const {
  std::uint64_t sum = 0;
  for (const auto& [name, value] : counters_.all()) {
    if (name.substr(0, name.find('{')) == counter) sum += value;
  }
  return sum;
}

}  // namespace athanor::sim
