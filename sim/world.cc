#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "engine/state.h"
#include "service/events/archives.h"
#include "service/events/event_buses.h"
#include "sim/simulation.h"

namespace athanor::sim {
namespace {

constexpr base::Duration kAhead = std::chrono::days{3};  // longer than any archive keeps what it does not keep forever

std::array<Personality, kFunctions.size()> draw_functions(const Script& script, base::Random& random) {
  std::array<Personality, kFunctions.size()> functions;
  for (Personality& one : functions) {
    if (script.faults.has(Fault::FunctionErrors)) {
      one.is_broken = random.one_in(4);
      one.fails_one_in = 1 + random.below(5);
    }
    if (script.faults.has(Fault::FunctionTimeouts)) one.times_out_one_in = 2 + random.below(4);
  }
  return functions;
}

Server::Settings draw_settings(const Script& script, base::Random& random) {
  Server::Settings settings{.seed = random.next()};
  if (script.faults.has(Fault::TinyFiles)) {
    settings.segment_bytes = 2'000 + random.below(10'000);
    settings.snapshot_every_bytes = (3'000 + random.below(20'000)) / 4;  // the engine may use up to four times this
    settings.replay_page_events = 1 + random.below(8);
  }
  if (script.faults.has(Fault::ShortLines)) {
    settings.waiting_per_function_max = 1 + random.below(4);
    settings.waiting_deliveries_max = 30;
  }
  // Without a reserve a full disk ends the server.
  if (script.faults.has(Fault::FullDisk) && random.one_in(2)) settings.reserve_bytes = 10'000 + random.below(30'000);
  settings.has_small_steps = script.faults.has(Fault::SmallSteps);
  return settings;
}

}  // namespace

RunReport run(const Script& script, bool tells) { return Simulation(script, tells).run(); }

Simulation::Simulation(const Script& script, bool tells)
    : script_(script),
      tells_(tells),
      random_(script.seed),
      disk_({.seed = random_.next(),
             .survival = script.faults.has(Fault::SectorLoss) ? Survival::Sectors : Survival::Prefix,
             .loses_names = script.faults.has(Fault::LostNames)}),
      functions_(draw_functions(script, random_)),
      server_(disk_, clock_, draw_settings(script, random_), report_.coverage),
      checker_(report_.coverage),
      backups_(disk_, server_, clock_, has(Fault::ClockJumps), checker_, report_.coverage) {
  checker_.set_short_lines(has(Fault::ShortLines));
  checker_.set_function_timeouts(has(Fault::FunctionTimeouts));
  if (has(Fault::Backups)) checker_.may_go_back();
}

RunReport Simulation::run() {
  const auto started = server_.start();
  ATHANOR_ASSERT(started.has_value());
  set_up();
  for (const Step& step : script_.steps) {
    if (is_over_ || !checker_.violations().empty()) break;
    take(step);
  }
  if (!is_over_ && checker_.violations().empty()) come_to_rest();
  report_.violations = checker_.violations();
  return std::move(report_);
}

void Simulation::set_up() {
  server_.execute(
      [&](engine::Call& call) { ATHANOR_ASSERT(service::events::create_event_bus(call, {.name = "trade"})); });
  for (const Place queue : {Place::Orders, Place::Fifo, Place::Dead, Place::Spoiled})
    create_queue(queue, {.exists = true});
  QueuePut work{.exists = true};
  if (has(Fault::SmallSteps)) work.receives_max = 1 + static_cast<std::uint32_t>(random_.below(2));
  create_queue(Place::Work, work);
  for (const Place function : {Place::Function0, Place::Function1}) create_function(function, draw_function(random_));
  if (has(Fault::Archives)) {
    std::string sources = random_.one_in(3) ? "ab" : "";
    create_archive(std::move(sources), draw_archive_retention(random_));
  }
  if (has(Fault::Retention)) {
    server_.execute([&](engine::Call& call) {
      ATHANOR_ASSERT(service::events::create_archive(
          call, {.archive_name = "kept", .event_source_arn = kBusArn, .event_pattern = pattern_of({kKeptSource})}));
    });
  }
  put_rule(0, {.exists = true, .sources = "ab"});
  put_target(0, "queue", {.place = Place::Orders});
  put_target(0, "function", {.place = Place::Function0});
  put_rule(1, {.exists = true, .sources = "bc"});
  put_target(1, "queue", {.place = Place::Fifo});
  put_target(1, "function", {.place = Place::Function1, .has_dead_letters = !random_.one_in(3)});
  if (has(Fault::Schedules)) {
    create_queue(Place::Ticks, {.exists = true});
    put_schedule({.is_cron = random_.one_in(2), .period = std::chrono::minutes{10}});
    send_schedule_to_queue();
  }
  if (has(Fault::SmallSteps)) create_queue(Place::Brief, {.exists = true, .retention = draw_retention(random_)});
  since_told_ = {clock_.now(), clock_.now()};
  commit_and_tell();
}

