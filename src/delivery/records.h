// What this folder writes to the log: only deliveries that could not be made while the event's record was applied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.h"
#include "log/log.h"

namespace athanor::delivery {

// The deliveries of one page of a replay. The bodies are in the events' own records; what depends on them was computed
// when this was written, so that applying it reads no other record.
struct ReplayedDelivery {
  log::LogPosition position;
  std::uint64_t rule = 0;
  std::string target_id;
  std::uint64_t body_bytes = 0;
  std::string message_group_id;
  std::string deduplication_id;
  std::string error;  // not empty: the input cannot be made from this event

  static constexpr auto members() {
    using R = ReplayedDelivery;
    return Members{member("position", &R::position),
                   member("rule", &R::rule),
                   member("target_id", &R::target_id),
                   member("body_bytes", &R::body_bytes),
                   member("message_group_id", &R::message_group_id),
                   member("deduplication_id", &R::deduplication_id),
                   member("error", &R::error)};
  }
};

struct EventsReplayed {
  static constexpr log::RecordType kType = 500;
  std::string replay_name;
  std::vector<ReplayedDelivery> deliveries;

  static constexpr auto members() {
    return Members{member("replay_name", &EventsReplayed::replay_name),
                   member("deliveries", &EventsReplayed::deliveries)};
  }
};

// These waiting deliveries were retried.
struct DeliveriesRetried {
  static constexpr log::RecordType kType = 501;
  std::vector<std::uint64_t> numbers;

  static constexpr auto members() { return Members{member("numbers", &DeliveriesRetried::numbers)}; }
};

}  // namespace athanor::delivery
