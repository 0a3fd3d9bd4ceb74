// Starts deliveries, tries again what failed, and gives up into the dead-letter queue. A work.
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

// Deliveries that wait to be tried again, of a server: some 200 MB of memory. Our choice. Those of what was accepted
// before it was reached come on top.
inline constexpr std::size_t kWaitingMax = 500'000;

class Dispatcher {
 public:
  // `kinds` are asked in order which takes a target's ARN. All references outlive this. `step_max`: deliveries that are
  // tried again by one record.
  Dispatcher(const bus::RuleBook& rules, std::vector<TargetKind*> kinds, DeadLetterSink& dead_letters,
             observe::Counters& counters, std::size_t waiting_max = kWaitingMax, std::size_t step_max = base::kStepMax);

  // What depends on the body of an event, for the targets of the rules that it matches in a replay: the decision's half
  // of `apply(EventsReplayed)`.
  std::vector<ReplayedDelivery> plan_replay(const bus::EventAccepted& event, log::LogPosition position,
                                            base::Time ingested, const std::vector<std::uint64_t>& rules,
                                            std::string_view replay_name) const;

  // Tries again what is due at `now`, by a record: of much, the part that was due first. The rest is due still.
  void retry_what_is_due(log::Journal& journal, base::Time now);
  std::optional<base::Time> next_due() const;

  // Sends a message that was made from an event to its target's dead-letter queue: also for those that a target took
  // over and gave up later. When there is no dead-letter queue, or it does not take it, that is counted. `request_id`:
  // of what took it over.
  void give_up(log::LogPosition position, std::string_view origin, std::string_view request_id,
               const DeadLetterReason& reason, base::Time now);

  void apply(const bus::EventAccepted& event, log::LogPosition position, base::Time time);
  void apply(const EventsReplayed& record, log::LogPosition, base::Time time);
  void apply(const DeliveriesRetried& record, log::LogPosition, base::Time time);
  // Before the rule is gone. What it left behind is still delivered, and counted with that of all deleted rules.
  void apply(const bus::RuleDeleted& record, log::LogPosition, base::Time);
  // Behind a hole in the log: numbers that were given out in it, or behind it before, are never given out again.
  void apply(const log::RecordsLost&, log::LogPosition, base::Time) { next_number_ += 1ULL << 32; }
  bool is_waiting(std::uint64_t number) const { return waiting_.contains(number); }

  std::size_t waiting() const { return waiting_.size(); }
  // Whether so many wait that no replay should go on, and no further event of these rules be accepted: one that would
  // wait, too. Only who brings events asks, since what stands in the log is delivered in any case.
  bool is_full() const { return waiting_.size() >= waiting_max_; }
  bool is_full_for(const std::vector<std::uint64_t>& rules) const;
  // Whether the delivery of the event at `position` to that target of that rule waits to be tried again.
  bool is_waiting(log::LogPosition position, std::string_view rule_arn, std::string_view target_id) const;

  void save(std::string& out) const;  // appends
  Result<void> load(std::string_view bytes);
  std::optional<log::LogPosition> oldest_position_needed() const;

 private:
  // A delivery that is tried again at `due`.
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

  // What a dead letter holds of its target, and why it was given up.
  struct Letter {
    DeadLetterReason reason;
    std::shared_ptr<const std::string> origin;  // encoded; null: none yet
  };

  // What all deliveries to one target share: found once, so that a million messages hold one origin, and an event's
  // delivery looks up no name. Only a saving: never part of the state.
  struct Route {
    std::shared_ptr<const bus::Target> target;
    std::string replay_name;
    std::shared_ptr<const std::string> origin;  // encoded
    std::uint64_t hash = 0;                     // delivery_seed.h
    TargetKind* kind = nullptr;                 // null: there is none that takes such an ARN
    observe::Counter& attempts;
    observe::Counter& invocations;
    Letter last_letter{};  // most are of one reason

    // One to this target. It borrows from the route, and the texts.
    Delivery delivery(log::LogPosition position, base::Time ingested, std::uint64_t body_bytes,
                      std::string_view message_group_id, std::string_view deduplication_id) const;
  };

  void start(Route& route, const Delivery& delivery, std::string_view input_error, base::Time now);
  void attempt(Route& route, const Delivery& delivery, std::uint32_t retries_done, base::Time now);
  // With `last`'s origin, where it is of that reason; else it is this one's from now on.
  void send_to_dead_letters(const Delivery& delivery, const DeadLetterReason& reason, Letter& last, base::Time now);
  // Good until the next call.
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

  std::map<std::uint64_t, Waiting> waiting_;  // by a number, which the two below give too
  std::set<std::pair<base::Time, std::uint64_t>> due_;
  std::set<std::pair<log::LogPosition, std::uint64_t>> by_position_;
  std::uint64_t next_number_ = 1;

  std::unordered_map<const bus::Target*, Route> routes_;
  std::unordered_map<std::uint64_t, observe::Counter*> matched_;  // by the rule's number
};

}  // namespace athanor::delivery
