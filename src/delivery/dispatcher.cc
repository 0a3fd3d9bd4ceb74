#include "delivery/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/planted.h"
#include "delivery/input_transformer.h"
#include "delivery/retry_policy.h"
#include "log/codec.h"

namespace athanor::delivery {
namespace {

constexpr std::size_t kRoutes = 10'000;  // kept at most: some 5 MiB

// Views of what is being saved, or of the bytes being loaded.
struct SavedDelivery {
  std::uint64_t number = 0;
  log::LogPosition position;
  base::Time ingested{};
  std::string_view target;  // a bus::Target, encoded
  std::string_view replay_name;
  std::uint64_t body_bytes = 0;
  std::string_view message_group_id;
  std::string_view deduplication_id;
  std::uint32_t retries_done = 0;
  base::Time due{};
  static constexpr auto members() {
    using S = SavedDelivery;
    return Members{member("number", &S::number),
                   member("position", &S::position),
                   member("ingested", &S::ingested),
                   member("target", &S::target),
                   member("replay_name", &S::replay_name),
                   member("body_bytes", &S::body_bytes),
                   member("message_group_id", &S::message_group_id),
                   member("deduplication_id", &S::deduplication_id),
                   member("retries_done", &S::retries_done),
                   member("due", &S::due)};
  }
};
struct Saved {
  std::string_view waiting;  // an encoded list of SavedDelivery, written and read in place
  std::uint64_t next_number = 1;
  static constexpr auto members() {
    return Members{member("waiting", &Saved::waiting), member("next_number", &Saved::next_number)};
  }
};
constexpr std::uint64_t kWaitingMember = 0;

}  // namespace

Dispatcher::Dispatcher(const bus::RuleBook& rules, std::vector<TargetKind*> kinds, DeadLetterSink& dead_letters,
                       observe::Counters& counters, std::size_t waiting_max, std::size_t step_max)
    : rules_(rules),
      kinds_(std::move(kinds)),
      dead_letters_(dead_letters),
      counters_(counters),
      waiting_max_(waiting_max),
      step_max_(step_max) {}

void Dispatcher::apply(const bus::EventAccepted& event, log::LogPosition position, base::Time time) {
  EventInputs inputs{event, {}, time};
  for (const std::uint64_t number : event.rules) {
    const bus::Rule* rule = rules_.find_rule(number);
    if (rule == nullptr) continue;
    matched(*rule).add();
    for (const auto& [id, target] : rule->targets) {
      const InputFacts facts = inputs.facts(*target);
      Route& route = route_of(target, {});
      start(route, route.delivery(position, time, facts.bytes, facts.message_group_id, event.id), facts.error, time);
    }
  }
}

std::vector<ReplayedDelivery> Dispatcher::plan_replay(const bus::EventAccepted& event, log::LogPosition position,
                                                      base::Time ingested, const std::vector<std::uint64_t>& rules,
                                                      std::string_view replay_name) const {
  EventInputs inputs{event, replay_name, ingested};
  std::vector<ReplayedDelivery> plan;
  for (const std::uint64_t number : rules) {
    const bus::Rule* rule = rules_.find_rule(number);
    if (rule == nullptr) continue;
    for (const auto& [id, target] : rule->targets) {
      InputFacts facts = inputs.facts(*target);
      plan.push_back({position, number, id, facts.bytes, std::move(facts.message_group_id),
                      fmt::format("{}-{}", event.id, replay_name), std::move(facts.error)});
    }
  }
  return plan;
}

void Dispatcher::apply(const EventsReplayed& record, log::LogPosition, base::Time time) {
  for (const ReplayedDelivery& planned : record.deliveries) {
    const bus::Rule* rule = rules_.find_rule(planned.rule);
    if (rule == nullptr) continue;
    const auto target = rule->targets.find(planned.target_id);
    if (target == rule->targets.end()) continue;
    Route& route = route_of(target->second, record.replay_name);
    // A replayed event is as old as its replay; otherwise no old event could ever be delivered again.
    start(
        route,
        route.delivery(planned.position, time, planned.body_bytes, planned.message_group_id, planned.deduplication_id),
        planned.error, time);
  }
}

void Dispatcher::start(Route& route, const Delivery& delivery, std::string_view input_error, base::Time now) {
  if (!input_error.empty()) {
    counter("athanor_failed_invocations_total", delivery.target).add();
    send_to_dead_letters(delivery, {"INVALID_JSON", std::string{input_error}, {}, 0}, route.last_letter, now);
    return;
  }
  attempt(route, delivery, 0, now);
}

void Dispatcher::attempt(Route& route, const Delivery& delivery, std::uint32_t retries_done, base::Time now) {
  route.attempts.add();
  const AttemptResult result = route.kind != nullptr
                                   ? route.kind->attempt(delivery, now)
                                   : AttemptResult{Verdict::Impossible, "NO_RESOURCE",
                                                   fmt::format("No such kind of target: {}", delivery.target.arn)};
  if (result.verdict == Verdict::Delivered) {
    route.invocations.add();
    return;
  }
  const FailedDelivery failed{retries_done, now - delivery.ingested};
  const bus::RetryPolicy policy = delivery.target.effective_retry_policy();
  std::string condition;
  if (result.verdict == Verdict::RetryLater) {
    base::Random random{delivery.seed + retries_done};
    if (const auto wait_time = next_retry_wait(policy, failed, random)) {
      wait({.position = delivery.position,
            .ingested = delivery.ingested,
            .target = route.target,
            .replay_name = std::string{delivery.replay_name},
            .body_bytes = delivery.body_bytes,
            .message_group_id = std::string{delivery.message_group_id},
            .deduplication_id = std::string{delivery.deduplication_id},
            .retries_done = retries_done + 1,
            .due = now + *wait_time});
      return;
    }
    condition = exhausted_condition(policy, failed);
    if (condition == "MaximumEventAgeInSeconds" && base::planted(base::Bug::ForgetDeadLetterOnAge)) return;
  }
  counter("athanor_failed_invocations_total", delivery.target).add();
  if (result.error_code == "NO_RESOURCE" && base::planted(base::Bug::ForgetDeadLetterOfMissingTarget)) return;
  send_to_dead_letters(delivery, {result.error_code, result.error_message, condition, retries_done}, route.last_letter,
                       now);
}

void Dispatcher::wait(Waiting waiting) {
  due_.emplace(waiting.due, next_number_);
  by_position_.emplace(waiting.position, next_number_);
  waiting_.emplace(next_number_++, std::move(waiting));
}

void Dispatcher::retry_what_is_due(log::Journal& journal, base::Time now) {
  DeliveriesRetried record;
  for (auto it = due_.begin(); it != due_.end() && it->first <= now && record.numbers.size() < step_max_; ++it)
    record.numbers.push_back(it->second);
  if (!record.numbers.empty()) journal.write(record);
}

bool Dispatcher::is_full_for(const std::vector<std::uint64_t>& rules) const {
  const auto is_full_target = [&](const auto& target) {
    return std::ranges::any_of(kinds_, [&](const TargetKind* kind) {
      return kind->takes(target.second->arn) && kind->is_full(target.second->arn);
    });
  };
  return is_full() && std::ranges::any_of(rules, [&](std::uint64_t number) {
           const bus::Rule* rule = rules_.find_rule(number);
           return rule != nullptr && std::ranges::any_of(rule->targets, is_full_target);
         });
}

bool Dispatcher::is_waiting(log::LogPosition position, std::string_view rule_arn, std::string_view target_id) const {
  for (auto it = by_position_.lower_bound({position, 0}); it != by_position_.end() && it->first == position; ++it) {
    const bus::Target& target = *waiting_.at(it->second).target;
    if (target.rule_arn == rule_arn && target.id == target_id) return true;
  }
  return false;
}

std::optional<base::Time> Dispatcher::next_due() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

void Dispatcher::apply(const DeliveriesRetried& record, log::LogPosition, base::Time time) {
  for (const std::uint64_t number : record.numbers) {
    const auto node = waiting_.extract(number);
    ATHANOR_ASSERT(!node.empty());
    const Waiting& waiting = node.mapped();
    due_.erase({waiting.due, number});
    by_position_.erase({waiting.position, number});
    counter("athanor_retry_invocation_attempts_total", *waiting.target).add();
    Route& route = route_of(waiting.target, waiting.replay_name);
    attempt(route,
            route.delivery(waiting.position, waiting.ingested, waiting.body_bytes, waiting.message_group_id,
                           waiting.deduplication_id),
            waiting.retries_done, time);
  }
  if (base::planted(base::Bug::LoseRetriesBehindStep)) due_.erase(due_.begin(), due_.lower_bound({time, 0}));
}

void Dispatcher::apply(const bus::RuleDeleted& record, log::LogPosition, base::Time) {
  routes_.clear();  // both maps hold counters that are about to be removed
  matched_.clear();
  counters_.forget("rule", record.arn);
}

void Dispatcher::give_up(log::LogPosition position, std::string_view origin_bytes, std::string_view request_id,
                         const DeadLetterReason& reason, base::Time now) {
  auto origin = log::decode<Origin>(origin_bytes);
  if (!origin) return;
  counter("athanor_failed_invocations_total", origin->target).add();
  Letter none;
  send_to_dead_letters({.position = position,
                        .ingested = now,
                        .target = origin->target,
                        .replay_name = origin->replay_name,
                        .origin = nullptr,
                        .seed = seed_of(request_id, hash_of(origin->target, origin->replay_name))},
                       reason, none, now);
}

void Dispatcher::send_to_dead_letters(const Delivery& delivery, const DeadLetterReason& reason, Letter& last,
                                      base::Time now) {
  const bus::Target& target = delivery.target;
  if (target.dead_letter_arn.empty()) {
    counter("athanor_invocations_dropped_total", target).add();
    return;
  }
  if (!last.origin || last.reason != reason) {
    Origin origin{target, std::string{delivery.replay_name}, reason};
    last = {reason, std::make_shared<const std::string>(log::encode(origin))};
  }
  const Delivery letter{.position = delivery.position,
                        .ingested = delivery.ingested,
                        .target = target,
                        .replay_name = delivery.replay_name,
                        .origin = last.origin,
                        .body_bytes = delivery.body_bytes,
                        .message_group_id = delivery.message_group_id,
                        .deduplication_id = delivery.deduplication_id,
                        .seed = delivery.seed};
  if (dead_letters_.send(target.dead_letter_arn, letter, now))
    counter("athanor_invocations_sent_to_dlq_total", target).add();
  else if (!base::planted(base::Bug::ForgetToCountLostDeadLetter))
    counter("athanor_invocations_failed_to_be_sent_to_dlq_total", target).add();
}

Delivery Dispatcher::Route::delivery(log::LogPosition position, base::Time ingested, std::uint64_t body_bytes,
                                     std::string_view message_group_id, std::string_view deduplication_id) const {
  return {.position = position,
          .ingested = ingested,
          .target = *target,
          .replay_name = replay_name,
          .origin = origin,
          .body_bytes = body_bytes,
          .message_group_id = message_group_id,
          .deduplication_id = deduplication_id,
          .seed = base::planted(base::Bug::DrawByPosition) ? seed_of(std::to_string(position.value), hash)
                                                           : seed_of(deduplication_id, hash)};
}

Dispatcher::Route& Dispatcher::route_of(const std::shared_ptr<const bus::Target>& target,
                                        std::string_view replay_name) {
  const auto it = routes_.find(target.get());
  if (it != routes_.end() && it->second.replay_name == replay_name) return it->second;
  if (it != routes_.end()) routes_.erase(it);
  if (routes_.size() >= kRoutes) routes_.clear();
  const auto takes = [&](TargetKind* kind) { return kind->takes(target->arn); };
  const auto kind = std::find_if(kinds_.begin(), kinds_.end(), takes);
  Route route{
      .target = target,
      .replay_name = std::string{replay_name},
      .origin = std::make_shared<const std::string>(log::encode(Origin{*target, std::string{replay_name}, {}, {}})),
      .hash = hash_of(*target, replay_name),
      .kind = kind != kinds_.end() ? *kind : nullptr,
      .attempts = counter("athanor_invocation_attempts_total", *target),
      .invocations = counter("athanor_invocations_total", *target)};
  return routes_.emplace(target.get(), std::move(route)).first->second;
}

observe::Counter& Dispatcher::counter(std::string_view name, const bus::Target& target) {
  const bool is_there = rules_.find_rule(target.rule_arn) != nullptr;
  return counters_.get(name, {{"rule", is_there ? std::string_view{target.rule_arn} : observe::kDeleted}});
}

observe::Counter& Dispatcher::matched(const bus::Rule& rule) {
  observe::Counter*& known = matched_[rule.put.number];
  if (known == nullptr) known = &counters_.get("athanor_matched_events_total", {{"rule", rule.put.arn}});
  return *known;
}

void Dispatcher::save(std::string& out) const {
  log::codec::put_struct(out, Saved{.next_number = next_number_});
  std::unordered_map<const bus::Target*, std::string> targets;  // many deliveries, few targets: each is encoded once
  log::codec::put_member_key(out, kWaitingMember);
  log::put_behind_length(out, [&] {
    for (const auto& [number, w] : waiting_) {
      std::string& target = targets[w.target.get()];
      if (target.empty()) target = log::encode(*w.target);
      const SavedDelivery saved{number,       w.position,         w.ingested,         target,         w.replay_name,
                                w.body_bytes, w.message_group_id, w.deduplication_id, w.retries_done, w.due};
      log::codec::put_sized(out, saved);
    }
  });
}

Result<void> Dispatcher::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  std::unordered_map<std::string_view, std::shared_ptr<const bus::Target>> targets;
  while (!saved.waiting.empty()) {
    std::string_view piece;
    if (!log::codec::take_sized(saved.waiting, piece))
      return corrupt("The snapshot cannot be read.", "deliveries that end too early");
    ATHANOR_TRY(s, log::decode<SavedDelivery>(piece));
    auto& target = targets[s.target];
    if (!target) {
      ATHANOR_TRY(decoded, log::decode<bus::Target>(s.target));
      target = std::make_shared<const bus::Target>(std::move(decoded));
    }
    if (!base::planted(base::Bug::LoseRetryTimers)) due_.emplace(s.due, s.number);
    by_position_.emplace(s.position, s.number);
    waiting_.emplace(s.number, Waiting{.position = s.position,
                                       .ingested = s.ingested,
                                       .target = target,
                                       .replay_name = std::string{s.replay_name},
                                       .body_bytes = s.body_bytes,
                                       .message_group_id = std::string{s.message_group_id},
                                       .deduplication_id = std::string{s.deduplication_id},
                                       .retries_done = s.retries_done,
                                       .due = s.due});
  }
  next_number_ = saved.next_number;
  return {};
}

std::optional<log::LogPosition> Dispatcher::oldest_position_needed() const {
  return by_position_.empty() ? std::nullopt : std::optional{by_position_.begin()->first};
}

}  // namespace athanor::delivery
