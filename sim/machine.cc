// The machine under the server in a simulated world: the disk's faults, the clock's jumps, the server's deaths and
// starts.
#include <fmt/format.h>

#include <algorithm>

#include "engine/state.h"
#include "sim/simulation.h"
#include "storage/embedded/open.h"

namespace athanor::sim {
void Simulation::heal() {
  disk_.heal();
  disk_.set_capacity(kNever);
  disk_.lie_about_syncs(false);
  if (!disk_.was_cut()) disk_.cut_power_after(kNever);
  is_full_ = false;
}

// The server counts them from its start.
void Simulation::count_deliveries() {
  report_.coverage.add(Reached::DeliveryRetried, server_.counted("athanor_retry_invocation_attempts_total"));
  report_.coverage.add(Reached::DeliveryDropped, server_.counted("athanor_invocations_dropped_total"));
}

// --- Deaths

// If the power was cut midway or the log has stopped, the process must go, too.
void Simulation::look_after_server(base::Random& random) {
  if (disk_.was_cut()) {
    report_.coverage.add(Reached::CutInCommit);
    die(random, true);
  } else if (server_.has_stopped() && random.one_in(2)) {
    // Until an operator kills it, it goes on, but must not acknowledge anything.
    die(random, has(Fault::PowerCuts) && random.one_in(3));
  }
}

void Simulation::die(base::Random& random, bool power_is_lost) {
  const auto& log = server_.log();
  const bool is_durable = !server_.has_stopped() && log.commit_position() == log.end();
  if (!server_.has_stopped() && log.commit_position() < log.end())
    report_.coverage.add(power_is_lost ? Reached::CutBetweenOperations : Reached::KilledWithUncommitted);
  if (is_durable && !unanswered_.empty()) report_.coverage.add(Reached::KilledBeforeNews);
  power_was_lost_ = power_is_lost;
  count_deliveries();
  state_before_ = is_durable && !checker_.has_lied() ? server_.engine().state().saved_works() : WorkStates{};
  end_before_ = log.end();
  trace(power_is_lost ? "power is lost" : "server dies");
  if (!server_.running().empty()) report_.coverage.add(Reached::FunctionRanAgainAfterCrash);
  comes_between_steps(Reached::DiedBetweenSteps);
  begun_.clear();
  server_.die();
  met_.clear();
  slow_reads_.clear();
  for (auto& [number, request] : unanswered_) to_send_again_.push_back(std::move(request));
  unanswered_.clear();
  if (power_is_lost) disk_.restore_power();
  disk_.cut_power_after(kNever);
  if (has(Fault::Backups) && random.one_in(6)) {
    backups_.run([] { return false; });
    pass_time(std::chrono::milliseconds{1});
  }
  if (has(Fault::Backups) && random.one_in(3)) go_back(random);
  restart(random);
}

// Tries until a start succeeds. Operators eventually repair whatever makes it fail. False when nothing can.
bool Simulation::start_server(base::Random& random) {
  for (int attempt = 0;; ++attempt) {
    if (has(Fault::PowerCuts) && attempt < 2 && random.one_in(4)) disk_.cut_power_after(random.below(6));
    const auto started = server_.start();
    if (started) return true;
    trace("start failed: " + started.error().message);
    if (disk_.was_cut()) {
      report_.coverage.add(Reached::CutInRecovery);
      disk_.restore_power();
      disk_.cut_power_after(kNever);
    } else if (started.error().code == ErrorCode::Corrupt && checker_.has_lied()) {
      report_.coverage.add(Reached::LyingDiskLost);
      return false;
    } else if (attempt < 4 && (started.error().message + started.error().detail).find("EIO") != std::string::npos) {
      report_.coverage.add(Reached::StartFailed);
      if (started.error().message.find("Cannot read") != std::string::npos) {
        report_.coverage.add(Reached::StartCouldNotRead);
        if (started.error().message.find(fmt::format("of {}/", server_.directory())) == std::string::npos)
          checker_.violate("a failed start does not say what it could not read: " + started.error().message);
      }
      if (attempt >= 1) disk_.heal();
    } else {
      checker_.violate("the server does not start: " + started.error().message + " " + started.error().detail);
      return false;
    }
  }
}

void Simulation::restart(base::Random& random) {
  if (has(Fault::FlippedBits) && !checker_.has_lied() && random.one_in(2)) try_flipped_bit(random);
  is_over_ = !start_server(random);
  if (is_over_) return;
  disk_.cut_power_after(kNever);
  if (is_full_) report_.coverage.add(Reached::OpenedOnFullDisk);
  if (!active_replays().empty()) report_.coverage.add(Reached::ReplayAcrossCrash);
  const log::LogPosition end = server_.log().end();
  trace(fmt::format("starts, the log ends at {}", end.value));
  checker_.recovered(end);
  tell_time();
  if (has(Fault::Backups)) backups_.recovered(end);
  if (!state_before_.empty() && end == end_before_) {
    report_.coverage.add(Reached::StateComparedAfterRestart);
    if (const auto works = difference(state_before_, server_.engine().state().saved_works()); !works.empty())
      checker_.violate("the state after the restart differs from before:" + works);
  }
  check_state();
  if (!has(Fault::Backups)) return;
  tail();
  if (random.one_in(3)) backups_.try_restore(random);
}

// --- Faults

void Simulation::fail_soon(base::Random& random) {
  const bool for_good = has(Fault::FailForGood) && (!has(Fault::FailOnce) || random.one_in(2));
  constexpr Failing kKinds[] = {Failing::Any, Failing::Write, Failing::Sync};
  disk_.fail({.operations = kKinds[random.below(std::size(kKinds))], .after = random.below(10), .sticky = for_good});
}

void Simulation::fail_reads_soon(base::Random& random) {
  if (random.one_in(3)) return disk_.fail({.operations = Failing::Read});
  disk_.fail({.operations = Failing::Read, .after = random.below(20), .sticky = random.one_in(3)});
  checker_.reads_may_fail(true);
}

void Simulation::fill_disk(base::Random& random) {
  disk_.set_capacity(kNever);
  disk_.set_capacity(disk_.used_bytes() + random.below(6'000));
  is_full_ = was_full_ = true;
  comes_between_steps(Reached::FilledBetweenSteps);
}

void Simulation::free_disk() {
  is_full_ = false;
  disk_.set_capacity(kNever);
}

void Simulation::lie_about_syncs(base::Random& random) {
  const bool lies = random.one_in(2);
  disk_.lie_about_syncs(lies);
  if (!lies) return;
  checker_.sync_lied();
  report_.coverage.add(Reached::SyncLied);
}

void Simulation::compact(base::Random& random) {
  // A compaction of the last snapshot may be long under way.
  if (!has(Fault::Retention) || !random.one_in(3)) commit(/*with_snapshot=*/true);
  const bool cuts = has(Fault::PowerCuts) && !disk_.was_cut() && random.one_in(3);
  const bool is_late = random.one_in(2);  // when neighbours are merged
  if (cuts && !is_late) disk_.cut_power_after(random.below(20));
  const std::uint64_t steps = random.one_in(4) ? random.below(6) : kNever;
  server_.compact(steps, cuts && is_late ? random.below(16) : kNever);
}

void Simulation::jump_clock(base::Random& random) {
  const bool back = random.one_in(2);
  const std::chrono::milliseconds by =
      random.one_in(2) ? std::chrono::hours{1} : std::chrono::milliseconds{std::chrono::days{1}};
  if (!back && ++jumped_days_ > kDaysMax) return;
  set_clock(back ? -by : by);
}

void Simulation::set_clock(base::Duration by) {
  clock_.advance(by);
  report_.coverage.add(by < base::Duration{} ? Reached::ClockSetBack : Reached::ClockSetForward);
  checker_.clock_jumped();
  note_time();
  tell_time();
}

// Flips one bit of one file, on a copy of the disk so that the run is not affected. Either the start or a read is
// refused with the name of the file, or nothing is missing.
void Simulation::try_flipped_bit(base::Random& random) {
  const auto names = disk_.list(server_.directory());
  if (!names || names->empty()) return;
  const std::string& name = (*names)[random.below(names->size())];
  const auto copy = disk_.copy();
  const std::string path = server_.directory() + "/" + name;
  const auto bytes = copy->contents(path);
  // Most of what matters is in the first part of a file.
  const std::uint64_t offset =
      random.below(random.one_in(2) ? bytes->size() : std::min<std::uint64_t>(bytes->size(), 6'000));
  if (bytes->empty() || !copy->flip_bit(path, offset, static_cast<unsigned>(random.below(8)))) return;
  Coverage passed_over;
  Server other(*copy, clock_, server_.settings(), passed_over);
  other.use_directory(server_.directory());
  const auto names_it = [&](const Error& error) {
    // In a commit mark that a power cut tore as well, a damaged version cannot be recognised: it is refused as an
    // unknown one.
    const bool refuses = error.code == ErrorCode::Corrupt || error.code == ErrorCode::UnknownFormat;
    if (refuses && (error.message + error.detail).find(name) != std::string::npos) {
      report_.coverage.add(Reached::FlippedBitRefused);
      return;
    }
    checker_.violate(
        fmt::format("G7: a flipped bit in {} at byte {} ended in: {} {}", name, offset, error.message, error.detail));
  };
  if (const auto started = other.start(); !started) return names_it(started.error());
  const auto end = other.log().scan(log::LogPosition{0}, [](const log::Record&) { return true; });
  if (!end) return names_it(end.error());
  // The documented limit: after a power cut that came before the commit mark was written back, damage to the very last
  // commit looks like a torn commit.
  if (!power_was_lost_ && *end < checker_.answered_until())
    checker_.violate(fmt::format("G7: a flipped bit in {} at byte {} took acknowledged records away", name, offset));
  report_.coverage.add(Reached::FlippedBitHarmless);
  report_.coverage.add(Reached::FlippedSnapshotPassedOver, passed_over.count(Reached::FlippedSnapshotPassedOver));
  if (state_before_.empty() || *end != end_before_) return;
  if (const auto works = difference(state_before_, other.engine().state().saved_works()); !works.empty())
    checker_.violate(fmt::format("G7: a flipped bit in {} at byte {} gave another state:{}", name, offset, works));
}

}  // namespace athanor::sim
