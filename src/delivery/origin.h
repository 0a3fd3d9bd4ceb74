// How a message that was made from an event finds its body again: the target that the event was matched for, the replay
// it came by, and, when it was given up, why. Opaque bytes to those who keep them (queue/, function/).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/target.h"
#include "log/log.h"

namespace athanor::delivery {

// Source: EventBridge user guide, dead-letter queue message attributes.
struct DeadLetterReason {
  std::string error_code;
  std::string error_message;
  std::string exhausted_retry_condition;  // empty: not given up by exhaustion
  std::uint32_t retry_attempts = 0;

  static constexpr auto members() {
    using R = DeadLetterReason;
    return std::tuple{member("error_code", &R::error_code), member("error_message", &R::error_message),
                      member("exhausted_retry_condition", &R::exhausted_retry_condition),
                      member("retry_attempts", &R::retry_attempts)};
  }
};

struct Origin {
  bus::Target target;
  std::string replay_name;
  std::optional<DeadLetterReason> dead_letter;

  static constexpr auto members() {
    return std::tuple{member("target", &Origin::target), member("replay_name", &Origin::replay_name),
                      member("dead_letter", &Origin::dead_letter)};
  }
};

struct Rendered {
  std::string body;
  std::map<std::string, std::string> attributes;  // of type String; those of a dead letter
};

// The body of the message, made from the event's record. Corrupt when record and origin do not fit.
Result<Rendered> render(const log::Record& record, std::string_view origin);

}  // namespace athanor::delivery
