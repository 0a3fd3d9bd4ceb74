// AWS::SQS::Queue and AWS::SQS::QueuePolicy.

#include <array>
#include <set>

#include "api/events_buses.h"
#include "api/sqs.h"
#include "api/validate.h"
#include "base/text.h"
#include "format/json.h"
#include "queue/attributes.h"
#include "queue/limits.h"
#include "queue/queues.h"
#include "service/athanor/properties.h"
#include "service/athanor/resource_kind.h"
#include "service/sqs/queue_address.h"
#include "service/sqs/queues.h"

namespace athanor::service::athanor {
namespace {

using format::JsonValue;

// The members up to the blank line are queue attributes of the same name.
struct QueueProperties {
  std::optional<std::string> content_based_deduplication, deduplication_scope, delay_seconds, fifo_queue,
      fifo_throughput_limit, kms_data_key_reuse_period, kms_master_key_id, maximum_message_size, retention_period,
      receive_wait, redrive_allow_policy, redrive_policy, sqs_managed_sse, visibility_timeout;

  std::optional<std::string> queue_name;
  TagList tags;

  static constexpr auto members() {
    using Q = QueueProperties;
    return Members{member("ContentBasedDeduplication", &Q::content_based_deduplication),
                   member("DeduplicationScope", &Q::deduplication_scope),
                   member("DelaySeconds", &Q::delay_seconds),
                   member("FifoQueue", &Q::fifo_queue),
                   member("FifoThroughputLimit", &Q::fifo_throughput_limit),
                   member("KmsDataKeyReusePeriodSeconds", &Q::kms_data_key_reuse_period),
                   member("KmsMasterKeyId", &Q::kms_master_key_id),
                   member("MaximumMessageSize", &Q::maximum_message_size),
                   member("MessageRetentionPeriod", &Q::retention_period),
                   member("ReceiveMessageWaitTimeSeconds", &Q::receive_wait),
                   member("RedriveAllowPolicy", &Q::redrive_allow_policy, {.pattern = kAnyJson}),
                   member("RedrivePolicy", &Q::redrive_policy, {.pattern = kAnyJson}),
                   member("SqsManagedSseEnabled", &Q::sqs_managed_sse),
                   member("VisibilityTimeout", &Q::visibility_timeout),
                   member("QueueName", &Q::queue_name),
                   member("Tags", &Q::tags)};
  }

  bool is_fifo() const { return fifo_queue == "true"; }
};

queue::AttributeTexts attributes_of(const QueueProperties& properties) {
  queue::AttributeTexts texts;
  base::for_each_member(properties, [&]<class M, class V>(const M& member, const V& value) {
    if constexpr (std::is_same_v<V, std::optional<std::string>>) {
      if (value && member.name != "QueueName") texts[std::string{member.name}] = *value;
    }
  });
  // SQS knows the attribute only for FIFO queues.
  if (!properties.is_fifo()) texts.erase("FifoQueue");
  return texts;
}

Result<Identity> identify_queue(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<QueueProperties>(given));
  Identity identity;
  // A standard queue cannot become a FIFO queue, or the other way round: it is a different one.
  const bool is_anew = naming.before != nullptr && naming.before->name.ends_with(".fifo") != properties.is_fifo();
  identity.name = (is_anew ? naming.made_anew() : naming)
                      .name(properties.queue_name, queue::kQueueNameCharacters, properties.is_fifo() ? ".fifo" : "");
  if (properties.is_fifo() != identity.name.ends_with(".fifo")) {
    return invalid_input(
        "A FIFO queue must have a name that ends in .fifo, and FifoQueue: true; another queue must have neither.");
  }
  ATHANOR_CHECK(queue::with_attributes(queue::default_attributes(properties.is_fifo()), attributes_of(properties)));
  const api::CreateQueueRequest request{identity.name, attributes_of(properties), tags_of(properties.tags)};
  ATHANOR_CHECK(api::validate(request));
  identity.arn = sqs::arn_prefix(naming.caller) + identity.name;
  // The URL of the first deploy is kept: it contains the host name that was called then, and any will do.
  identity.physical_id = naming.before != nullptr && naming.before->arn == identity.arn
                             ? naming.before->physical_id
                             : sqs::url_of_arn(naming.caller, identity.arn);
  identity.attributes = {{"Arn", identity.arn}, {"QueueName", identity.name}, {"QueueUrl", identity.physical_id}};
  return identity;
}

bool queue_exists(const engine::Call& call, const stack::StackResource& resource) {
  return call.works.queues.find(resource.arn) != nullptr;
}

Result<void> create_queue(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<QueueProperties>(change.properties));
  ATHANOR_CHECK(sqs::create_queue(call, {change.resource.name, attributes_of(properties), tags_of(properties.tags)}));
  return {};
}