void Simulation::take(const Step& step) {
  base::Random random{step.seed};
  trace(fmt::format("{} {}", step.number, name_of(step.kind)));
  perform(step.kind, random);
  tell_time();
  if (!is_over_) look_after_server(random);
  if (is_over_) return;
  note_time();
  tick();
  meet_functions();
}

void Simulation::perform(StepKind kind, base::Random& random) {
  switch (kind) {
    case StepKind::PutEvents:
      return put_events(random);
    case StepKind::SendMessage:
      return send_messages(random);
    case StepKind::Receive:
      return receive_some(random);
    case StepKind::Delete:
      return delete_some(random);
    case StepKind::ChangeVisibility:
      return change_visibility(random);
    case StepKind::Drain:
      return drain_again_and_again(random);
    case StepKind::PassTime:
      return clock_.advance(std::chrono::milliseconds{random.below(random.one_in(4) ? 900'000 : 60'000)});
    case StepKind::FinishFunction:
      return finish_some_functions(random);
    case StepKind::RunPosted:
      return run_posted(random);
    case StepKind::Commit:
      return commit_and_tell();
    case StepKind::CommitSilently:
      return commit_silently(random);
    case StepKind::Compact:
      return compact(random);
    case StepKind::ChangeRule:
      return change_rule(random);
    case StepKind::ChangeTargets:
      return change_targets(random);
    case StepKind::ChangeQueue:
      return change_queue(random);
    case StepKind::ChangeFunction:
      return change_function(random);
    case StepKind::ChangeStack:
      return change_stack(random);
    case StepKind::ChangeSchedule:
      return change_schedule(random);
    case StepKind::ChangeArchive:
      return change_archive(random);
    case StepKind::StartReplay:
      return start_replay(random);
    case StepKind::CancelReplay:
      return cancel_replay(random);
    case StepKind::Purge:
      return purge(random);
    case StepKind::Kill:
      return die(random, /*power_is_lost=*/false);
    case StepKind::CutPower:
      return die(random, /*power_is_lost=*/true);
    case StepKind::CutPowerSoon:
      return disk_.cut_power_after(random.below(10));
    case StepKind::FailSoon:
      return fail_soon(random);
    case StepKind::FailReadsSoon:
      return fail_reads_soon(random);
    case StepKind::FillDisk:
      return fill_disk(random);
    case StepKind::FreeDisk:
      return free_disk();
    case StepKind::LieAboutSyncs:
      return lie_about_syncs(random);
    case StepKind::JumpClock:
      return jump_clock(random);
    case StepKind::BackUp:
      return back_up(random);
    case StepKind::PassDays:
      return pass_days(random);
  }
}

void Simulation::pass_time(base::Duration time) {
  clock_.advance(time);
  since_told_.last = std::max(since_told_.last, clock_.now());
  tell_time();
}

void Simulation::pass_days(base::Random& random) {
  if (++jumped_days_ > kDaysMax) return;
  clock_.advance(std::chrono::minutes{random.below(24 * 60)});
}

void Simulation::note_time() {
  since_told_.first = std::min(since_told_.first, clock_.now());
  since_told_.last = std::max(since_told_.last, clock_.now());
}

void Simulation::tell_time() {
  std::vector<std::string> running;
  if (has(Fault::Retention) && server_.is_up()) {
    for (const archive::Replay* replay : server_.engine().state().replays.active())
      running.push_back(replay->start.name);
  }
  checker_.time_passes(clock_.now(), running);
}

