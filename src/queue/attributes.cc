#include "queue/attributes.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/resource_policy.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/json.h"
#include "queue/limits.h"

namespace athanor::queue {
namespace {

using std::chrono::seconds;

// For a Policy. Source: SQS Developer Guide, policy quotas. For other attributes it is our choice.
constexpr std::size_t kAttributeBytesMax = 8'192;

Error unknown_attribute(std::string_view name) {
  return {ErrorCode::InvalidAttributeName, fmt::format("Unknown Attribute {}.", name), {}};
}

Error invalid_value(std::string_view name) {
  return {ErrorCode::InvalidAttributeValue, fmt::format("Invalid value for the parameter {}.", name), {}};
}

Error fifo_only(std::string_view name) {
  return {ErrorCode::InvalidAttributeName,
          fmt::format("You can specify the {} only when FifoQueue is set to true.", name),
          {}};
}

struct SecondsRow {
  std::string_view name;
  seconds Attributes::* member;
  seconds min;
  seconds max;
};

constexpr SecondsRow kSeconds[] = {
    {"VisibilityTimeout", &Attributes::visibility_timeout, seconds{0}, kVisibilityTimeoutMax},
    {"MessageRetentionPeriod", &Attributes::retention, kRetentionMin, kRetentionMax},
    {"DelaySeconds", &Attributes::delay, seconds{0}, kDelayMax},
    {"ReceiveMessageWaitTimeSeconds", &Attributes::receive_wait, seconds{0}, kReceiveWaitMax},
    {"KmsDataKeyReusePeriodSeconds", &Attributes::kms_data_key_reuse_period, seconds{60}, seconds{86'400}},
};

std::optional<bool> to_bool(std::string_view text) {
  if (base::equals_ignore_case_ascii(text, "true")) return true;
  if (base::equals_ignore_case_ascii(text, "false")) return false;
  return std::nullopt;
}

std::string_view permission_text(RedriveAllowPolicy::Permission permission) {
  constexpr std::string_view kTexts[] = {"allowAll", "denyAll", "byQueue"};
  return kTexts[static_cast<std::size_t>(permission)];
}

Result<RedrivePolicy> parse_redrive_policy(const std::string& text) {
  const auto refuse = [&](std::string_view reason) { return invalid_parameter(text, "RedrivePolicy", reason); };
  const auto json = format::parse_json(text);
  if (!json || !json->is_object()) return refuse("Redrive policy is not a valid JSON map.");
  const auto* arn = json->find("deadLetterTargetArn");
  if (!arn) return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  const auto* count = json->find("maxReceiveCount");
  if (!count) return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  if (!arn->is_string() || arn->text.empty()) return refuse("Invalid value for deadLetterTargetArn.");
  const auto number = count->as_int();
  if (!number || *number < 1 || *number > kMaxReceiveCountMax) {
    return refuse(fmt::format("Invalid value for maxReceiveCount: {}, valid values are from 1 to {} both inclusive.",
                              count->text, kMaxReceiveCountMax));
  }
  return RedrivePolicy{text, arn->text, static_cast<std::uint32_t>(*number)};
}

// With a number, even if given as a string. Source: AWS CLI, examples of create-queue and get-queue-attributes.
std::string printed(const RedrivePolicy& policy) {
  using format::JsonValue;
  return format::print_json(JsonValue::object({{"deadLetterTargetArn", JsonValue::of(policy.dead_letter_arn)},
                                               {"maxReceiveCount", JsonValue::of(policy.max_receive_count)}}));
}

Result<RedriveAllowPolicy> parse_redrive_allow_policy(const std::string& text) {
  using Permission = RedriveAllowPolicy::Permission;
  const auto refuse = [&](std::string_view reason) { return invalid_parameter(text, "RedriveAllowPolicy", reason); };
  const auto json = format::parse_json(text);
  if (!json || !json->is_object()) return refuse("Redrive allow policy is not a valid JSON map.");
  const auto* given = json->find("redrivePermission");
  if (!given) return refuse("Redrive allow policy does not contain mandatory attribute: redrivePermission.");
  RedriveAllowPolicy policy{.text = text, .permission = {}, .source_arns = {}};
  bool known = false;
  for (const auto permission : {Permission::AllowAll, Permission::DenyAll, Permission::ByQueue}) {
    if (given->text != permission_text(permission)) continue;
    policy.permission = permission;
    known = true;
  }
  if (!known) return refuse("Invalid value for redrivePermission: must be allowAll, denyAll or byQueue.");
  const auto* sources = json->find("sourceQueueArns");
  if ((sources != nullptr) != (policy.permission == Permission::ByQueue)) {
    return refuse("sourceQueueArns must be given when redrivePermission is byQueue, and only then.");
  }
  if (!sources) return policy;
  if (!sources->is_array() || sources->items.empty() || sources->items.size() > kRedriveSourcesMax) {
    return refuse(fmt::format("sourceQueueArns must hold 1 to {} ARNs.", kRedriveSourcesMax));
  }
  for (const auto& source : sources->items) {
    if (!source.text.starts_with("arn:aws:sqs:")) return refuse("sourceQueueArns must hold ARNs of queues.");
    policy.source_arns.push_back(source.text);
  }
  return policy;
}

Result<void> set_fifo_attribute(Attributes& attributes, const std::string& name, const std::string& text) {
  if (name == "FifoQueue") {
    // The queue's name decides it: "true" for a FIFO queue changes nothing, anything else is refused.
    if (!attributes.fifo) return unknown_attribute(name);
    return to_bool(text) == true ? Result<void>{} : invalid_value(name);
  }
  if (name == "ContentBasedDeduplication") {
    if (!attributes.fifo) return unknown_attribute(name);
    const auto value = to_bool(text);
    if (!value) return invalid_value(name);
    attributes.content_based_deduplication = *value;
    return {};
  }
  if (!attributes.fifo) return fifo_only(name);
  if (name == "DeduplicationScope") {
    if (text != "queue" && text != "messageGroup") return invalid_value(name);
    attributes.deduplication_scope = text == "queue" ? DeduplicationScope::Queue : DeduplicationScope::MessageGroup;
    return {};
  }
  if (text != "perQueue" && text != "perMessageGroupId") return invalid_value(name);
  attributes.fifo_throughput_limit =
      text == "perQueue" ? FifoThroughputLimit::PerQueue : FifoThroughputLimit::PerMessageGroupId;
  return {};
}

Result<void> set_attribute(Attributes& attributes, const std::string& name, const std::string& text) {
  // Checked before parsing. The message about a policy is AWS's, as its clients report it.
  if (text.size() > kAttributeBytesMax) {
    return name == "Policy" ? Error{ErrorCode::OverLimit, "Submitted policy is over max allowed size.", {}}
                            : invalid_value(name);
  }
  for (const auto& row : kSeconds) {
    if (row.name != name) continue;
    const auto value = base::to_int(text);
    if (!value || *value < row.min.count() || *value > row.max.count()) return invalid_value(name);
    attributes.*(row.member) = seconds{*value};
    return {};
  }
  if (name == "MaximumMessageSize") {
    const auto value = base::to_int(text);
    if (!value || *value < std::int64_t{kMaximumMessageSizeMin} || *value > std::int64_t{limits::kMessageBytes}) {
      return invalid_value(name);
    }
    attributes.maximum_message_size = *value;
    return {};
  }
  if (name == "RedrivePolicy") {
    attributes.redrive_policy.reset();
    if (text.empty()) return {};
    ATHANOR_TRY(policy, parse_redrive_policy(text));
    attributes.redrive_policy = std::move(policy);
    return {};
  }
  if (name == "RedriveAllowPolicy") {
    attributes.redrive_allow_policy.reset();
    if (text.empty()) return {};
    ATHANOR_TRY(policy, parse_redrive_allow_policy(text));
    attributes.redrive_allow_policy = std::move(policy);
    return {};
  }
  if (name == "Policy") {
    if (!text.empty() && !auth::parse_resource_policy(text)) return invalid_value(name);
    attributes.policy = text;
    return {};
  }
  if (name == "KmsMasterKeyId") {
    attributes.kms_master_key_id = text;
    if (!text.empty()) attributes.sqs_managed_sse = false;  // only one of the two encrypts
    return {};
  }
  if (name == "SqsManagedSseEnabled") {
    const auto value = to_bool(text);
    if (!value) return invalid_value(name);
    attributes.sqs_managed_sse = *value;
    return {};
  }
  if (name == "FifoQueue" || name == "ContentBasedDeduplication" || name == "DeduplicationScope" ||
      name == "FifoThroughputLimit") {
    return set_fifo_attribute(attributes, name, text);
  }
  return unknown_attribute(name);
}

// Values that are allowed alone, but not in combination. Source: SQS API Reference, SetQueueAttributes.
Result<void> check_together(const Attributes& attributes) {
  if (attributes.fifo_throughput_limit == FifoThroughputLimit::PerMessageGroupId &&
      attributes.deduplication_scope != DeduplicationScope::MessageGroup) {
    return Error{ErrorCode::InvalidAttributeValue,
                 "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when "
                 "DeduplicationScope is messageGroup.",
                 {}};
  }
  if (attributes.sqs_managed_sse && !attributes.kms_master_key_id.empty()) {
    return Error{ErrorCode::InvalidAttributeValue,
                 "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or "
                 "SQS SSE.",
                 {}};
  }
  return {};
}

// JSON that differs only in whitespace or member order is the same.
bool same_value(const std::string& a, const std::string& b) {
  if (a == b) return true;
  auto left = format::parse_json(a);
  auto right = format::parse_json(b);
  if (!left || !right || !left->is_object() || !right->is_object()) return false;
  const auto by_name = [](const format::JsonValue::Member& x, const format::JsonValue::Member& y) {
    return x.first < y.first;
  };
  std::sort(left->members.begin(), left->members.end(), by_name);
  std::sort(right->members.begin(), right->members.end(), by_name);
  return *left == *right;
}

}  // namespace

bool RedriveAllowPolicy::allows(std::string_view source_arn) const {
  if (permission == Permission::AllowAll) return true;
  if (permission == Permission::DenyAll) return false;
  return std::find(source_arns.begin(), source_arns.end(), source_arn) != source_arns.end();
}

Attributes default_attributes(bool fifo) {
  Attributes attributes;
  attributes.visibility_timeout = kVisibilityTimeoutDefault;
  attributes.retention = kRetentionDefault;
  attributes.maximum_message_size = limits::kMessageBytes;
  attributes.fifo = fifo;
  attributes.kms_data_key_reuse_period = seconds{300};
  attributes.sqs_managed_sse = true;
  return attributes;
}

Result<Attributes> with_attributes(Attributes attributes, const AttributeTexts& changes) {
  for (const auto& [name, text] : changes) ATHANOR_CHECK(set_attribute(attributes, name, text));
  ATHANOR_CHECK(check_together(attributes));
  return attributes;
}

AttributeTexts attribute_texts(const Attributes& attributes) {
  AttributeTexts texts;
  const auto bool_text = [](bool value) { return value ? "true" : "false"; };
  for (const auto& row : kSeconds) texts[std::string{row.name}] = std::to_string((attributes.*(row.member)).count());
  if (attributes.kms_master_key_id.empty()) {
    texts.erase("KmsDataKeyReusePeriodSeconds");
  } else {
    texts["KmsMasterKeyId"] = attributes.kms_master_key_id;
  }
  texts["MaximumMessageSize"] = std::to_string(attributes.maximum_message_size);
  texts["SqsManagedSseEnabled"] = bool_text(attributes.sqs_managed_sse);
  if (attributes.redrive_policy) texts["RedrivePolicy"] = printed(*attributes.redrive_policy);
  if (attributes.redrive_allow_policy) texts["RedriveAllowPolicy"] = attributes.redrive_allow_policy->text;
  if (!attributes.policy.empty()) texts["Policy"] = attributes.policy;
  if (attributes.fifo) {
    texts["FifoQueue"] = "true";
    texts["ContentBasedDeduplication"] = bool_text(attributes.content_based_deduplication);
    texts["DeduplicationScope"] =
        attributes.deduplication_scope == DeduplicationScope::Queue ? "queue" : "messageGroup";
    texts["FifoThroughputLimit"] =
        attributes.fifo_throughput_limit == FifoThroughputLimit::PerQueue ? "perQueue" : "perMessageGroupId";
  }
  return texts;
}

std::optional<std::string> first_difference(const Attributes& existing, const AttributeTexts& given) {
  const auto wanted = with_attributes(existing, given);
  if (!wanted) return given.begin()->first;
  const auto now = attribute_texts(existing);
  const auto then = attribute_texts(*wanted);
  const auto text_in = [](const AttributeTexts& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string{} : found->second;
  };
  for (const auto& [name, text] : given) {
    if (!same_value(text_in(now, name), text_in(then, name))) return name;
  }
  return std::nullopt;
}

Error invalid_parameter(std::string_view value, std::string_view parameter, std::string_view reason) {
  return bad_parameter(fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, parameter, reason));
}

}  // namespace athanor::queue
