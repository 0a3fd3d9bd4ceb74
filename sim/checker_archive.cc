// What must be true of archives and replays: which events an archive holds, by its pattern and its retention, and so
// what a replay of it delivers.
#include <fmt/format.h>

#include <algorithm>

#include "sim/checker.h"

namespace athanor::sim {

void Checker::archive_changed(log::LogPosition at, bool exists, std::string sources, std::chrono::days retention) {
  set(at, archive_, Archive{exists, std::move(sources), exists ? ++archives_made_ : 0, retention});
}

void Checker::archive_retained(log::LogPosition at, std::chrono::days retention) {
  set(at, archive_.retention, retention);
}

void Checker::replay_started(log::LogPosition at, std::string name, base::Time from, base::Time to, int only_rule,
                             base::Time now) {
  const int index = static_cast<int>(replays_.size());
  replays_by_name_[name] = index;
  replays_.push_back({.name = std::move(name)});
  undo_.push_back({at.value, [this, index] {
                     replay_at(index).exists = false;
                     if (replay_at(index).is_seen)
                       was_seen(fmt::format("I3: events of the replay {} were seen, but the log does not have it",
                                            replay_at(index).name));
                   }});
  for (int event = 0; event < static_cast<int>(events_.size()); ++event) {
    const Event& e = event_at(event);
    const auto shown = std::chrono::floor<std::chrono::seconds>(e.time);
    if (!is_archived(e) || shown < from || shown > to) continue;
    expect(at, event, index, only_rule);
    if (e.was_expired) replay_at(index).expired[event] = !is_expired(e, now);
  }
}

void Checker::replay_cancelled(log::LogPosition at, std::string_view name) {
  set(at, replay_at(find_replay(name)).is_cancelled, true);
}

void Checker::replay_failed(std::string_view name) {
  Replay& replay = replay_at(find_replay(name));
  if (replay.is_cancelled) return;
  if (!reads_may_fail_ && !has_lied_) violate(fmt::format("I2: the replay {} failed for no reason", name));
  replay.is_cancelled = true;
  coverage_.add(Reached::ReplayFailedByRead);
}

std::vector<base::Time> Checker::archived_times() const {
  std::vector<base::Time> times;
  for (const Event& event : events_) {
    if (is_archived(event)) times.push_back(event.time);
  }
  return times;
}

Checker::Archived Checker::archived(base::Time now) const {
  Archived count;
  for (const Event& event : events_) {
    if (!is_archived(event)) continue;
    count.least += !event.was_expired;
    count.most += !is_expired(event, now);
  }
  return count;
}

std::vector<log::LogPosition> Checker::expired(base::Time now) const {
  std::vector<log::LogPosition> positions;
  for (const Event& event : events_) {
    if (is_archived(event) && is_expired(event, now)) positions.push_back(event.at);
  }
  return positions;
}

std::vector<log::LogPosition> Checker::kept() const {
  std::vector<log::LogPosition> positions;
  for (const Event& event : events_) {
    if (event.exists && event.source == kKeptSource) positions.push_back(event.at);
  }
  return positions;
}

// What is past its retention now may be gone from now on.
void Checker::time_passes(base::Time now, const std::vector<std::string>& running) {
  forget_old_mail(now);
  for (Event& event : events_) {
    if (event.was_expired || !is_archived(event) || !is_expired(event, now)) continue;
    event.was_expired = true;
    coverage_.add(Reached::ArchivedEventExpired);
  }
  for (const std::string& name : running) {
    const int replay = find_replay(name);
    for (int index = 0; index < events(); ++index) {
      const Event& event = event_at(index);
      if (!event.was_expired || !is_archived(event)) continue;
      const auto known = replay_at(replay).expired.try_emplace(index, true).first;
      if (!is_expired(event, now)) known->second = true;
    }
  }
}

// A whole hour at a time.
bool Checker::is_expired(const Event& event, base::Time now) const {
  return archive_.retention > std::chrono::days{0} &&
         std::chrono::floor<std::chrono::hours>(event.time) + std::chrono::hours{1} + archive_.retention <= now;
}

void Checker::check_is_kept(int replay, int event) {
  if (replay < 0) return;
  const auto found = replay_at(replay).expired.find(event);
  if (found != replay_at(replay).expired.end() && !found->second && !is_void_)
    violate(fmt::format("I2: the replay {} holds an event past the archive's retention: {}", replay_at(replay).name,
                        event_at(event).id));
}

}  // namespace athanor::sim
