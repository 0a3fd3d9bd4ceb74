#include "bus/rule_book.h"

#include "base/assert.h"
#include "base/planted.h"
#include "base/prefix.h"
#include "log/codec.h"

namespace athanor::bus {
namespace {

constexpr std::string_view kDefaultBusSuffix = ":event-bus/default";
// The default bus is never created, so it shows the day EventBridge was announced. Our choice.
constexpr base::Time kDefaultBusCreated{std::chrono::sys_days{std::chrono::July / 11 / 2019}.time_since_epoch()};

// What a snapshot of this work holds. Rules and targets are encoded bytes, decoded one rule at a time, so that no
// second list of a hundred thousand rules is held in memory.
struct SavedRule {
  RulePut put;
  std::vector<std::string_view> targets;
  Tags tags;
  static constexpr auto members() {
    return Members{member("put", &SavedRule::put), member("targets", &SavedRule::targets),
                   member("tags", &SavedRule::tags)};
  }
};
struct SavedBus {
  EventBusPut put;
  Tags tags;
  static constexpr auto members() { return Members{member("put", &SavedBus::put), member("tags", &SavedBus::tags)}; }
};
struct Saved {
  std::vector<SavedBus> buses;
  std::vector<std::string_view> rules;
  std::uint64_t next_number = 1;
  static constexpr auto members() {
    return Members{member("buses", &Saved::buses), member("rules", &Saved::rules),
                   member("next_number", &Saved::next_number)};
  }
};

// A length-prefixed member of Saved or SavedRule; left out when empty.
template <class Put>
void put_member(std::string& out, std::uint64_t number, const Put& put) {
  const std::size_t begin = out.size();
  log::codec::put_member_key(out, number);
  const std::size_t length_at = out.size();
  log::put_behind_length(out, put);
  if (out.size() == length_at + 1) out.resize(begin);
}

EventBusPut default_bus(std::string_view arn) {
  return {.arn = std::string{arn}, .name = "default", .created = kDefaultBusCreated, .modified = kDefaultBusCreated};
}

pattern::EventPattern pattern_of(const RulePut& rule) {
  auto parsed = pattern::parse_event_pattern(rule.event_pattern);
  ATHANOR_ASSERT(parsed.has_value());  // PutRule parsed it before it wrote the record
  return *std::move(parsed);
}

void forget_pattern(EventBus& bus, const RulePut& rule) {
  if (!rule.event_pattern.empty()) bus.matcher.remove(rule.number, pattern_of(rule));
}

}  // namespace

const EventBus* RuleBook::find_bus(std::string_view arn) const {
  if (const auto it = buses_.find(arn); it != buses_.end()) return &it->second;
  static const EventBus untouched_default{.put = default_bus({})};
  return arn.ends_with(kDefaultBusSuffix) ? &untouched_default : nullptr;
}

EventBus& RuleBook::bus_for_change(std::string_view arn) {
  if (const auto it = buses_.find(arn); it != buses_.end()) return it->second;
  ATHANOR_ASSERT(arn.ends_with(kDefaultBusSuffix));
  return buses_.emplace(arn, EventBus{.put = default_bus(arn)}).first->second;
}

const Rule* RuleBook::find_rule(std::string_view arn) const {
  const auto it = rules_.find(arn);
  return it == rules_.end() ? nullptr : &it->second;
}

const Rule* RuleBook::find_rule(std::uint64_t number) const {
  const auto it = rules_by_number_.find(number);
  return it == rules_by_number_.end() ? nullptr : it->second;
}

std::vector<const EventBus*> RuleBook::buses(std::string_view prefix) const {
  return base::values_with_prefix(buses_, prefix);
}
std::vector<const Rule*> RuleBook::rules(std::string_view prefix) const {
  return base::values_with_prefix(rules_, prefix);
}

std::vector<const Rule*> RuleBook::rules_by_target(std::string_view target_arn, std::string_view rule_prefix) const {
  std::vector<const Rule*> found;
  for (const Rule* rule : rules(rule_prefix)) {
    for (const auto& [id, target] : rule->targets) {
      if (target->arn != target_arn) continue;
      found.push_back(rule);
      break;
    }
  }
  return found;
}

std::vector<std::uint64_t> RuleBook::match(std::string_view bus_arn, const pattern::Envelope& event,
                                           std::uint64_t* given_up) const {
  const EventBus* bus = find_bus(bus_arn);
  return bus == nullptr ? std::vector<std::uint64_t>{} : bus->matcher.match(event, given_up);
}

void RuleBook::apply(const EventBusPut& record, log::LogPosition, base::Time) { buses_[record.arn].put = record; }

void RuleBook::apply(const EventBusDeleted& record, log::LogPosition, base::Time) { buses_.erase(record.arn); }

void RuleBook::apply(const RulePut& record, log::LogPosition, base::Time) {
  EventBus& bus = bus_for_change(record.bus_arn);
  const auto [it, is_new] = rules_.try_emplace(record.arn);
  Rule& rule = it->second;
  bus.rule_count += is_new;
  if (!is_new) forget_pattern(bus, rule.put);
  rule.put = record;
  rules_by_number_[record.number] = &rule;
  next_number_ = std::max(next_number_, record.number + 1);
  if ((rule.is_enabled() || base::planted(base::Bug::MatchDisabledRule)) && !record.event_pattern.empty())
    bus.matcher.put(record.number, pattern_of(record));
}

void RuleBook::apply(const RuleDeleted& record, log::LogPosition, base::Time) {
  const auto it = rules_.find(record.arn);
  ATHANOR_ASSERT(it != rules_.end());
  EventBus& bus = bus_for_change(it->second.put.bus_arn);
  forget_pattern(bus, it->second.put);
  --bus.rule_count;
  rules_by_number_.erase(it->second.put.number);
  rules_.erase(it);
}

Rule& RuleBook::existing(std::string_view arn) {
  const auto it = rules_.find(arn);
  ATHANOR_ASSERT(it != rules_.end());
  return it->second;
}

void RuleBook::apply(const TargetsPut& record, log::LogPosition, base::Time) {
  Rule& rule = existing(record.rule_arn);
  for (const Target& target : record.targets) rule.targets[target.id] = std::make_shared<const Target>(target);
}

void RuleBook::apply(const TargetsRemoved& record, log::LogPosition, base::Time) {
  Rule& rule = existing(record.rule_arn);
  if (base::planted(base::Bug::KeepRemovedTarget)) return;
  for (const std::string& id : record.ids) rule.targets.erase(id);
}

void RuleBook::apply(const TagsPut& record, log::LogPosition, base::Time) {
  if (const auto rule = rules_.find(record.arn); rule != rules_.end())
    rule->second.tags = record.tags;
  else
    bus_for_change(record.arn).tags = record.tags;
}

// Writes the encoding of Saved straight from the rules: copying a hundred thousand would stall the engine.
void RuleBook::save(std::string& out) const {
  put_member(out, 0, [&] {
    for (const auto& [arn, bus] : buses_) log::codec::put_sized(out, SavedBus{bus.put, bus.tags});
  });
  put_member(out, 1, [&] {
    for (const auto& [arn, rule] : rules_) {
      log::put_behind_length(out, [&] {
        put_member(out, 0, [&] { log::codec::put_struct(out, rule.put); });
        put_member(out, 1, [&] {
          for (const auto& [id, target] : rule.targets) log::codec::put_sized(out, *target);
        });
        log::codec::put_member(out, 2, rule.tags, {});
      });
    }
  });
  log::codec::put_member(out, 2, next_number_, Saved{}.next_number);
}

Result<void> RuleBook::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (const SavedBus& bus : saved.buses) {
    apply(bus.put, {}, {});
    buses_[bus.put.arn].tags = bus.tags;
  }
  for (const std::string_view rule_bytes : saved.rules) {
    ATHANOR_TRY(saved_rule, log::decode<SavedRule>(rule_bytes));
    apply(saved_rule.put, {}, {});
    Rule& rule = existing(saved_rule.put.arn);
    rule.tags = std::move(saved_rule.tags);
    if (base::planted(base::Bug::ForgetTargetsInSnapshot)) continue;
    for (const std::string_view target_bytes : saved_rule.targets) {
      ATHANOR_TRY(target, log::decode<Target>(target_bytes));
      auto shared = std::make_shared<const Target>(std::move(target));
      rule.targets.emplace(shared->id, std::move(shared));
    }
  }
  next_number_ = saved.next_number;
  return {};
}

}  // namespace athanor::bus
