#include "sim/backups.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/state.h"
#include "io/passing_files.h"
#include "service/events/event_buses.h"
#include "storage/embedded/inspect.h"

namespace athanor::sim {
namespace {

// The disk as seen by a backup: something happens between two of its steps, and a loss of power ends it. `renamed` is
// called with the new name of each file that is renamed.
class Meddling final : public io::PassingFiles {
 public:
  Meddling(Disk& disk, std::function<void()> meddle, std::function<void(const std::string&)> renamed)
      : PassingFiles(disk),
        disk_(disk),
        power_losses_(disk.power_losses()),
        meddle_(std::move(meddle)),
        renamed_(std::move(renamed)) {}

  Result<std::vector<std::string>> list(const std::string& directory) override {
    ATHANOR_CHECK(meddle());
    return PassingFiles::list(directory);
  }
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    ATHANOR_CHECK(meddle());
    return PassingFiles::open(path, mode);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    ATHANOR_CHECK(PassingFiles::rename(from, to));
    renamed_(to);
    return {};
  }
  bool has_lost_power() const { return disk_.was_cut() || disk_.power_losses() > power_losses_; }

 private:
  Result<void> meddle() {
    meddle_();
    if (!has_lost_power()) return {};
    return Error{ErrorCode::Unavailable, "The power is cut.", {}};
  }

  const Disk& disk_;
  const std::uint64_t power_losses_;
  const std::function<void()> meddle_;
  const std::function<void(const std::string&)> renamed_;
};

// As `athanor backup` and `athanor restore` do.
Result<storage::BackupManifest> back_up(io::FileSystem& files, const std::string& from, const std::string& to,
                                        base::Time now) {
  ATHANOR_CHECK(files.create_directories(to));
  ATHANOR_TRY(before, storage::read_whole_manifest(files, to));
  ATHANOR_TRY(manifest, storage::back_up_log(files, from, to, before));
  manifest.taken = now;
  ATHANOR_CHECK(storage::write_manifest(files, to, manifest));
  return manifest;
}

Result<storage::Restored> restore_from(io::FileSystem& files, const std::string& from, const std::string& to,
                                       std::optional<base::Time> at, std::uint64_t seed) {
  ATHANOR_TRY(manifest, storage::read_manifest(files, from));
  base::Random random{seed};
  ATHANOR_TRY(restored, storage::restore_log(files, from, to, manifest, {.at = at}, random));
  ATHANOR_TRY(found, storage::inspect(files, to));
  if (found.is_sound()) return restored;
  return corrupt(found.damages.front().file + " " + found.damages.front().what);
}

bool holds_compacted(const storage::BackupManifest& manifest) {
  return std::ranges::any_of(manifest.log, [](const auto& file) { return file.name.ends_with(".compacted"); });
}

// Whether the backup may lack the state at `position`: if what came after was compacted before the next run, the time
// at which it was written is lost; and a first run may have found only newer snapshots.
bool may_lack(const storage::BackupManifest& manifest, std::uint64_t position) {
  return holds_compacted(manifest) ||
         (manifest.extent.begin > 0 && std::ranges::none_of(manifest.log, [&](const auto& file) {
            const auto snapshot = storage::snapshot_position_of(file.name);
            return snapshot && *snapshot <= position;
          }));
}

std::size_t hash_of(const log::Record& record) {
  return std::hash<std::string>{}(record.payload) +
         static_cast<std::size_t>(record.type + record.time.time_since_epoch().count());
}

}  // namespace

Backups::Backups(Disk& disk, Server& server, const base::Clock& clock, bool clock_jumps, Checker& checker,
                 Coverage& coverage)
    : disk_(disk), server_(server), clock_(clock), clock_jumps_(clock_jumps), checker_(checker), coverage_(coverage) {}

