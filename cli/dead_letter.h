// A message of a dead-letter queue, read: which event it was, which rule or function failed, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/events.h"
#include "api/sqs.h"

namespace athanor::cli {

// Of the ARN of a rule: "rule/ORDERS/to-billing" stands for bus ORDERS and rule to-billing, "rule/to-billing" for the
// bus "default". All empty for any other ARN.
struct RuleOfArn {
  std::string bus_arn;
  std::string bus_name;
  std::string rule_name;
};
RuleOfArn rule_of_arn(std::string_view arn);

struct DeadLetter {
  std::string message_id;
  std::string receipt_handle;
  RuleOfArn rule;          // empty when EventBridge did not send it
  std::string target_arn;  // or the queue whose redrive policy sent it
  bool is_of_queue = false;
  std::string function_arn;      // the function whose on-failure destination this is, without a qualifier; else empty
  std::string function_payload;  // what it was invoked with
  std::string error_code;
  std::string error_message;
  std::string retry_attempts;
  std::string exhausted_retry_condition;
  std::string replay_name;  // the replay that brought the event; empty when it came by itself
  std::string event_id;     // as it failed; empty where the body has none
  // The event to put again on the rule's bus, with its time; nullopt when there is none in the body.
  std::optional<api::PutEventsRequestEntry> event;
};

DeadLetter read_dead_letter(const api::Message& message);

}  // namespace athanor::cli
