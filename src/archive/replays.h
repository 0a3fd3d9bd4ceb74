// The replays: how far each has come. A work.
//
// The engine drives a running replay page by page: it reads the log from `next` on, delivers what belongs to the
// archive and the time range, and writes the deliveries and the progress in one record, so that after a crash it
// continues at `next`.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/records.h"
#include "base/result.h"

namespace athanor::archive {

struct Replay {
  ReplayStarted start;
  ReplayState state = ReplayState::Starting;
  std::string state_reason;
  log::LogPosition next;
  base::Time last_event_time{};  // zero: none yet
  std::uint64_t events = 0;
  std::optional<base::Time> ended;

  bool is_active() const { return state <= ReplayState::Cancelling; }
  // AWS forgets a replay 90 days after its end; so do we. Requests at `now` no longer see it.
  bool is_forgotten(base::Time now) const { return ended && *ended + std::chrono::days{90} < now; }

  // As stored in a snapshot.
  static constexpr auto members() {
    return Members{member("start", &Replay::start),
                   member("state", &Replay::state),
                   member("state_reason", &Replay::state_reason),
                   member("next", &Replay::next),
                   member("last_event_time", &Replay::last_event_time),
                   member("events", &Replay::events),
                   member("ended", &Replay::ended)};
  }
};

class Replays {
 public:
  const Replay* find(std::string_view arn) const;
  std::vector<const Replay*> list(std::string_view prefix) const;
  std::vector<const Replay*> active() const;

  void apply(const ReplayStarted& record, log::LogPosition, base::Time);
  void apply(const ReplayAdvanced& record, log::LogPosition, base::Time);
  void apply(const ReplayStateChanged& record, log::LogPosition, base::Time time);
  void apply(const ReplayDeleted& record, log::LogPosition, base::Time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);
  // No active replay has anything to read before it; nullopt when none is active.
  std::optional<log::LogPosition> oldest_unread() const;

 private:
  Replay& existing(std::string_view arn);

  std::map<std::string, Replay, std::less<>> replays_;
};

}  // namespace athanor::archive