void Backups::run(const std::function<bool()>& meddle) {
  const auto lock = disk_.lock(directory_ + "/lock");
  if (!lock && lock.error().code == ErrorCode::AlreadyExists) return;  // a run is under way
  Run run{.began = clock_.now(), .committed = checker_.answered_until().value};
  const bool is_stopped = !server_.is_up();
  if (!is_stopped) run.committed = server_.log().commit_position().value;
  // The state of a server whose log has stopped does not count.
  if (!is_stopped && !server_.has_stopped() && run.committed == server_.log().end().value)
    run.state = server_.engine().state().saved_works();
  look_at_log();
  const std::uint64_t starts = server_starts_;
  const auto renamed = [&](const std::string& path) {
    if (path == directory_ + "/" + std::string(storage::kBackupManifestName)) check_survives_power_cut();
  };
  Meddling files(
      disk_,
      [&] {
        if (meddle()) look_at_log();
      },
      renamed);
  const auto manifest = back_up(files, server_.directory(), directory_, run.began);
  ++runs_begun_;
  look_at_log();
  if (checker_.has_lied()) return;
  if (is_another_) return was_another(manifest, files.has_lost_power());
  if (!manifest) return broke_off(manifest.error(), files.has_lost_power());
  run.begin = manifest->extent.begin;
  run.end = manifest->extent.end;
  if (!runs_.empty() && run.begin > runs_.back().begin)
    checker_.violate(fmt::format("B2: a backup began at {}, and after a run at {}", runs_.back().begin, run.begin));
  if (run.end < run.committed)
    checker_.violate(fmt::format("B1: a backup ends at {}, but {} was acknowledged before", run.end, run.committed));
  if (server_starts_ > starts) coverage_.add(Reached::BackupAcrossKill);
  if (is_stopped) {
    run.unsure_since = disk_.power_losses();
    coverage_.add(Reached::BackupOfStopped);
  }
  coverage_.add(runs_.empty() ? Reached::BackupTaken : Reached::BackupContinued);
  if (holds_compacted(*manifest)) coverage_.add(Reached::BackupOfCompacted);
  runs_.push_back(std::move(run));
}

// Because of the disk, during the run or under the server before; or since records that no run has seen are gone: then
// a new directory is used.
void Backups::broke_off(const Error& error, bool has_lost_power) {
  const std::string text = error.message + " " + error.detail;
  if (has_lost_power || (server_.is_up() && server_.has_stopped()) || error.code == ErrorCode::DiskFull ||
      text.find("EIO") != std::string::npos || (!server_.is_up() && text.find("writes it again") != std::string::npos))
    return coverage_.add(Reached::BackupBrokeOff);
  const auto there = storage::read_manifest(*disk_.copy(), directory_);
  if (text.find("has freed records") == std::string::npos || !there ||
      (server_.is_up() && first_seen_ <= there->extent.end))
    return checker_.violate("B1: a backup was refused: " + text);
  coverage_.add(Reached::BackupFellBehind);
  begin_anew();
}

// The log went on from a point before the backup's end: whatever it has written since, it needs another directory.
void Backups::was_another(const Result<storage::BackupManifest>& added, bool has_lost_power) {
  if (added) return checker_.violate("B3: a backup accepted a log other than the one that it holds");
  if (added.error().code != ErrorCode::IllegalStatus) return broke_off(added.error(), has_lost_power);
  coverage_.add(Reached::BackupOfEarlierRefused);
  begin_anew();
}

// Once the manifest has its name the backup is whole, whichever earlier name changes are lost.
void Backups::check_survives_power_cut() {
  if (checker_.has_lied()) return;
  const auto disk = disk_.copy();
  disk->restore_power();
  if (const auto left = storage::read_whole_manifest(*disk, directory_); !left)
    checker_.violate("B1: a loss of power leaves no whole backup: " + left.error().message);
}

void Backups::begin_anew() {
  directory_ += "-anew";
  runs_.clear();
  is_another_ = false;
}

void Backups::look_at_log() {
  if (!server_.is_up()) return;
  bool is_first = true;
  const auto seen = server_.log().scan(log::LogPosition{0}, [&](const log::Record& record) {
    if (std::exchange(is_first, false)) first_seen_ = record.position.value;
    seen_[record.position.value] = {hash_of(record), runs_begun_, record.time};
    return true;
  });
  if (!seen) has_seen_all_ = false;
}

void Backups::recovered(log::LogPosition end) {
  ++server_starts_;
  seen_.erase(seen_.lower_bound(end.value), seen_.end());
  look_at_log();
  if (const auto restored = std::exchange(went_back_, std::nullopt); restored && end > *restored)
    checker_.violate(
        fmt::format("B2: a restored log ended at {}, but at {} when its server started", restored->value, end.value));
  if (runs_.empty() || is_another_ || runs_.back().end <= end.value || checker_.has_lied()) return;
  // The next start finds what a server had written but not synced when it died, unless the power fails first.
  if (disk_.power_losses() > runs_.back().unsure_since) return begin_anew();
  checker_.violate(fmt::format("B2: a backup holds records up to {}, but the log lost some", runs_.back().end));
}

