// What operators do in a simulated world: they change rules and targets, keep archives and replay them, purge queues.
#include <fmt/format.h>

#include <algorithm>

#include "engine/state.h"
#include "queue/queues.h"
#include "service/events/archives.h"
#include "service/events/rules.h"
#include "sim/simulation.h"

namespace athanor::sim {
namespace {

std::string rule_name(std::size_t rule) { return fmt::format("r{}", rule); }

}  // namespace

std::string pattern_of(const std::string& sources) {
  std::string list;
  for (const char source : sources) list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", source);
  return fmt::format(R"({{"source":[{}]}})", list);
}

std::string draw_sources(base::Random& random) {
  constexpr const char* kSources[] = {"a", "b", "c", "ab", "bc", "abc"};
  return kSources[random.below(std::size(kSources))];
}

// --- Rules

void Simulation::put_rule(std::size_t rule, RulePut put) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::events::put_rule(call, {.name = rule_name(rule),
                                                       .event_pattern = pattern_of(put.sources),
                                                       .state = put.is_enabled ? "ENABLED" : "DISABLED",
                                                       .event_bus_name = "trade"});
    if (!done) return checker_.violate("PutRule was refused: " + done.error().message);
    put.targets = checker_.rule(rule).targets;
    checker_.rule_changed(at, rule, std::move(put));
  });
}

void Simulation::put_target(std::size_t rule, const std::string& id, const TargetPut& target) {
  api::Target given{.id = id, .arn = arn_of(target.place)};
  if (target.place == Place::Fifo) given.sqs_parameters = api::SqsParameters{"$.detail.g"};
  if (target.has_dead_letters) given.dead_letter_config = api::DeadLetterConfig{arn_of(Place::Dead)};
  given.retry_policy = api::RetryPolicy{target.retries_max, target.event_age_max.count()};
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done =
        service::events::put_targets(call, {.rule = rule_name(rule), .event_bus_name = "trade", .targets = {given}});
    if (!done) return checker_.violate("PutTargets was refused: " + done.error().message);
    RulePut put = checker_.rule(rule);
    put.targets[id] = target;
    checker_.rule_changed(at, rule, std::move(put));
  });
}

// No rule changes while a replay runs: which rules a page of it meets is known only to the engine.
void Simulation::change_rule(base::Random& random) {
  if (!active_replays().empty()) return;
  const std::size_t rule = random.below(kRulesOfOperators);
  RulePut put = checker_.rule(rule);
  const auto kind = random.below(4);
  report_.coverage.add(Reached::RuleChanged);
  if (!put.exists || kind == 0) {
    put_rule(rule, {.exists = true, .is_enabled = !random.one_in(4), .sources = draw_sources(random)});
    return;
  }
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    if (kind == 1) {
      if (!service::events::delete_rule(call, {.name = rule_name(rule), .event_bus_name = "trade"})) return;
      report_.coverage.add(Reached::RuleDeleted);
      put = {};
    } else {
      put.is_enabled = kind == 2;
      const auto done = put.is_enabled
                            ? service::events::enable_rule(call, {.name = rule_name(rule), .event_bus_name = "trade"})
                            : service::events::disable_rule(call, {.name = rule_name(rule), .event_bus_name = "trade"});
      if (!done) return checker_.violate("the state of a rule was not changed: " + done.error().message);
      if (!put.is_enabled) report_.coverage.add(Reached::RuleDisabled);
    }
    checker_.rule_changed(at, rule, std::move(put));
  });
}

void Simulation::change_targets(base::Random& random) {
  if (!active_replays().empty()) return;
  const std::size_t rule = random.below(kRulesOfOperators);
  const RulePut& put = checker_.rule(rule);
  if (!put.exists) return;
  if (random.one_in(2) || put.targets.empty()) {
    put_target(rule, fmt::format("t{}", random.below(3)),
               {.place = kTargets[random.below(kTargets.size())],
                .has_dead_letters = !random.one_in(4),
                .retries_max = static_cast<std::uint32_t>(random.below(5)),
                .event_age_max = std::chrono::seconds{60 + random.below(300)}});
    return;
  }
  const std::string id =
      std::next(put.targets.begin(), static_cast<std::ptrdiff_t>(random.below(put.targets.size())))->first;
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done =
        service::events::remove_targets(call, {.rule = rule_name(rule), .event_bus_name = "trade", .ids = {id}});
    if (!done) return checker_.violate("RemoveTargets was refused: " + done.error().message);
    RulePut left = put;
    left.targets.erase(id);
    checker_.rule_changed(at, rule, std::move(left));
    report_.coverage.add(Reached::TargetRemoved);
  });
}

