// A parsed message from a dead-letter queue: which event it was, which rule or function failed, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/events.h"
#include "api/sqs.h"

namespace athanor::cli {

// The parts of a rule's ARN: "rule/ORDERS/to-billing" stands for bus ORDERS and rule to-billing, "rule/to-billing" for
// the bus "default". All empty for any other ARN.
struct RuleOfArn {
  std::string bus_arn;
  std::string bus_name;
  std::string rule_name;
};
RuleOfArn rule_of_arn(std::string_view arn);

struct DeadLetter {
  std::string message_id;
  std::string receipt_handle;
  RuleOfArn rule;          // empty when it was not sent by EventBridge
  std::string target_arn;  // or the queue whose redrive policy sent it
  bool is_of_queue = false;
  std::string function_arn;      // the function whose on-failure destination this is, without a qualifier; else empty
  std::string function_payload;  // what it was invoked with
  std::string error_code;
  std::string error_message;
  std::string retry_attempts;
  std::string exhausted_retry_condition;
  std::string replay_name;  // the replay that sent the event; empty for a live event
  std::string event_id;     // of the failed event; empty if the body has none
  // The event to put on the rule's bus again, with its original time; nullopt when the body has none.
  std::optional<api::PutEventsRequestEntry> event;
};

DeadLetter read_dead_letter(const api::Message& message);

}  // namespace athanor::cli
