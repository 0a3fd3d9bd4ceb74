#include "schedule/schedules.h"

#include <algorithm>
#include <utility>

#include "base/planted.h"
#include "base/text.h"
#include "log/codec.h"

namespace athanor::schedule {
namespace {

constexpr std::string_view kSource = "aws.events";

// After the clock was set back by less than this, times that ran are not run again; by more, the new time is believed
// and what it names runs. As cron(8) does.
constexpr std::chrono::hours kSetBackMax{3};
constexpr std::chrono::minutes kOneTime{1};  // then only times of the last minute count as new
// A time that went by longer ago is not caught up. As long as AWS tries to deliver an event.
constexpr std::chrono::hours kMissedMax{24};

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
  if (const auto next = next_due(now); !next || *next > now) return runs;
  for (const auto& [arn, scheduled] : rules_) {
    if (const auto time = scheduled.expression.last(scheduled.done(now), now, scheduled.since))
      runs.push_back({scheduled.rule, *time});
  }
  if (runs.empty()) next_.reset();  // what was due has become too old
  return runs;
}

std::optional<base::Time> Schedules::next_due(base::Time now) {
  if (!next_ || now < next_->found_at) {
    next_ = Next{now, {}};
    for (const auto& [arn, scheduled] : rules_) {
      const auto due = scheduled.expression.next(scheduled.done(now), scheduled.since);
      if (due && (!next_->due || *due < *next_->due)) next_->due = due;
    }
  }
  return next_->due;
}

void Schedules::apply(const bus::RulePut& record, log::LogPosition, base::Time time) {
  next_.reset();
  const bool is_disabled = record.state == "DISABLED" && !base::planted(base::Bug::RunDisabledSchedule);
  const auto it = rules_.find(record.arn);
  const bool goes_on = it != rules_.end() && !is_disabled && it->second.rule.expression == record.schedule_expression;
  if (goes_on) return;
  rules_.erase(record.arn);
  if (!is_disabled) begin({record.arn, record.bus_arn, record.number, record.schedule_expression}, time, time);
}

// An expression that an earlier version took, and this one cannot read, never runs.
void Schedules::begin(ScheduledRule rule, base::Time since, base::Time last) {
  const auto expression = ScheduleExpression::parse(rule.expression);
  if (!expression) return;
  std::string arn = rule.arn;
  rules_.emplace(std::move(arn), Scheduled{std::move(rule), since, last, *expression});
}

void Schedules::apply(const bus::RuleDeleted& record, log::LogPosition, base::Time) {
  rules_.erase(record.arn);
  next_.reset();
}

void Schedules::apply(const bus::EventAccepted& event, log::LogPosition, base::Time) {
  if (event.source != kSource || event.resources.empty()) return;
  const auto it = rules_.find(event.resources.front());
  if (it == rules_.end()) return;
  it->second.last = event.time;
  next_.reset();
}

std::string Schedules::save() const {
  Saved saved;
  for (const auto& [arn, scheduled] : rules_) {
    const bool forgets = base::planted(base::Bug::ForgetWhenScheduleRan);
    saved.rules.push_back({scheduled.rule, scheduled.since, forgets ? scheduled.since : scheduled.last});
  }
  return log::encode(saved);
}

Result<void> Schedules::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (const SavedRule& one : saved.rules) begin(one.rule, one.since, one.last);
  return {};
}

}  // namespace athanor::schedule
