// The rules that run on a schedule, and when each last ran. A work.
//
// A run of a rule is an event that no caller can put (`scheduled_event`), written by the engine: its record says that
// the rule has run, so that a restart does not run it twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bus/event.h"
#include "bus/records.h"
#include "log/log.h"
#include "schedule/schedule_expression.h"

namespace athanor::schedule {

// What a schedule needs to know about a rule.
struct ScheduledRule {
  std::string arn;
  std::string bus_arn;
  std::uint64_t number = 0;
  std::string expression;

  static constexpr auto members() {
    using R = ScheduledRule;
    return Members{member("arn", &R::arn), member("bus_arn", &R::bus_arn), member("number", &R::number),
                   member("expression", &R::expression)};
  }
};

// A rule's time has come.
struct Run {
  ScheduledRule rule;
  base::Time time{};  // the scheduled time
};

// What targets get. Source: EventBridge User Guide, "creating a rule that runs on a schedule". Borrows from both.
bus::EventAccepted scheduled_event(const Run& run, std::string_view id);

// Our choice: at most this many run in one step of the engine, some milliseconds, so that many due in the same minute
// do not delay others.
inline constexpr std::size_t kRunsPerStep = 200;

class Schedules {
 public:
  // The rules due at `now`, each once: of the times missed while the server was down, or its disk full, only the last
  // counts, unless it is more than a day ago. At most kRunsPerStep; the rest stays due.
  std::vector<Run> due(base::Time now);
  // When the next rule is due: at or before `now` if one already is. nullopt: never.
  std::optional<base::Time> next_due(base::Time now);
  // There is no room now for that rule's event: it is due again in a second.
  void hold(std::string_view rule_arn, base::Time now);

  void apply(const bus::RulePut& record, log::LogPosition, base::Time time);
  void apply(const bus::RuleDeleted& record, log::LogPosition, base::Time);
  void apply(const bus::EventAccepted& event, log::LogPosition, base::Time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);

 private:
  struct Scheduled {
    ScheduledRule rule;
    base::Time since{};  // when it was put, enabled, or given another expression
    base::Time last{};   // the scheduled time of its last run
    ScheduleExpression expression;
    // Not part of the state:
    std::optional<base::Time> due{};  // nullopt: never
    base::Time held_at = base::Time::min();

    // Only times after this are still to run.
    base::Time done(base::Time now) const;
  };

  void begin(ScheduledRule rule, base::Time since, base::Time last);
  void end(std::string_view rule_arn);
  void set_due(Scheduled& scheduled, std::optional<base::Time> due);

  std::map<std::string, Scheduled, std::less<>> rules_;  // by ARN
  // Rules that will be due, by time: computed once, unless the rule changes or the clock is set back.
  std::set<std::pair<base::Time, std::string>> due_;
  base::Time asked_at_ = base::Time::min();
};

}  // namespace athanor::schedule