// I8: what is described is what was put.
void Simulation::check_rules() {
  server_.execute([&](engine::Call& call) {
    for (std::size_t rule = 0; rule < kRules; ++rule) {
      const RulePut& put = checker_.rule(rule);
      const auto described = service::events::describe_rule(call, {.name = rule_name(rule), .event_bus_name = "trade"});
      if (described.has_value() != put.exists) {
        checker_.violate(fmt::format("I8: rule {} is {}there", rule, put.exists ? "not " : ""));
        continue;
      }
      if (!put.exists) continue;
      if (described->event_pattern != pattern_of(put.sources) ||
          described->state != (put.is_enabled ? "ENABLED" : "DISABLED"))
        checker_.violate(fmt::format("I8: rule {} is not as it was put", rule));
      const auto targets =
          service::events::list_targets_by_rule(call, {.rule = rule_name(rule), .event_bus_name = "trade"});
      const bool same = targets && targets->targets.size() == put.targets.size() &&
                        std::all_of(targets->targets.begin(), targets->targets.end(), [&](const api::Target& target) {
                          const auto it = put.targets.find(target.id);
                          return it != put.targets.end() && target.arn == arn_of(it->second.place) &&
                                 target.dead_letter_config.has_value() == it->second.has_dead_letters &&
                                 target.retry_policy->maximum_retry_attempts == std::int64_t{it->second.retries_max};
                        });
      if (!same) checker_.violate(fmt::format("I8: rule {} does not have the targets that were put", rule));
    }
  });
}

// --- Archives and replays

void Simulation::create_archive(std::string sources, std::chrono::days retention) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    api::CreateArchiveRequest request{.archive_name = "all", .event_source_arn = kBusArn};
    if (!sources.empty()) request.event_pattern = pattern_of(sources);
    if (retention > std::chrono::days{0}) request.retention_days = retention.count();
    const auto done = service::events::create_archive(call, request);
    if (!done) return checker_.violate("CreateArchive was refused: " + done.error().message);
    checker_.archive_changed(at, true, std::move(sources), retention);
  });
}

// Zero, which is forever, in worlds without retention.
std::chrono::days Simulation::draw_archive_retention(base::Random& random) const {
  return std::chrono::days{has(Fault::Retention) ? random.below(3) : 0};
}

void Simulation::change_archive_retention(std::chrono::days retention) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done =
        service::events::update_archive(call, {.archive_name = "all", .retention_days = retention.count()});
    if (!done) return checker_.violate("UpdateArchive was refused: " + done.error().message);
    checker_.archive_retained(at, retention);
    report_.coverage.add(Reached::ArchiveRetentionChanged);
  });
}

void Simulation::change_archive(base::Random& random) {
  if (!checker_.has_archive()) {
    std::string sources = random.one_in(2) ? draw_sources(random) : "";
    return create_archive(std::move(sources), draw_archive_retention(random));
  }
  if (has(Fault::Retention) && random.one_in(2)) return change_archive_retention(draw_archive_retention(random));
  if (!random.one_in(3)) return;
  const std::vector<std::string> replays = active_replays();
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const auto done = service::events::delete_archive(call, {.archive_name = "all"});
    if (!done) return checker_.violate("DeleteArchive was refused: " + done.error().message);
    checker_.archive_changed(at, false, {}, {});
    for (const std::string& name : replays) checker_.replay_cancelled(at, name);
    report_.coverage.add(Reached::ArchiveDeleted);
  });
}

void Simulation::start_replay(base::Random& random) {
  const std::vector<base::Time> times = checker_.archived_times();
  if (times.empty()) return;
  // The bounds are times of events, to the second as shown, so that a replay of one too early or too late is noticed.
  const auto shown = [&] { return std::chrono::floor<std::chrono::seconds>(times[random.below(times.size())]); };
  base::Time from = shown();
  base::Time to = shown();
  if (from > to) std::swap(from, to);
  if (from == to) from -= std::chrono::seconds{1};
  const int rule = random.one_in(3) ? static_cast<int>(random.below(kRules)) : -1;
  if (rule >= 0 && !checker_.rule(static_cast<std::size_t>(rule)).exists) return;
  replay(from, to, rule);
}

void Simulation::replay(base::Time from, base::Time to, int only_rule) {
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    const std::string name = fmt::format("p{}", ++replays_);
    api::ReplayDestination destination{.arn = kBusArn};
    if (only_rule >= 0)
      destination.filter_arns = {{fmt::format("arn:aws:events:us-east-1:123456789012:rule/trade/r{}", only_rule)}};
    const auto started = service::events::start_replay(call, {.replay_name = name,
                                                              .event_source_arn = kArchiveArn,
                                                              .event_start_time = from,
                                                              .event_end_time = to,
                                                              .destination = destination});
    if (!started) return;  // too many are running
    trace("replay " + name);
    checker_.replay_started(at, name, from, to, only_rule, call.now);
    report_.coverage.add(Reached::ReplayStarted);
    if (server_.count_compacted() > 0) report_.coverage.add(Reached::ReplayOfCompacted);
  });
}