bool Backups::can_go_back() const {
  // A run may be under way.
  return !runs_.empty() && !is_another_ && !checker_.has_lied() && disk_.lock(directory_ + "/lock").has_value();
}

std::optional<Backups::WentBack> Backups::go_back(base::Random& random, bool power_fails) {
  std::optional<base::Time> at;
  if (random.one_in(2)) {
    const base::Time last = runs_.back().began;
    at = std::min(runs_[random.below(runs_.size())].began, last);
    if (random.one_in(2)) at = *at + base::Duration{random.below(static_cast<std::uint64_t>((last - *at).count()) + 1)};
  }
  const std::string left = server_.directory(), to = fmt::format("{}-{}", kLogDirectory, ++restores_);
  if (power_fails && random.one_in(2)) disk_.cut_power_after(random.below(40));
  auto restored = restore_for_server(to, at);
  // No run covers that moment: restore the last.
  if (!restored && at && restored.error().code == ErrorCode::IllegalStatus) {
    at.reset();
    restored = restore_for_server(to, at);
  }
  if (!restored) {
    checker_.violate("B1: a backup cannot be restored: " + restored.error().message);
    return {};
  }
  if (power_fails && random.one_in(2)) {
    disk_.cut_power();
    disk_.restore_power();
  }
  disk_.cut_power_after(kNever);
  const std::uint64_t end = restored->end;
  if (at ? !clock_jumps_ && !is_end_as_of(*at, end) : end < runs_.back().end) {
    checker_.violate(fmt::format("B1: what was restored {} ends at {}", at ? "as of a moment" : "", end));
    return {};
  }
  server_.use_directory(to);
  for (const std::string& name : *disk_.list(left)) ATHANOR_ASSERT(disk_.remove(fmt::format("{}/{}", left, name)));
  ATHANOR_ASSERT(disk_.sync_directory(left));
  WentBack there{.end = log::LogPosition{end}, .state = {}};
  for (Run& run : runs_) {
    run.unsure_since = kNever;
    if (run.committed == end && !run.state.empty()) there.state = run.state;
  }
  is_another_ = end < storage::read_manifest(disk_, directory_)->extent.end;
  went_back_ = there.end;
  coverage_.add(is_another_ ? Reached::WentBackToEarlier : Reached::WentBackToBackup);
  return there;
}

