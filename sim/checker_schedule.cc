// What must be true of the scheduled rule: it runs once for each of its times while it exists and, after times that
// were missed, for the last of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/checker.h"

namespace athanor::sim {
namespace {

constexpr base::Duration kDay = std::chrono::hours{24};
constexpr base::Duration kSetBackMax = std::chrono::hours{3};
constexpr base::Duration kHeldFor = std::chrono::seconds{1};

// The last time at or before `now`.
base::Time last_time(const SchedulePut& put, base::Time since, base::Time now) {
  const base::Time from = put.is_cron ? base::Time{} : since;
  const base::Duration over = (now - from) % base::Duration{put.period};
  return now - (over < base::Duration{} ? over + put.period : over);
}

base::Time as_shown(base::Time time) { return std::chrono::floor<std::chrono::seconds>(time); }

}  // namespace

void Checker::schedule_changed(log::LogPosition at, SchedulePut put, base::Time now) {
  Schedule schedule = schedule_;
  const SchedulePut& old = schedule_.put;
  const bool goes_on = old.exists && old.is_enabled && old.is_cron == put.is_cron && old.period == put.period;
  if (!goes_on) {
    schedule = {.since = now, .last = now};
    schedule_held_ = {};
  }
  schedule.put = put;
  set(at, schedule_, std::move(schedule));
}

void Checker::schedule_ticked(log::LogPosition at, log::LogPosition end, base::Time now, bool has_room,
                              bool was_refused) {
  const SchedulePut& put = schedule_.put;
  if (!put.exists || !put.is_enabled) return;
  const base::Time last = schedule_.last;
  const base::Time done = std::max(last > now + kSetBackMax ? now - std::chrono::minutes{1} : last, now - kDay);
  const base::Time due = last_time(put, schedule_.since, now);
  // Otherwise it may go on from an earlier time, for which it has not run yet.
  const bool may_be_due = schedule_.may_have_lost_last && at != end && runs_by_clock_[as_shown(due)].count == 0;
  if ((due <= done && !may_be_due) || (now >= schedule_held_ && now < schedule_held_ + kHeldFor)) return;
  if (!has_room || was_refused) schedule_held_ = now;
  if (!has_room) return;
  const bool is_unsure = was_refused || schedule_.may_have_lost_last;
  if (at == end && !is_unsure)
    return violate(fmt::format("I6: a scheduled rule did not run at its time, {}", base::to_iso8601(due)));
  coverage_.add(Reached::ScheduleRan);
  if (due - last > put.period && due > last) coverage_.add(Reached::ScheduleMadeUp);
  Schedule ran = schedule_;
  ran.last = due;
  ran.may_have_lost_last = is_unsure;
  set(at, schedule_, ran);
  Runs& runs = runs_by_clock_[as_shown(due)];
  if (put.has_target) add(at, runs.count, 1);
  if (is_unsure) add(at, runs.unsure, 1);
  // A log that ends in between may or may not have it, and the rule goes on from this time or the previous one.
  undo_.push_back({std::max(at.value, end.value - 1), [this, &runs] {
                     ++runs.unsure;
                     schedule_.may_have_lost_last = true;
                   }});
}

void Checker::scheduled_event_seen(const std::string& id, const std::string& body) {
  const auto time = base::from_iso8601(member_of(body, "time"));
  const std::string whole = fmt::format(
      R"({{"version":"0","id":"{}","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012",)"
      R"("time":"{}","region":"us-east-1","resources":["arn:aws:events:us-east-1:123456789012:rule/tick"],)"
      R"("detail":{{}}}})",
      member_of(body, "id"), member_of(body, "time"));
  if (!time || body != whole) return violate("I3: a scheduled rule sent this: " + body);
  Runs& runs = runs_by_clock_[*time];
  see(runs.seen, id);
  if (runs.seen.size() > static_cast<std::size_t>(runs.count) && !is_void_)
    violate(fmt::format("I5: a rule ran {} times instead of {} for {}", runs.seen.size(), runs.count,
                        base::to_iso8601(*time)));
}

void Checker::check_runs_by_clock() {
  for (const auto& [time, runs] : runs_by_clock_) {
    if (runs.seen.size() < static_cast<std::size_t>(std::max(runs.count - runs.unsure, 0)) && !is_void_)
      violate(
          fmt::format("I1: a rule ran {} of {} times for {}", runs.seen.size(), runs.count, base::to_iso8601(time)));
  }
}

}  // namespace athanor::sim
