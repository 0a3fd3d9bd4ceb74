// The interface to targets: what any kind of target must be able to do. target/ has one file for each kind.
//
// Attempts run while a record is applied, live or in recovery, so they depend on state and record alone: no clock, no
// randomness, no I/O. A kind of target outside Athanor accepts here what it will send, and reports by a record.
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
  log::LogPosition position;  // of the event's record, which holds the body
  base::Time ingested{};      // ages count from here
  const bus::Target& target;
  std::string_view replay_name;                      // empty: not a replay
  const std::shared_ptr<const std::string>& origin;  // delivery/origin.h, shared by all deliveries to this target
  std::uint64_t body_bytes = 0;
  std::string_view message_group_id;
  std::string_view deduplication_id;  // of the body, if the target wants one
  std::uint64_t seed = 0;             // delivery_seed.h
};

enum class Verdict : std::uint8_t {
  Delivered,
  RetryLater,  // the target exists, but is full
  Impossible,  // trying again would not help
};

struct AttemptResult {
  Verdict verdict = Verdict::Delivered;
  std::string error_code;  // AWS's code, as ERROR_CODE gives it
  std::string error_message;
};

class TargetKind {
 public:
  virtual ~TargetKind() = default;
  virtual bool takes(std::string_view target_arn) const = 0;
  virtual AttemptResult attempt(const Delivery& delivery, base::Time now) = 0;
  // Whether an attempt now would get RetryLater.
  virtual bool is_full(std::string_view /*target_arn*/) const { return false; }
};

// Where deliveries go that were given up. False when the queue does not exist, or cannot take it.
class DeadLetterSink {
 public:
  virtual ~DeadLetterSink() = default;
  virtual bool send(std::string_view queue_arn, const Delivery& delivery, base::Time now) = 0;
};

}  // namespace athanor::delivery
