// Starts deliveries, retries those that failed, and gives up into the dead-letter queue. A work.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/step.h"
#include "bus/event.h"
#include "bus/rule_book.h"
#include "delivery/delivery_seed.h"
#include "delivery/origin.h"
#include "delivery/records.h"
#include "delivery/target.h"
#include "log/journal.h"
#include "log/records_lost.h"
#include "observe/counters.h"

namespace athanor::delivery {

// Deliveries waiting for a retry, per server: some 200 MB of memory. Our choice. Those of events accepted before the
// limit was reached come on top.
inline constexpr std::size_t kWaitingMax = 500'000;

class Dispatcher {
 public:
  // The first of `kinds` that takes a target's ARN gets it. All references outlive this. `step_max`: deliveries retried
  // by one record.
  Dispatcher(const bus::RuleBook& rules, std::vector<TargetKind*> kinds, DeadLetterSink& dead_letters,
             observe::Counters& counters, std::size_t waiting_max = kWaitingMax, std::size_t step_max = base::kStepMax);

  // What depends on an event's body, for the targets of the rules that it matches in a replay: the half of
  // `apply(EventsReplayed)` that is decided beforehand.
  std::vector<ReplayedDelivery> plan_replay(const bus::EventAccepted& event, log::LogPosition position,
                                            base::Time ingested, const std::vector<std::uint64_t>& rules,
                                            std::string_view replay_name) const;

  // Writes a record that retries what is due at `now`, earliest first and at most `step_max`. The rest stays due.
  void retry_what_is_due(log::Journal& journal, base::Time now);
  std::optional<base::Time> next_due() const;

  // Sends a message made from an event to its target's dead-letter queue; for those that a target accepted and gave up
  // later. A missing dead-letter queue, or one that refuses it, is counted. `request_id`: of the accepted invocation.
  void give_up(log::LogPosition position, std::string_view origin, std::string_view request_id,
               const DeadLetterReason& reason, base::Time now);

  void apply(const bus::EventAccepted& event, log::LogPosition position, base::Time time);
  void apply(const EventsReplayed& record, log::LogPosition, base::Time time);
  void apply(const DeliveriesRetried& record, log::LogPosition, base::Time time);
  // Call before the rule is removed. Its waiting deliveries still go out, and are counted with those of all deleted
  // rules.
  void apply(const bus::RuleDeleted& record, log::LogPosition, base::Time);
  // After a hole in the log: numbers originally handed out in or after the hole are never handed out again.
  void apply(const log::RecordsLost&, log::LogPosition, base::Time) { next_number_ += 1ULL << 32; }
  bool is_waiting(std::uint64_t number) const { return waiting_.contains(number); }

  std::size_t waiting() const { return waiting_.size(); }
  // Whether so many wait that no replay should go on, and no event be accepted that would wait as well (`is_full_for`,
  // by the rules it matches). Only asked before events are accepted: what is in the log is delivered in any case.
  bool is_full() const { return waiting_.size() >= waiting_max_; }
  bool is_full_for(const std::vector<std::uint64_t>& rules) const;
  // Whether the delivery of the event at `position` to that target of that rule is waiting for a retry.
  bool is_waiting(log::LogPosition position, std::string_view rule_arn, std::string_view target_id) const;

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);
  std::optional<log::LogPosition> oldest_position_needed() const;

 private:
  // A delivery that is retried at `due`.
  struct Waiting {
    log::LogPosition position;
    base::Time ingested{};
    std::shared_ptr<const bus::Target> target;
    std::string replay_name;
    std::uint64_t body_bytes = 0;
    std::string message_group_id;
    std::string deduplication_id;
    std::uint32_t retries_done = 0;
    base::Time due{};
  };

  // What a dead letter says about its target, and why it was given up.
  struct Letter {
    DeadLetterReason reason;
    std::shared_ptr<const std::string> origin;  // encoded; null: none yet
  };

  // What all deliveries to one target share, looked up once, so that a million messages share one origin and delivering
  // an event looks up no names. Only a cache: never part of the state.
  struct Route {
    std::shared_ptr<const bus::Target> target;
    std::string replay_name;
    std::shared_ptr<const std::string> origin;  // encoded
    std::uint64_t hash = 0;                     // delivery_seed.h
    TargetKind* kind = nullptr;                 // null: no kind takes such an ARN
    observe::Counter& attempts;
    observe::Counter& invocations;
    Letter last_letter{};  // most share one reason

    // A delivery to this target. It borrows from the route, and the texts.
    Delivery delivery(log::LogPosition position, base::Time ingested, std::uint64_t body_bytes,
                      std::string_view message_group_id, std::string_view deduplication_id) const;
  };

  void start(Route& route, const Delivery& delivery, std::string_view input_error, base::Time now);
  void attempt(Route& route, const Delivery& delivery, std::uint32_t retries_done, base::Time now);
  // Reuses `last`'s origin if the reason is the same; else replaces `last`.
  void send_to_dead_letters(const Delivery& delivery, const DeadLetterReason& reason, Letter& last, base::Time now);
  // Valid until the next call.
  Route& route_of(const std::shared_ptr<const bus::Target>& target, std::string_view replay_name);
  void wait(Waiting waiting);
  observe::Counter& counter(std::string_view name, const bus::Target& target);
  observe::Counter& matched(const bus::Rule& rule);

  const bus::RuleBook& rules_;
  std::vector<TargetKind*> kinds_;
  DeadLetterSink& dead_letters_;
  observe::Counters& counters_;
  const std::size_t waiting_max_;
  const std::size_t step_max_;

  std::map<std::uint64_t, Waiting> waiting_;  // by number, which the two below refer to
  std::set<std::pair<base::Time, std::uint64_t>> due_;
  std::set<std::pair<log::LogPosition, std::uint64_t>> by_position_;
  std::uint64_t next_number_ = 1;

  std::unordered_map<const bus::Target*, Route> routes_;
  std::unordered_map<std::uint64_t, observe::Counter*> matched_;  // by the rule's number
};

}  // namespace athanor::delivery