// If the power fails meanwhile, it is done once more.
Result<storage::Restored> Backups::restore_for_server(const std::string& to, std::optional<base::Time> at) {
  const auto restore_once = [&]() -> Result<storage::Restored> {
    ATHANOR_CHECK(disk_.create_directories(to));
    ATHANOR_TRY(names, disk_.list(to));
    for (const std::string& name : names) ATHANOR_CHECK(disk_.remove(fmt::format("{}/{}", to, name)));
    return restore_from(disk_, directory_, to, at, server_.settings().seed + 1'000'000 * restores_ + 500'000);
  };
  auto restored = restore_once();
  if (restored || !disk_.was_cut()) return restored;
  coverage_.add(Reached::CutInRestore);
  disk_.restore_power();
  disk_.cut_power_after(kNever);
  return restore_once();
}

// After the last record seen that was written by then, and before the first one written later, given that the clock
// only goes forward.
bool Backups::is_end_as_of(base::Time at, std::uint64_t end) const {
  const auto later = std::ranges::find_if(seen_, [&](const auto& seen) { return seen.second.time > at; });
  if (later != seen_.end() && end > later->first) return false;
  // Records not committed when the last run began may not be in it.
  const std::uint64_t held_until = runs_.back().end;
  const auto behind = later == seen_.end() || later->first >= held_until ? seen_.lower_bound(held_until) : later;
  return behind == seen_.begin() || end > std::prev(behind)->first;
}

void Backups::try_restore(base::Random& random) {
  if (runs_.empty() || is_another_ || checker_.has_lied()) return;
  const bool is_end = clock_jumps_ || random.one_in(2);
  const Run& run = is_end ? runs_.back() : runs_[random.below(runs_.size())];
  if (!is_end && run.state.empty()) return;
  const auto disk = disk_.copy();
  base::ManualClock clock{run.began};
  const auto restored = restore(*disk, clock, is_end ? nullptr : &run);
  if (!restored) return;
  // A run that broke off may already have renamed its manifest.
  const std::uint64_t end = restored->log().end().value;
  const std::uint64_t expected = is_end ? run.end : run.committed;
  if (end < expected || (!is_end && end > expected))
    return checker_.violate(fmt::format("B1: what was restored ends at {} instead of {}", end, expected));
  if (!check_records(*restored, is_end)) return;
  if (!run.state.empty() && end == run.committed) {
    if (const auto works = difference(run.state, restored->engine().state().saved_works()); !works.empty())
      return checker_.violate("B3: the restored state differs from the original:" + works);
  }
  coverage_.add(is_end ? Reached::BackupRestored : Reached::BackupRestoredEarlier);
  go_on(*disk, clock, *restored);
}

// Restores all, or as of when a run began. Null: it failed; a violation was reported, if it is one.
std::unique_ptr<Server> Backups::restore(Disk& disk, const base::Clock& clock, const Run* as_of) {
  for (const std::string& name : *disk.list(kLogDirectory))
    ATHANOR_ASSERT(disk.remove(fmt::format("{}/{}", kLogDirectory, name)));
  Server::Settings settings = server_.settings();
  settings.seed += 1'000'000 * ++restores_;  // so that its segments have different ids
  const auto at = as_of == nullptr ? std::nullopt : std::optional{as_of->began};
  if (const auto restored = restore_from(disk, directory_, kLogDirectory, at, settings.seed); !restored) {
    const bool is_refused = restored.error().code == ErrorCode::IllegalStatus;
    if (as_of == nullptr || !is_refused || !may_lack(*storage::read_manifest(disk, directory_), as_of->committed))
      checker_.violate("B1: a backup cannot be restored: " + restored.error().message);
    return nullptr;
  }
  auto server = std::make_unique<Server>(disk, clock, settings, of_restored_);
  if (const auto started = server->start(); !started) {
    checker_.violate("B1: no server starts on what was restored: " + started.error().message);
    return nullptr;
  }
  return server;
}

// Checks that each record is one that the log had, and that all it had at the end of the last run are there.
bool Backups::check_records(Server& restored, bool is_end) {
  std::set<std::uint64_t> there;
  std::string wrong;
  const auto end = restored.log().scan(log::LogPosition{0}, [&](const log::Record& record) {
    const std::uint64_t position = record.position.value;
    there.insert(position);
    const auto seen = seen_.find(position);
    if (seen == seen_.end() ? has_seen_all_ : seen->second.hash != hash_of(record))
      wrong = fmt::format("B2: what was restored has a different record at {} than the log had", position);
    return wrong.empty();
  });
  if (!end) wrong = "B1: what was restored cannot be read: " + end.error().message;
  for (auto seen = seen_.begin(); is_end && wrong.empty() && seen != seen_.end(); ++seen) {
    if (seen->first < runs_.back().end && seen->second.run == runs_begun_ && !there.contains(seen->first))
      wrong = fmt::format("B1: what was restored has no record at {}, but the log has one", seen->first);
  }
  if (!wrong.empty()) checker_.violate(wrong);
  return wrong.empty();
}

// Its log counts as another one as soon as it has gone on from an earlier moment.
void Backups::go_on(Disk& disk, const base::Clock& clock, Server& restored) {
  for (const char* name : {"one", "more"})
    restored.execute(
        [&](engine::Call& call) { ATHANOR_ASSERT(service::events::create_event_bus(call, {.name = name})); });
  restored.commit();
  const WorkStates state = restored.engine().state().saved_works();
  const auto added = back_up(disk, kLogDirectory, directory_, clock.now());
  if (!added && added.error().code == ErrorCode::IllegalStatus) return coverage_.add(Reached::BackupOfAnotherRefused);
  if (!added) return checker_.violate("B1: a backup was refused: " + added.error().message);
  coverage_.add(Reached::BackupOfRestored);
  restored.die();
  const auto again = restore(disk, clock, nullptr);
  if (!again) return;
  if (const auto works = difference(state, again->engine().state().saved_works()); !works.empty())
    checker_.violate("B3: a restored log was backed up, and restored as another:" + works);
}

}  // namespace athanor::sim
