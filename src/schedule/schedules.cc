#include "schedule/schedules.h"

#include <algorithm>
#include <utility>

#include "base/planted.h"
#include "base/text.h"
#include "log/codec.h"

namespace athanor::schedule {
namespace {

constexpr std::string_view kSource = "aws.events";

// If the clock was set back by less than this, times that have run do not run again; if by more, the new time is
// trusted and its times run. Like cron(8).
constexpr std::chrono::hours kSetBackMax{3};
constexpr std::chrono::minutes kOneTime{1};  // in that case, only times within the last minute count as new
// A time missed longer ago is not made up for. As long as AWS tries to deliver an event.
constexpr std::chrono::hours kMissedMax{24};
constexpr std::chrono::seconds kHeldFor{1};
constexpr base::Time kUnknown = base::Time::min();  // when a rule is due: computed on demand

struct SavedRule {
  ScheduledRule rule;
  base::Time since{};
  base::Time last{};
  static constexpr auto members() {
    return Members{member("rule", &SavedRule::rule), member("since", &SavedRule::since),
                   member("last", &SavedRule::last)};
  }
};
struct Saved {
  std::vector<SavedRule> rules;
  static constexpr auto members() { return Members{member("rules", &Saved::rules)}; }
};

}  // namespace

bus::EventAccepted scheduled_event(const Run& run, std::string_view id) {
  const std::vector<std::string_view> arn = base::split(run.rule.arn, ':');
  return {.bus_arn = run.rule.bus_arn,
          .id = id,
          .time = run.time,
          .source = kSource,
          .detail_type = "Scheduled Event",
          .account = arn.at(4),
          .region = arn.at(3),
          .resources = {run.rule.arn},
          .detail = "{}",
          .rules = {run.rule.number}};
}

base::Time Schedules::Scheduled::done(base::Time now) const {
  if (base::planted(base::Bug::ForgetMissedTimes)) return std::max(last, now - kOneTime);
  return std::max(last > now + kSetBackMax ? now - kOneTime : last, now - kMissedMax);
}

std::vector<Run> Schedules::due(base::Time now) {
  std::vector<Run> runs;
  next_due(now);
  auto it = due_.begin();
  for (std::size_t i = 0; i < kRunsPerStep && it != due_.end() && it->first <= now; ++i) {
    Scheduled& scheduled = rules_.find((it++)->second)->second;
    if (now >= scheduled.held_at && now < scheduled.held_at + kHeldFor)
      set_due(scheduled, scheduled.held_at + kHeldFor);  // the clock was set back meanwhile; it is still held
    else if (const auto time = scheduled.expression.last(scheduled.done(now), now, scheduled.since))
      runs.push_back({scheduled.rule, *time});
    else
      set_due(scheduled, kUnknown);  // what was due is now too old
  }
  return runs;
}

std::optional<base::Time> Schedules::next_due(base::Time now) {
  if (now < asked_at_) {
    for (auto& [arn, scheduled] : rules_) set_due(scheduled, kUnknown);
  }
  asked_at_ = now;
  while (!due_.empty() && due_.begin()->first == kUnknown) {
    Scheduled& scheduled = rules_.find(due_.begin()->second)->second;
    set_due(scheduled, scheduled.expression.next(scheduled.done(now), scheduled.since));
  }
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

void Schedules::hold(std::string_view rule_arn, base::Time now) {
  Scheduled& scheduled = rules_.find(rule_arn)->second;
  scheduled.held_at = now;
  set_due(scheduled, now + kHeldFor);
}

void Schedules::set_due(Scheduled& scheduled, std::optional<base::Time> due) {
  if (scheduled.due) due_.erase({*scheduled.due, scheduled.rule.arn});
  scheduled.due = due;
  if (due) due_.emplace(*due, scheduled.rule.arn);
}

void Schedules::apply(const bus::RulePut& record, log::LogPosition, base::Time time) {
  const bool is_disabled = record.state == "DISABLED" && !base::planted(base::Bug::RunDisabledSchedule);
  const auto it = rules_.find(record.arn);
  const bool goes_on = it != rules_.end() && !is_disabled && it->second.rule.expression == record.schedule_expression;
  if (goes_on) return;
  end(record.arn);
  if (!is_disabled) begin({record.arn, record.bus_arn, record.number, record.schedule_expression}, time, time);
}

// An expression that an earlier version accepted and this one cannot parse never runs.
void Schedules::begin(ScheduledRule rule, base::Time since, base::Time last) {
  const auto expression = ScheduleExpression::parse(rule.expression);
  if (!expression) return;
  std::string arn = rule.arn;
  const auto [it, is_new] = rules_.emplace(std::move(arn), Scheduled{std::move(rule), since, last, *expression});
  set_due(it->second, kUnknown);
}

void Schedules::end(std::string_view rule_arn) {
  const auto it = rules_.find(rule_arn);
  if (it == rules_.end()) return;
  set_due(it->second, std::nullopt);
  rules_.erase(it);
}

void Schedules::apply(const bus::RuleDeleted& record, log::LogPosition, base::Time) { end(record.arn); }

void Schedules::apply(const bus::EventAccepted& event, log::LogPosition, base::Time) {
  if (event.source != kSource || event.resources.empty()) return;
  const auto it = rules_.find(event.resources.front());
  if (it == rules_.end()) return;
  it->second.last = event.time;
  set_due(it->second, kUnknown);
}

void Schedules::save(std::string& out) const {
  Saved saved;
  for (const auto& [arn, scheduled] : rules_) {
    const bool forgets = base::planted(base::Bug::ForgetWhenScheduleRan);
    saved.rules.push_back({scheduled.rule, scheduled.since, forgets ? scheduled.since : scheduled.last});
  }
  log::codec::put_struct(out, saved);
}

Result<void> Schedules::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (const SavedRule& one : saved.rules) begin(one.rule, one.since, one.last);
  return {};
}

}  // namespace athanor::schedule
