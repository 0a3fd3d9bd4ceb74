// What this folder writes to the log, besides event.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "bus/target.h"
#include "log/log.h"

namespace athanor::bus {

struct EventBusPut {
  static constexpr log::RecordType kType = 101;
  std::string arn;
  std::string name;
  std::string description;
  std::string policy;  // JSON, empty when there is none
  std::string dead_letter_arn;
  std::string kms_key_identifier;
  base::Time created{};
  base::Time modified{};
  std::string log_include_detail, log_level;  // of LogConfig; empty: not given

  static constexpr auto members() {
    using R = EventBusPut;
    return Members{member("arn", &R::arn),
                   member("name", &R::name),
                   member("description", &R::description),
                   member("policy", &R::policy),
                   member("dead_letter_arn", &R::dead_letter_arn),
                   member("kms_key_identifier", &R::kms_key_identifier),
                   member("created", &R::created),
                   member("modified", &R::modified),
                   member("log_include_detail", &R::log_include_detail),
                   member("log_level", &R::log_level)};
  }
};

struct EventBusDeleted {
  static constexpr log::RecordType kType = 102;
  std::string arn;
  static constexpr auto members() { return Members{member("arn", &EventBusDeleted::arn)}; }
};

// The whole rule except its targets, which a new put leaves unchanged.
struct RulePut {
  static constexpr log::RecordType kType = 103;
  std::string arn;
  std::string bus_arn;
  std::string name;
  std::uint64_t number = 0;  // never reused, so that records can refer to rules by it
  std::string event_pattern;
  std::string schedule_expression;
  std::string state;
  std::string description;
  std::string role_arn;
  std::string created_by;

  static constexpr auto members() {
    using R = RulePut;
    return Members{member("arn", &R::arn),
                   member("bus_arn", &R::bus_arn),
                   member("name", &R::name),
                   member("number", &R::number),
                   member("event_pattern", &R::event_pattern),
                   member("schedule_expression", &R::schedule_expression),
                   member("state", &R::state),
                   member("description", &R::description),
                   member("role_arn", &R::role_arn),
                   member("created_by", &R::created_by)};
  }
};

struct RuleDeleted {
  static constexpr log::RecordType kType = 104;
  std::string arn;
  static constexpr auto members() { return Members{member("arn", &RuleDeleted::arn)}; }
};

struct TargetsPut {
  static constexpr log::RecordType kType = 105;
  std::string rule_arn;
  std::vector<Target> targets;
  static constexpr auto members() {
    return Members{member("rule_arn", &TargetsPut::rule_arn), member("targets", &TargetsPut::targets)};
  }
};

struct TargetsRemoved {
  static constexpr log::RecordType kType = 106;
  std::string rule_arn;
  std::vector<std::string> ids;
  static constexpr auto members() {
    return Members{member("rule_arn", &TargetsRemoved::rule_arn), member("ids", &TargetsRemoved::ids)};
  }
};

// All tags of one bus or rule.
struct TagsPut {
  static constexpr log::RecordType kType = 107;
  std::string arn;
  std::map<std::string, std::string> tags;
  static constexpr auto members() { return Members{member("arn", &TagsPut::arn), member("tags", &TagsPut::tags)}; }
};

}  // namespace athanor::bus
