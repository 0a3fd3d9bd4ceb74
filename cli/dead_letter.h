// A message of a dead-letter queue, read: which event it was, which rule failed to deliver it, and why.
#pragma once

#include <optional>
#include <string>

#include "api/events.h"
#include "api/sqs.h"

namespace athanor::cli {

struct DeadLetter {
  std::string message_id;
  std::string receipt_handle;
  std::string rule_name;  // of RULE_ARN; empty when EventBridge did not send it
  std::string bus_name;   // the rule's
  std::string target_arn;
  std::string error_code;
  std::string error_message;
  std::string retry_attempts;
  std::string exhausted_retry_condition;
  // The event to put again, with its time; nullopt when the body is no event.
  std::optional<api::PutEventsRequestEntry> event;
};

DeadLetter read_dead_letter(const api::Message& message);

// "rule/ORDERS/to-billing" of a rule's ARN gives bus ORDERS and rule to-billing; "rule/to-billing" the bus "default".
struct RuleOfArn {
  std::string bus_name;
  std::string rule_name;
};
RuleOfArn rule_of_arn(std::string_view arn);

}  // namespace athanor::cli
