#include "delivery/dispatcher.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/planted.h"
#include "delivery/input_transformer.h"
#include "delivery/retry_policy.h"
#include "format/json.h"
#include "log/codec.h"

namespace athanor::delivery {
namespace {

constexpr std::size_t kRetriesPerRecord = 1'000;
constexpr std::size_t kCachedOrigins = 10'000;

struct SavedDelivery {
  std::uint64_t number = 0;
  log::LogPosition position;
  base::Time ingested{};
  bus::Target target;
  std::string replay_name;
  std::uint64_t body_bytes = 0;
  std::string message_group_id;
  std::string deduplication_id;
  std::uint32_t retries_done = 0;
  base::Time due{};
  static constexpr auto members() {
    using S = SavedDelivery;
    return std::tuple{member("number", &S::number),
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
  std::vector<SavedDelivery> waiting;
  std::uint64_t next_number = 1;
  static constexpr auto members() {
    return std::tuple{member("waiting", &Saved::waiting), member("next_number", &Saved::next_number)};
  }
};

// What of a delivery depends on the body of its event.
struct BodyFacts {
  std::uint64_t bytes = 0;
  std::string message_group_id;
  std::string error;
};

BodyFacts facts_of(const bus::Target& target, const bus::EventAccepted& event, std::string_view replay_name,
                   base::Time ingested) {
  BodyFacts facts;
  if (target.passes_event_unchanged()) {
    facts.bytes = bus::event_text_bytes(event, replay_name);
  } else if (auto input = transform_input(target, event, replay_name, ingested); input) {
    facts.bytes = input->size();
  } else {
    facts.error = input.error().message;
  }
  facts.message_group_id = target.message_group_id;
  if (target.message_group_id.starts_with('$')) {  // a path into the event
    const auto root = format::parse_json(bus::event_text(event, replay_name));
    const auto value = root ? select_path(*root, target.message_group_id) : std::nullopt;
    facts.message_group_id = value ? (value->is_string() ? value->text : format::print_json(*value)) : std::string{};
    if (facts.message_group_id.empty()) facts.error = "MessageGroupId is not in this event.";
  }
  return facts;
}

}  // namespace

std::uint64_t Delivery::seed() const {
  base::Random mix{position.value};
  std::uint64_t seed = mix.next();
  for (const std::string_view text :
       {std::string_view{target->rule_arn}, std::string_view{target->id}, std::string_view{replay_name}}) {
    for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;  // FNV-1a
    seed = (seed ^ 0xFF) * 0x100000001b3ULL;
  }
  return seed;
}

Dispatcher::Dispatcher(const bus::RuleBook& rules, std::vector<TargetKind*> kinds, DeadLetterSink& dead_letters,
                       observe::Counters& counters)
    : rules_(rules),
      kinds_(std::move(kinds)),
      dead_letters_(dead_letters),
      counters_(counters),
      matched_(counters, "athanor_matched_events_total", "rule"),
      attempts_(counters, "athanor_invocation_attempts_total", "rule"),
      invocations_(counters, "athanor_invocations_total", "rule") {}

void Dispatcher::apply(const bus::EventAccepted& event, log::LogPosition position, base::Time time) {
  for (const std::uint64_t number : event.rules) {
    const bus::Rule* rule = rules_.find_rule(number);
    if (rule == nullptr) continue;
    matched_.of(rule->put.arn).add();
    for (const auto& [id, target] : rule->targets) {
      BodyFacts facts = facts_of(*target, event, {}, time);
      start({.position = position,
             .ingested = time,
             .target = target,
             .replay_name = {},
             .origin = origin_of(target, {}),
             .body_bytes = facts.bytes,
             .message_group_id = std::move(facts.message_group_id),
             .deduplication_id = std::string{event.id}},
            facts.error, time);
    }
  }
}

std::vector<ReplayedDelivery> Dispatcher::plan_replay(const bus::EventAccepted& event, log::LogPosition position,
                                                      base::Time ingested, const std::vector<std::uint64_t>& rules,
                                                      std::string_view replay_name) const {
  std::vector<ReplayedDelivery> plan;
  for (const std::uint64_t number : rules) {
    const bus::Rule* rule = rules_.find_rule(number);
    if (rule == nullptr) continue;
    for (const auto& [id, target] : rule->targets) {
      BodyFacts facts = facts_of(*target, event, replay_name, ingested);
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
    start({.position = planned.position,
           .ingested = time,  // a replayed event is as old as its replay, or no old event could ever be delivered again
           .target = target->second,
           .replay_name = record.replay_name,
           .origin = origin_of(target->second, record.replay_name),
           .body_bytes = planned.body_bytes,
           .message_group_id = planned.message_group_id,
           .deduplication_id = planned.deduplication_id},
          planned.error, time);
  }
}

void Dispatcher::start(Delivery delivery, std::string_view input_error, base::Time now) {
  if (!input_error.empty()) {
    counter("athanor_failed_invocations_total", *delivery.target).add();
    send_to_dead_letters(delivery, {"INVALID_JSON", std::string{input_error}, {}, 0}, now);
    return;
  }
  attempt({std::move(delivery), 0, {}}, now);
}

void Dispatcher::attempt(Waiting waiting, base::Time now) {
  const Delivery& delivery = waiting.delivery;
  attempts_.of(delivery.target->rule_arn).add();
  AttemptResult result{Verdict::Impossible, "NO_RESOURCE",
                       fmt::format("No such kind of target: {}", delivery.target->arn)};
  for (TargetKind* kind : kinds_) {
    if (!kind->takes(delivery.target->arn)) continue;
    result = kind->attempt(delivery, now);
    break;
  }
  if (result.verdict == Verdict::Delivered) {
    invocations_.of(delivery.target->rule_arn).add();
    return;
  }
  const FailedDelivery failed{waiting.retries_done, now - delivery.ingested};
  const bus::RetryPolicy policy = delivery.target->effective_retry_policy();
  std::string condition;
  if (result.verdict == Verdict::RetryLater) {
    base::Random random{delivery.seed() + waiting.retries_done};
    if (const auto wait_time = next_retry_wait(policy, failed, random)) {
      ++waiting.retries_done;
      waiting.due = now + *wait_time;
      wait(std::move(waiting));
      return;
    }
    condition = exhausted_condition(policy, failed);
    if (condition == "MaximumEventAgeInSeconds" && base::planted(base::Bug::ForgetDeadLetterOnAge)) return;
  }
  counter("athanor_failed_invocations_total", *delivery.target).add();
  if (result.error_code == "NO_RESOURCE" && base::planted(base::Bug::ForgetDeadLetterOfMissingTarget)) return;
  send_to_dead_letters(delivery, {result.error_code, result.error_message, condition, waiting.retries_done}, now);
}

void Dispatcher::wait(Waiting waiting) {
  due_.emplace(waiting.due, next_number_);
  waiting_.emplace(next_number_++, std::move(waiting));
}

bool Dispatcher::retry_due(log::Journal& journal, base::Time now) {
  DeliveriesRetried record;
  for (auto it = due_.begin(); it != due_.end() && it->first <= now && record.numbers.size() < kRetriesPerRecord;
       ++it) {
    record.numbers.push_back(it->second);
  }
  if (record.numbers.empty()) return false;
  journal.write(record);
  return true;
}

bool Dispatcher::is_waiting(log::LogPosition position, std::string_view rule_arn, std::string_view target_id) const {
  for (const auto& [number, w] : waiting_) {
    const bus::Target& target = *w.delivery.target;
    if (w.delivery.position == position && target.rule_arn == rule_arn && target.id == target_id) return true;
  }
  return false;
}

std::optional<base::Time> Dispatcher::next_due() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

void Dispatcher::apply(const DeliveriesRetried& record, log::LogPosition, base::Time time) {
  for (const std::uint64_t number : record.numbers) {
    auto node = waiting_.extract(number);
    ATHANOR_ASSERT(!node.empty());
    due_.erase({node.mapped().due, number});
    counter("athanor_retry_invocation_attempts_total", *node.mapped().delivery.target).add();
    attempt(std::move(node.mapped()), time);
  }
}

bool Dispatcher::give_up(log::LogPosition position, std::string_view origin_bytes, const DeadLetterReason& reason,
                         base::Time now) {
  auto origin = log::decode<Origin>(origin_bytes);
  if (!origin) return false;
  Delivery delivery{.position = position,
                    .ingested = now,
                    .target = std::make_shared<const bus::Target>(std::move(origin->target)),
                    .replay_name = std::move(origin->replay_name)};
  counter("athanor_failed_invocations_total", *delivery.target).add();
  return send_to_dead_letters(delivery, reason, now);
}

bool Dispatcher::send_to_dead_letters(const Delivery& delivery, const DeadLetterReason& reason, base::Time now) {
  const bus::Target& target = *delivery.target;
  if (!target.dead_letter_arn.empty()) {
    Delivery letter = delivery;
    letter.origin = std::make_shared<const std::string>(log::encode(Origin{target, delivery.replay_name, reason}));
    if (dead_letters_.send(target.dead_letter_arn, letter, now)) {
      counter("athanor_invocations_sent_to_dlq_total", target).add();
      return true;
    }
    if (base::planted(base::Bug::ForgetToCountLostDeadLetter)) return false;
    counter("athanor_invocations_failed_to_be_sent_to_dlq_total", target).add();
    return false;
  }
  counter("athanor_invocations_dropped_total", target).add();
  return false;
}

std::shared_ptr<const std::string> Dispatcher::origin_of(const std::shared_ptr<const bus::Target>& target,
                                                         std::string_view replay_name) {
  const auto it = origins_.find(target.get());
  if (it != origins_.end() && it->second.replay_name == replay_name) return it->second.bytes;
  if (origins_.size() >= kCachedOrigins) origins_.clear();
  auto bytes = std::make_shared<const std::string>(log::encode(Origin{*target, std::string{replay_name}, {}}));
  origins_[target.get()] = {target, std::string{replay_name}, bytes};
  return bytes;
}

observe::Counter& Dispatcher::counter(std::string_view name, const bus::Target& target) {
  return counters_.get(name, {{"rule", target.rule_arn}});
}

std::string Dispatcher::save() const {
  Saved saved{.next_number = next_number_};
  for (const auto& [number, w] : waiting_) {
    saved.waiting.push_back({number, w.delivery.position, w.delivery.ingested, *w.delivery.target,
                             w.delivery.replay_name, w.delivery.body_bytes, w.delivery.message_group_id,
                             w.delivery.deduplication_id, w.retries_done, w.due});
  }
  return log::encode(saved);
}

Result<void> Dispatcher::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (SavedDelivery& s : saved.waiting) {
    Delivery delivery{.position = s.position,
                      .ingested = s.ingested,
                      .target = std::make_shared<const bus::Target>(std::move(s.target)),
                      .replay_name = std::move(s.replay_name),
                      .body_bytes = s.body_bytes,
                      .message_group_id = std::move(s.message_group_id),
                      .deduplication_id = std::move(s.deduplication_id)};
    delivery.origin = origin_of(delivery.target, delivery.replay_name);
    if (!base::planted(base::Bug::LoseRetryTimers)) due_.emplace(s.due, s.number);
    waiting_.emplace(s.number, Waiting{std::move(delivery), s.retries_done, s.due});
  }
  next_number_ = saved.next_number;
  return {};
}

std::optional<log::LogPosition> Dispatcher::oldest_position_needed() const {
  std::optional<log::LogPosition> oldest;
  for (const auto& [number, w] : waiting_) {
    if (!oldest || w.delivery.position < *oldest) oldest = w.delivery.position;
  }
  return oldest;
}

}  // namespace athanor::delivery