void Simulation::cancel_replay(base::Random& random) {
  const std::vector<std::string> active = active_replays();
  if (active.empty()) return;
  const std::string& name = active[random.below(active.size())];
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    if (!service::events::cancel_replay(call, {.replay_name = name})) return;
    checker_.replay_cancelled(at, name);
    report_.coverage.add(Reached::ReplayCancelled);
    comes_between_steps(Reached::CancelledBetweenSteps, Reached::ReplayedInSteps);
  });
}

std::vector<std::string> Simulation::active_replays() {
  std::vector<std::string> names;
  for (const archive::Replay* replay : server_.engine().state().replays.active()) {
    names.push_back(replay->start.name);
    if (replay->events > 0 && replay->next > replay->start.from && replay->next < replay->start.until)
      report_.coverage.add(Reached::ReplayOfManyPages);
  }
  return names;
}

// Whether a page read now leaves out what a compaction removes.
void Simulation::note_replays_beside_expiry() {
  const archive::Archive* archive = server_.engine().state().archives.find(kArchiveArn);
  const log::Keepers* keepers = server_.compaction_due();
  if (archive == nullptr || keepers == nullptr || server_.engine().state().replays.active().empty()) return;
  const auto removes = [&](base::Time time) { return !keepers->keeps(archive->put.number, time); };
  const auto removes_too_early = [&](base::Time time) { return removes(time) && archive->keeps(time, clock_.now()); };
  const std::vector<base::Time> times = checker_.archived_times();
  report_.coverage.add(Reached::ReplayBesideExpiry, std::ranges::any_of(times, removes));
  report_.coverage.add(Reached::ReplayBesideExpiryAhead, std::ranges::any_of(times, removes_too_early));
}

void Simulation::note_failed_replays() {
  for (const archive::Replay* replay : server_.engine().state().replays.list({})) {
    if (replay->state == archive::ReplayState::Failed) checker_.replay_failed(replay->start.name);
  }
}

// --- Queues

void Simulation::purge(base::Random& random) {
  constexpr Place kPurged[] = {Place::Orders, Place::Fifo, Place::Work};
  const Place queue = kPurged[random.below(std::size(kPurged))];
  server_.execute([&](engine::Call& call) {
    const log::LogPosition at = call.journal.next_position();
    if (!call.works.queues.purge(arn_of(queue), call.now, call.journal)) return;  // the last purge was too recent
    trace(fmt::format("{} is purged", name_of(queue)));
    checker_.purged(at, queue);
    report_.coverage.add(Reached::QueuePurged);
  });
}

// --- Backups

// While a backup is taken, other things go on in the world.
void Simulation::back_up(base::Random& random) {
  constexpr StepKind kMeanwhile[] = {StepKind::PutEvents, StepKind::SendMessage, StepKind::Receive, StepKind::Delete,
                                     StepKind::Commit,    StepKind::Drain,       StepKind::Compact};
  std::uint64_t left = random.one_in(2) ? 0 : 1 + random.below(6);
  if (random.one_in(2)) commit_and_tell();  // so that the state is known
  tail();
  if (has(Fault::PowerCuts) && !disk_.was_cut() && random.one_in(8)) disk_.cut_power_after(random.below(30));
  backups_.run([&] {
    if (left == 0 || is_over_ || disk_.was_cut() || !random.one_in(4)) return false;
    --left;
    pass_time(std::chrono::milliseconds{1});
    if (random.one_in(6))
      free_much(random);
    else if (has(Fault::Kills) && random.one_in(6))
      die(random, /*power_is_lost=*/false);
    else
      perform(kMeanwhile[random.below(std::size(kMeanwhile))], random);
    return true;
  });
  pass_time(std::chrono::milliseconds{1});
  if (!is_over_ && !disk_.was_cut() && random.one_in(3)) backups_.try_restore(random);
}

// The server lost its data for good: it goes on from a backup, on a disk without faults.
void Simulation::go_back(base::Random& random) {
  if (!backups_.can_go_back()) return;
  heal();
  const auto there = backups_.go_back(random, has(Fault::PowerCuts));
  if (!there) return;
  trace(fmt::format("goes back to {}", there->end.value));
  checker_.went_back(there->end);
  // Forget the receipts for messages that are still there and will be received again.
  std::erase_if(held_, [&](Held& held) {
    held.is_lost = held.is_lost || held.message.position >= there->end;
    return held.seen >= there->end && !held.is_lost;
  });
  state_before_ = there->state;
  end_before_ = there->end;
  power_was_lost_ = false;  // what that may have left behind is gone
  pass_time(std::chrono::milliseconds{1});
}

// Gets rid of all that is done with: new snapshots let log files be freed or compacted.
void Simulation::free_much(base::Random& random) {
  for (int snapshots = 0; snapshots < 3 && !server_.has_stopped() && !disk_.was_cut(); ++snapshots) {
    drain(random);
    put_events(random);
    if (disk_.was_cut()) return;
    server_.commit(/*with_snapshot=*/true);
    if (!disk_.was_cut()) tell();
  }
  server_.compact();
}

}  // namespace athanor::sim