Result<void> update_queue(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<QueueProperties>(change.properties));
  const queue::Queue* queue = call.works.queues.find(change.resource.arn);
  // What the template no longer sets goes back to its default; the policy belongs to AWS::SQS::QueuePolicy.
  queue::AttributeTexts wanted = queue::attribute_texts(queue::default_attributes(properties.is_fifo()));
  for (const char* name : {"RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"}) wanted.emplace(name, "");
  wanted.erase("Policy");
  for (auto& [name, text] : attributes_of(properties)) wanted[name] = text;
  const auto present = queue::attribute_texts(queue->attributes);
  api::SetQueueAttributesRequest request{.queue_url = change.resource.physical_id, .attributes = {}};
  for (const auto& [name, text] : wanted) {
    const auto found = present.find(name);
    if ((found == present.end() ? std::string{} : found->second) != text) request.attributes.emplace(name, text);
  }
  const auto tags = tag_change(queue->tags, tags_of(properties.tags));
  if (!request.attributes.empty()) ATHANOR_CHECK(sqs::set_queue_attributes(call, request));
  if (!tags.set.empty()) ATHANOR_CHECK(sqs::tag_queue(call, {change.resource.physical_id, tags.set}));
  if (!tags.removed.empty()) ATHANOR_CHECK(sqs::untag_queue(call, {change.resource.physical_id, tags.removed}));
  return {};
}

Result<void> remove_queue(engine::Call& call, const stack::StackResource& resource) {
  ATHANOR_CHECK(sqs::delete_queue(call, {resource.physical_id}));
  return {};
}

struct QueuePolicyProperties {
  std::vector<std::string> queues;
  std::string policy_document;

  static constexpr auto members() {
    using P = QueuePolicyProperties;
    return Members{member("Queues", &P::queues, {.required = true}),
                   member("PolicyDocument", &P::policy_document, {.pattern = kAnyJson, .required = true})};
  }
};

// The queues' URLs in one string: the policy must later be removed from them.
std::string joined(const std::vector<std::string>& urls) {
  std::string all;
  for (const auto& url : urls) all += (all.empty() ? "" : "|") + url;
  return all;
}

Result<Identity> identify_queue_policy(const Naming& naming, const JsonValue& given) {
  ATHANOR_TRY(properties, read_properties<QueuePolicyProperties>(given));
  if (properties.queues.empty()) return invalid_input("#/Queues: expected minimum item count: 1, found: 0");
  ATHANOR_CHECK(queue::with_attributes(queue::default_attributes(false), {{"Policy", properties.policy_document}}));
  Identity identity;
  identity.name = joined(properties.queues);
  identity.physical_id = naming.made_up_id(queue::kQueueNameCharacters);
  identity.attributes = {{"Id", identity.physical_id}};
  return identity;
}

bool queue_policy_exists(const engine::Call& call, const stack::StackResource& resource) {
  for (const auto url : base::split(resource.name, '|')) {
    const auto arn = sqs::arn_of_url(call.caller, url);
    const queue::Queue* queue = arn ? call.works.queues.find(*arn) : nullptr;
    if (queue == nullptr || queue->attributes.policy.empty()) return false;
  }
  return true;
}

Result<void> set_policy(engine::Call& call, std::string_view urls, const std::string& policy) {
  for (const auto url : base::split(urls, '|')) {
    ATHANOR_CHECK(sqs::set_queue_attributes(call, {std::string{url}, {{"Policy", policy}}}));
  }
  return {};
}

// The queues that may have the policy: amid a change, those of before as well.
std::set<std::string> queues_of(const stack::StackResource& policy) {
  std::set<std::string> urls;
  for (const auto url : base::split(policy.name, '|')) urls.emplace(url);
  for (const auto line : base::split(policy.properties, '\n')) {
    const auto given = format::parse_json(line);
    if (!given) continue;
    if (const auto properties = read_properties<QueuePolicyProperties>(*given))
      urls.insert(properties->queues.begin(), properties->queues.end());
  }
  return urls;
}

Result<void> remove_queue_policy(engine::Call& call, const stack::StackResource& resource) {
  for (const auto& url : queues_of(resource)) {
    const auto cleared = set_policy(call, url, "");
    if (!cleared && cleared.error().code != ErrorCode::NotFound) return cleared.error();
  }
  return {};
}

// When the queues have changed, the policy is removed from the old ones.
Result<void> put_queue_policy(engine::Call& call, const Change& change) {
  ATHANOR_TRY(properties, read_properties<QueuePolicyProperties>(change.properties));
  if (change.before != nullptr && queues_of(*change.before) != queues_of(change.resource)) {
    ATHANOR_CHECK(remove_queue_policy(call, *change.before));
  }
  return set_policy(call, change.resource.name, properties.policy_document);
}

constexpr std::array<ResourceKind, 2> kKinds = {{{.type = "AWS::SQS::Queue",
                                                  .identify = identify_queue,
                                                  .exists = queue_exists,
                                                  .create = create_queue,
                                                  .update = update_queue,
                                                  .remove = remove_queue},
                                                 {.type = "AWS::SQS::QueuePolicy",
                                                  .identify = identify_queue_policy,
                                                  .exists = queue_policy_exists,
                                                  .create = put_queue_policy,
                                                  .update = put_queue_policy,
                                                  .remove = remove_queue_policy}}};

}  // namespace

std::span<const ResourceKind> queue_kinds() { return kKinds; }

}  // namespace athanor::service::athanor
