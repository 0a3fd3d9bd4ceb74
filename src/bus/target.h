// A target of a rule: where matched events go, in which form, and how long delivery is tried.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/describe.h"

namespace athanor::bus {

// Source: EventBridge API Reference, RetryPolicy (0..185 retries, 60..86400 s).
struct RetryPolicy {
  std::uint32_t retries_max = 185;             // after the first attempt; 0 means a single attempt
  std::chrono::seconds event_age_max{86'400};  // counted from the event's ingestion
  // Whether they were given explicitly; else the defaults above apply, and are not shown.
  bool has_retries_max = true;
  bool has_event_age_max = true;

  static constexpr auto members() {
    return Members{member("retries_max", &RetryPolicy::retries_max),
                   member("event_age_max", &RetryPolicy::event_age_max),
                   member("has_retries_max", &RetryPolicy::has_retries_max),
                   member("has_event_age_max", &RetryPolicy::has_event_age_max)};
  }
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

struct InputTransformer {
  std::map<std::string, std::string> input_paths;  // from variable to JSONPath
  std::string input_template;

  static constexpr auto members() {
    return Members{member("input_paths", &InputTransformer::input_paths),
                   member("input_template", &InputTransformer::input_template)};
  }
  friend bool operator==(const InputTransformer&, const InputTransformer&) = default;
};

// Immutable once put: a waiting delivery keeps the target its event was matched for, whatever is put later.
struct Target {
  std::string id;
  std::string arn;
  std::string role_arn;
  std::optional<std::string> input;
  std::optional<std::string> input_path;
  std::optional<InputTransformer> input_transformer;
  std::optional<RetryPolicy> retry_policy;  // as put; absent means the defaults
  std::string dead_letter_arn;
  std::string message_group_id;  // SqsParameters
  std::string rule_arn;
  std::string rule_name;

  RetryPolicy effective_retry_policy() const { return retry_policy.value_or(RetryPolicy{}); }

  static constexpr auto members() {
    using T = Target;
    return Members{member("id", &T::id),
                   member("arn", &T::arn),
                   member("role_arn", &T::role_arn),
                   member("input", &T::input),
                   member("input_path", &T::input_path),
                   member("input_transformer", &T::input_transformer),
                   member("retry_policy", &T::retry_policy),
                   member("dead_letter_arn", &T::dead_letter_arn),
                   member("message_group_id", &T::message_group_id),
                   member("rule_arn", &T::rule_arn),
                   member("rule_name", &T::rule_name)};
  }
  friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace athanor::bus
