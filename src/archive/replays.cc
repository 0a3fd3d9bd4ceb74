#include "archive/replays.h"

#include <algorithm>

#include "base/assert.h"
#include "base/planted.h"
#include "base/prefix.h"
#include "log/codec.h"

namespace athanor::archive {
namespace {

struct Saved {
  std::vector<Replay> replays;
  static constexpr auto members() { return Members{member("replays", &Saved::replays)}; }
};

}  // namespace

const Replay* Replays::find(std::string_view arn) const {
  const auto it = replays_.find(arn);
  return it == replays_.end() ? nullptr : &it->second;
}

std::vector<const Replay*> Replays::list(std::string_view prefix) const {
  return base::values_with_prefix(replays_, prefix);
}

std::vector<const Replay*> Replays::active() const {
  std::vector<const Replay*> found;
  for (const auto& [arn, replay] : replays_) {
    if (replay.is_active()) found.push_back(&replay);
  }
  return found;
}

void Replays::apply(const ReplayStarted& record, log::LogPosition, base::Time time) {
  // So that the list does not grow forever.
  std::erase_if(replays_, [&](const auto& entry) { return entry.second.is_forgotten(time); });
  Replay& replay = replays_[record.arn];
  replay.start = record;
  replay.next = record.from;
}

void Replays::apply(const ReplayAdvanced& record, log::LogPosition, base::Time) {
  Replay& replay = existing(record.arn);
  if (replay.state == ReplayState::Starting) replay.state = ReplayState::Running;
  replay.next = record.next;
  replay.events += record.events;
  replay.last_event_time = std::max(replay.last_event_time, record.last_event_time);
}

void Replays::apply(const ReplayStateChanged& record, log::LogPosition, base::Time time) {
  Replay& replay = existing(record.arn);
  replay.state = record.state;
  replay.state_reason = record.reason;
  if (!replay.is_active()) replay.ended = time;
}

Replay& Replays::existing(std::string_view arn) {
  const auto it = replays_.find(arn);
  ATHANOR_ASSERT(it != replays_.end());
  return it->second;
}

void Replays::apply(const ReplayDeleted& record, log::LogPosition, base::Time) { replays_.erase(record.arn); }

void Replays::save(std::string& out) const {
  Saved saved;
  for (const auto& [arn, replay] : replays_) saved.replays.push_back(replay);
  log::codec::put_struct(out, saved);
}

Result<void> Replays::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (Replay& replay : saved.replays) {
    if (base::planted(base::Bug::ForgetReplayProgress)) replay.next = replay.start.from;
    std::string arn = replay.start.arn;
    replays_.emplace(std::move(arn), std::move(replay));
  }
  return {};
}

std::optional<log::LogPosition> Replays::oldest_unread() const {
  std::optional<log::LogPosition> oldest;
  for (const Replay* replay : active()) {
    if (!oldest || replay->next < *oldest) oldest = replay->next;
  }
  return oldest;
}

}  // namespace athanor::archive
