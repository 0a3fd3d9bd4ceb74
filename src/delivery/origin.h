// How a message that was made from an event finds its body again: the target that the event was matched for, the replay
// that sent it, and, if it was given up, why. Opaque bytes to those who keep them (queue/, function/).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "bus/target.h"
#include "log/log.h"

namespace athanor::delivery {

// Where the error message is: in the InvocationFailed record at this position, since it may be long and, like bodies,
// stays in its record. That record comes after the event's, so a log kept from the event on has it. nullopt: in
// error_message itself.
using FailedAt = std::optional<log::LogPosition>;

// Source: EventBridge user guide, dead-letter queue message attributes.
struct DeadLetterReason {
  std::string error_code;
  std::string error_message;
  std::string exhausted_retry_condition;  // empty: not given up by exhaustion
  std::uint32_t retry_attempts = 0;
  FailedAt failed_at;

  friend bool operator==(const DeadLetterReason&, const DeadLetterReason&) = default;
  static constexpr auto members() {
    using R = DeadLetterReason;
    return Members{member("error_code", &R::error_code), member("error_message", &R::error_message),
                   member("exhausted_retry_condition", &R::exhausted_retry_condition),
                   member("retry_attempts", &R::retry_attempts), member("failed_at", &R::failed_at)};
  }
};

// An invocation that has finally failed, on its way to the function's own dead-letter queue or destination.
// Source: Lambda developer guide, "asynchronous invocation".
struct FailedInvocation {
  std::string request_id;
  std::string function_arn;
  std::string condition;  // RetriesExhausted, EventAgeExceeded or ZeroReservedConcurrency
  std::uint32_t attempts = 0;
  std::string error_type;
  std::string error_message;
  bool as_destination = false;  // else as a dead letter
  base::Time time{};
  FailedAt failed_at;

  static constexpr auto members() {
    using F = FailedInvocation;
    return Members{member("request_id", &F::request_id),
                   member("function_arn", &F::function_arn),
                   member("condition", &F::condition),
                   member("attempts", &F::attempts),
                   member("error_type", &F::error_type),
                   member("error_message", &F::error_message),
                   member("as_destination", &F::as_destination),
                   member("time", &F::time),
                   member("failed_at", &F::failed_at)};
  }
};

struct Origin {
  bus::Target target;  // without an ARN: the message was made from a client's Invoke
  std::string replay_name;
  std::optional<DeadLetterReason> dead_letter;
  std::optional<FailedInvocation> failed_invocation;

  static constexpr auto members() {
    return Members{member("target", &Origin::target), member("replay_name", &Origin::replay_name),
                   member("dead_letter", &Origin::dead_letter),
                   member("failed_invocation", &Origin::failed_invocation)};
  }
};

struct Rendered {
  std::string body;
  std::map<std::string, std::string> attributes;  // of type String; only for dead letters
};

// The body of the message, made from the event's record. Corrupt when record and origin do not match.
Result<Rendered> render(const log::Record& record, const Origin& origin);

}  // namespace athanor::delivery
