// The seam to targets: what any kind of target must be able to do. target/ has one file for each kind.
//
// Attempts run while a record is applied, live or in recovery, so they decide by state and record alone: no clock, no
// chance, no I/O. A kind of target outside Athanor takes over here what it will send, and reports back by a record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "bus/target.h"
#include "log/log.h"

namespace athanor::delivery {

// One event on its way to one target. It borrows everything for the call: there is one for each target of each event.
struct Delivery {
  log::LogPosition position;  // of the event's record, where the body stands
  base::Time ingested{};      // ages count from here
  const bus::Target& target;
  std::string_view replay_name;                      // empty: not a replay
  const std::shared_ptr<const std::string>& origin;  // delivery/origin.h, shared by all deliveries to this target
  std::uint64_t body_bytes = 0;
  std::string_view message_group_id;
  std::string_view deduplication_id;  // of the body, where the target wants one
  std::uint64_t seed = 0;             // delivery_seed.h
};

enum class Verdict : std::uint8_t {
  Delivered,
  RetryLater,  // the target is there, and full
  Impossible,  // trying again would not help
};

struct AttemptResult {
  Verdict verdict = Verdict::Delivered;
  std::string error_code;  // AWS's word, as ERROR_CODE carries it
  std::string error_message;
};

class TargetKind {
 public:
  virtual ~TargetKind() = default;
  virtual bool takes(std::string_view target_arn) const = 0;
  virtual AttemptResult attempt(const Delivery& delivery, base::Time now) = 0;
  // Whether an attempt now would be told RetryLater.
  virtual bool is_full(std::string_view /*target_arn*/) const { return false; }
};

// Where deliveries go that were given up. False when the queue is not there, or cannot take it.
class DeadLetterSink {
 public:
  virtual ~DeadLetterSink() = default;
  virtual bool send(std::string_view queue_arn, const Delivery& delivery, base::Time now) = 0;
};

}  // namespace athanor::delivery
