// The buses, their rules and targets. A work: its state follows from its records alone.
//
// Resources are keyed by ARN; a listing returns a range of ARNs. Every region and account has a bus "default" that need
// not be created.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "bus/event.h"
#include "bus/records.h"
#include "bus/target.h"
#include "pattern/rule_set.h"

namespace athanor::bus {

using Tags = std::map<std::string, std::string>;

struct Rule {
  RulePut put;
  std::map<std::string, std::shared_ptr<const Target>> targets;  // by id
  Tags tags;

  bool is_enabled() const { return put.state != "DISABLED"; }
};

struct EventBus {
  EventBusPut put;
  Tags tags;
  pattern::RuleSet matcher;  // of the enabled rules with a pattern
  std::size_t rule_count = 0;
};

class RuleBook {
 public:
  // The bus, or nullptr. The default bus of any region and account always exists.
  const EventBus* find_bus(std::string_view arn) const;
  const Rule* find_rule(std::string_view arn) const;
  const Rule* find_rule(std::uint64_t number) const;

  // Those whose ARN begins with `prefix`, ordered by ARN, which is also the order of names.
  std::vector<const EventBus*> buses(std::string_view prefix) const;
  std::vector<const Rule*> rules(std::string_view prefix) const;
  std::vector<const Rule*> rules_by_target(std::string_view target_arn, std::string_view rule_prefix) const;

  // The number for a new rule.
  std::uint64_t next_rule_number() const { return next_number_; }

  // Numbers of the enabled rules of the bus that match, ascending. Empty for a bus that does not exist. `given_up`: see
  // RuleSet::match.
  std::vector<std::uint64_t> match(std::string_view bus_arn, const pattern::Envelope& event,
                                   std::uint64_t* given_up = nullptr) const;

  void apply(const EventBusPut& record, log::LogPosition, base::Time);
  void apply(const EventBusDeleted& record, log::LogPosition, base::Time);
  void apply(const RulePut& record, log::LogPosition, base::Time);
  void apply(const RuleDeleted& record, log::LogPosition, base::Time);
  void apply(const TargetsPut& record, log::LogPosition, base::Time);
  void apply(const TargetsRemoved& record, log::LogPosition, base::Time);
  void apply(const TagsPut& record, log::LogPosition, base::Time);

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);

 private:
  EventBus& bus_for_change(std::string_view arn);
  Rule& existing(std::string_view arn);

  std::map<std::string, EventBus, std::less<>> buses_;
  std::map<std::string, Rule, std::less<>> rules_;
  std::unordered_map<std::uint64_t, const Rule*> rules_by_number_;
  std::uint64_t next_number_ = 1;
};

}  // namespace athanor::bus