void Simulation::tick() {
  const log::LogPosition at = server_.log().end();
  const bool has_room = server_.log().has_room();
  if (has(Fault::Retention)) note_replays_beside_expiry();
  server_.tick();
  note_tick();
  if (!server_.has_stopped())
    checker_.schedule_ticked(at, server_.log().end(), clock_.now(), has_room, server_.engine().refusal().has_value());
}

void Simulation::commit_and_tell() {
  commit();
  if (!disk_.was_cut()) tell();
}

void Simulation::tell() {
  server_.tell();
  meet_functions();
  if (server_.log().commit_position() == server_.log().end()) since_told_ = {clock_.now(), clock_.now()};
}

void Simulation::commit_silently(base::Random& random) {
  if (has(Fault::SlowDisk)) clock_.advance(std::chrono::milliseconds{random.below(20'000)});
  commit();
}

void Simulation::drain_again_and_again(base::Random& random) {
  for (int round = 0; round < 5 && !server_.has_stopped() && !disk_.was_cut(); ++round) {
    drain(random);
    // Long enough for retries and hidden messages to become due.
    if (has(Fault::QuickConsumers)) pass_time(std::chrono::milliseconds{random.below(300'000)});
  }
}

// One round of what consumers and functions can do at this moment.
void Simulation::drain(base::Random& random) {
  tick();
  commit_and_tell();
  server_.run_posted();
  while (!server_.running().empty()) finish_function(random);
  server_.run_posted();
  for (const Place queue : kQueues) receive(queue, 10, std::chrono::seconds{30});
  commit_and_tell();
  run_slow_reads(random);
  while (!held_.empty()) delete_message(0);
}

// With all faults healed, whatever is due happens, until nothing is. Then the archive is compacted and replayed.
void Simulation::come_to_rest() {
  trace("comes to rest");
  base::Random random{script_.seed ^ 0x4e57};
  heal();
  if (server_.has_stopped() || disk_.was_cut()) die(random, disk_.was_cut());
  if (is_over_) return;
  end_schedule();
  if (!let_rest(random)) return;
  note_failed_replays();
  checker_.reads_may_fail(false);
  finish_stack();
  if (checker_.has_archive() && !replay_all(random)) return;
  commit_and_tell();
  note_failed_replays();
  if (has(Fault::Retention)) check_kept();
  check_state();
  count_deliveries();
  const bool lived_through = report_.coverage.count(Reached::StateComparedAfterRestart) == 0;
  checker_.check_at_rest(
      lived_through ? std::optional{Checker::Lost{
                          .dropped = server_.counted("athanor_invocations_dropped_total"),
                          .without_queue = server_.counted("athanor_invocations_failed_to_be_sent_to_dlq_total")}}
                    : std::nullopt);
  if (!has(Fault::Backups)) return;
  back_up(random);
  backups_.try_restore(random);
}

// False when a violation was found.
bool Simulation::let_rest(base::Random& random) {
  for (int round = 0; round < 3'000 && checker_.violations().empty(); ++round) {
    const std::size_t received = report_.coverage.count(Reached::MessageReceived);
    const bool deletes = !held_.empty();
    drain(random);
    if (rests()) return true;
    // There may be more, or a deleted message was blocking another, and letting time pass would only expire it.
    if (deletes || report_.coverage.count(Reached::MessageReceived) > received ||
        begun_.contains(Reached::DeadLetteredInSteps))
      continue;
    auto due = server_.engine().next_due();
    for (const Place queue : kQueues) {
      const queue::Queue* const there = server_.engine().state().queues.find(arn_of(queue));
      const auto reveal = there == nullptr ? std::nullopt : there->messages.next_reveal();
      if (reveal && (!due || *reveal < *due)) due = reveal;
    }
    if (due) clock_.set(std::max(*due, clock_.now()));
    since_told_.last = std::max(since_told_.last, clock_.now());
    tell_time();
  }
  // A message whose record a lying disk lost comes back until it expires.
  if (checker_.violations().empty() && !checker_.is_void()) checker_.violate("I10: the server did not come to rest");
  return false;
}

// Compacts and replays the whole archive, to a rule that wants everything. False when a violation was found.
bool Simulation::replay_all(base::Random& random) {
  const auto put_rule_for_all = [&] {
    put_rule(3, {.exists = true, .sources = "abc"});
    put_target(3, "t0", {.place = Place::Orders});
  };
  const bool is_beside = has(Fault::Retention) && random.one_in(2);  // the replay, beside the compaction
  // With a clock that is ahead until then, the compaction removes what the archive keeps again. It would not if it had
  // been given an event meanwhile.
  const bool is_ahead = is_beside && has(Fault::ClockJumps) && random.one_in(2);
  if (is_ahead)
    set_clock(kAhead);
  else if (has(Fault::Retention) && random.one_in(2))
    wait_for_expiry(random);
  // Several, since compaction waits for the one after.
  for (int snapshots = 0; snapshots < 3; ++snapshots) {
    is_ahead ? put_rule_for_all() : put_events(random);
    commit(/*with_snapshot=*/true);
    tell();
  }
  if (is_ahead) set_clock(-kAhead);
  if (!is_beside) {
    server_.compact();
    if (!let_rest(random)) return false;
  }
  if (!is_ahead) put_rule_for_all();
  replay(base::Time{}, base::Time{std::chrono::days{40'000}}, -1);
  if (is_beside) {
    for (auto pages = random.below(4); pages > 0; --pages) {
      tick();
      commit_and_tell();
      server_.run_posted();
    }
    server_.compact();
  }
  return let_rest(random);
}

// Until shortly before some of the archive's events expire.
void Simulation::wait_for_expiry(base::Random& random) {
  const std::vector<base::Time> times = checker_.archived_times();
  if (times.empty()) return;
  const auto hour = std::chrono::floor<std::chrono::hours>(times[random.below(times.size())]);
  const base::Time kept_until = hour + std::chrono::hours{1} + checker_.archive_retention();
  const base::Time until = kept_until - std::chrono::minutes{1 + random.below(50)};
  if (until > clock_.now()) pass_time(until - clock_.now());
}

bool Simulation::rests() {
  if (!slow_reads_.empty()) return false;
  auto& state = server_.engine().state();
  if (state.invocations.waiting() + state.invocations.running() + state.deliveries.waiting() > 0) return false;
  if (!state.replays.active().empty()) return false;
  return std::all_of(kQueues.begin(), kQueues.end(), [&](Place queue) {
    const auto counts = state.queues.counts(arn_of(queue), clock_.now());
    return counts.visible + counts.in_flight + counts.delayed == 0;
  });
}

// What can be checked at any time, on an idle server.
void Simulation::check_state() {
  check_rules();
  check_places();
  check_stack();
  check_schedule();
  const archive::Archive* archive = server_.engine().state().archives.find(kArchiveArn);
  const std::uint64_t archived = archive == nullptr ? 0 : archive->events(clock_.now());
  const auto [least, most] = checker_.archived(clock_.now());
  if ((archived < least || archived > most) && !checker_.has_lied())
    checker_.violate(fmt::format("I2: the archive holds {} events instead of {} to {}", archived, least, most));
  if (archive != nullptr && std::chrono::days{archive->put.retention_days} != checker_.archive_retention())
    checker_.violate("I8: the archive does not have the retention that it was given");
}

// What the archive that keeps events forever holds is there, and something of what has expired beside it is not.
void Simulation::check_kept() {
  const archive::Archive* archive = server_.engine().state().archives.find(kKeptArchiveArn);
  const std::vector<log::LogPosition> kept = checker_.kept();
  if (checker_.has_lied()) return;
  if (archive == nullptr || archive->events(clock_.now()) != kept.size())
    return checker_.violate(fmt::format("I2: an archive does not hold {} events", kept.size()));
  for (const log::LogPosition position : kept) {
    if (const auto event = server_.log().read(position); !event)
      return checker_.violate(
          fmt::format("I2: an archive has lost the event at {}: {}", position.value, event.error().message));
  }
  const auto is_gone = [&](log::LogPosition position) { return !server_.log().read(position); };
  if (std::ranges::any_of(checker_.expired(clock_.now()), is_gone)) report_.coverage.add(Reached::ExpiredEventFreed);
}

void Simulation::trace(std::string_view line) {
  const std::string with_time = fmt::format("{} {}", clock_.now().time_since_epoch().count(), line);
  std::uint64_t hash = report_.trace_hash;
  for (const char c : with_time) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  report_.trace_hash = hash;
  if (tells_) fmt::print("{}\n", with_time);
}

}  // namespace athanor::sim
