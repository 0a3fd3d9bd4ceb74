// The rules that run by the clock, and when each ran last. A work.
//
// What a rule brings when it runs is an event that no caller can put (`scheduled_event`), written by the engine: its
// record says that the rule has run, so that no restart lets it run twice.
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

// What is to be known of a rule.
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
  base::Time time{};  // that the expression names
};

// What targets get. Source: EventBridge User Guide, "creating a rule that runs on a schedule". It borrows from all.
bus::EventAccepted scheduled_event(const Run& run, std::string_view id);

// Our choice: so many run in one step of the engine, that many of one minute hold up nobody: some milliseconds.
inline constexpr std::size_t kRunsPerStep = 200;

class Schedules {
 public:
  // Those whose time has come at `now`, each once: of the times that went by while the server was down, or its disk
  // full, the last counts, unless it is more than a day ago. Of many, some: the rest is due still.
  std::vector<Run> due(base::Time now);
  // When that will be: at or before `now` when it is so already. nullopt: never.
  std::optional<base::Time> next_due(base::Time now);
  // There is no room now for what that rule brings: it is due again in a second.
  void hold(std::string_view rule_arn, base::Time now);

  void apply(const bus::RulePut& record, log::LogPosition, base::Time time);
  void apply(const bus::RuleDeleted& record, log::LogPosition, base::Time);
  void apply(const bus::EventAccepted& event, log::LogPosition, base::Time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);

 private:
  struct Scheduled {
    ScheduledRule rule;
    base::Time since{};  // it was put, enabled, or given other times
    base::Time last{};   // time that it ran at
    ScheduleExpression expression;
    // No part of the state:
    std::optional<base::Time> due{};  // nullopt: never
    base::Time held_at = base::Time::min();

    // Only times behind this are to come.
    base::Time done(base::Time now) const;
  };

  void begin(ScheduledRule rule, base::Time since, base::Time last);
  void end(std::string_view rule_arn);
  void set_due(Scheduled& scheduled, std::optional<base::Time> due);

  std::map<std::string, Scheduled, std::less<>> rules_;  // by ARN
  // Of those that are ever due, by when: found once, as long as the rule stays as it is and the clock is not set back.
  std::set<std::pair<base::Time, std::string>> due_;
  base::Time asked_at_ = base::Time::min();
};

}  // namespace athanor::schedule
