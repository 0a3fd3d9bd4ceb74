// A queue's attributes: from the strings of CreateQueue and SetQueueAttributes to values known to be valid, and back.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "base/result.h"

namespace athanor::queue {

// Where a message goes once it has been received more than `max_receive_count` times.
struct RedrivePolicy {
  std::string text;  // as given: refusals quote it
  std::string dead_letter_arn;
  std::uint32_t max_receive_count = 0;
  static constexpr auto members() {
    return Members{member("text", &RedrivePolicy::text), member("dead_letter_arn", &RedrivePolicy::dead_letter_arn),
                   member("max_receive_count", &RedrivePolicy::max_receive_count)};
  }
};

// Which queues may name this one in their RedrivePolicy.
struct RedriveAllowPolicy {
  enum class Permission : std::uint8_t { AllowAll, DenyAll, ByQueue };
  std::string text;
  Permission permission = Permission::AllowAll;
  std::vector<std::string> source_arns;  // ByQueue

  bool allows(std::string_view source_arn) const;
  static constexpr auto members() {
    return Members{member("text", &RedriveAllowPolicy::text), member("permission", &RedriveAllowPolicy::permission),
                   member("source_arns", &RedriveAllowPolicy::source_arns)};
  }
};

enum class DeduplicationScope : std::uint8_t { Queue, MessageGroup };
enum class FifoThroughputLimit : std::uint8_t { PerQueue, PerMessageGroupId };

// Zeros here, defaults in default_attributes(): the log leaves zeros out (log/codec.h).
struct Attributes {
  std::chrono::seconds visibility_timeout{};
  std::chrono::seconds retention{};
  std::chrono::seconds delay{};
  std::chrono::seconds receive_wait{};
  std::int64_t maximum_message_size = 0;  // bytes
  std::optional<RedrivePolicy> redrive_policy;
  std::optional<RedriveAllowPolicy> redrive_allow_policy;
  std::string policy;  // kept and shown, but not evaluated yet
  bool fifo = false;
  bool content_based_deduplication = false;
  DeduplicationScope deduplication_scope = DeduplicationScope::Queue;
  FifoThroughputLimit fifo_throughput_limit = FifoThroughputLimit::PerQueue;
  std::string kms_master_key_id;  // kept and shown; nothing is encrypted with it
  std::chrono::seconds kms_data_key_reuse_period{};
  bool sqs_managed_sse = false;

  static constexpr auto members() {
    return Members{member("visibility_timeout", &Attributes::visibility_timeout),
                   member("retention", &Attributes::retention),
                   member("delay", &Attributes::delay),
                   member("receive_wait", &Attributes::receive_wait),
                   member("maximum_message_size", &Attributes::maximum_message_size),
                   member("redrive_policy", &Attributes::redrive_policy),
                   member("redrive_allow_policy", &Attributes::redrive_allow_policy),
                   member("policy", &Attributes::policy),
                   member("fifo", &Attributes::fifo),
                   member("content_based_deduplication", &Attributes::content_based_deduplication),
                   member("deduplication_scope", &Attributes::deduplication_scope),
                   member("fifo_throughput_limit", &Attributes::fifo_throughput_limit),
                   member("kms_master_key_id", &Attributes::kms_master_key_id),
                   member("kms_data_key_reuse_period", &Attributes::kms_data_key_reuse_period),
                   member("sqs_managed_sse", &Attributes::sqs_managed_sse)};
  }
};

Attributes default_attributes(bool fifo);

using AttributeTexts = std::map<std::string, std::string>;

// `attributes` with the given ones changed. An empty RedrivePolicy, RedriveAllowPolicy, Policy or KmsMasterKeyId
// removes it. InvalidAttributeName for a name that is unknown, read-only, or of the other kind of queue;
// InvalidAttributeValue or InvalidParameterValue, in AWS's words, for a value out of range. Whether a dead-letter queue
// exists is not checked here.
Result<Attributes> with_attributes(Attributes attributes, const AttributeTexts& changes);

// What GetQueueAttributes shows, by name. Attributes that were never given and have no default are left out.
AttributeTexts attribute_texts(const Attributes& attributes);

// The first of `given` whose value differs in `existing`; nullopt when all agree. JSON is compared as JSON.
std::optional<std::string> first_difference(const Attributes& existing, const AttributeTexts& given);

// "Value ... for parameter ... is invalid. Reason: ...", the form of many SQS errors.
Error invalid_parameter(std::string_view value, std::string_view parameter, std::string_view reason);

}  // namespace athanor::queue
