#include "service/sqs/queues.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "queue/queues.h"
#include "service/page_token.h"
#include "service/sqs/queue_address.h"
#include "service/tags.h"

namespace athanor::service::sqs {
namespace {

constexpr std::int64_t kPageMax = 1'000;  // Source: SQS API Reference, ListQueues

// The size of a page: MaxResults, or the most that one response may hold. A request without MaxResults gets no token.
// Source: SQS API Reference, ListQueues.
Result<std::size_t> page_size(std::optional<std::int64_t> max_results) {
  if (!max_results) return std::size_t{kPageMax};
  if (*max_results < 1 || *max_results > kPageMax) {
    return queue::invalid_parameter(std::to_string(*max_results), "MaxResults",
                                    "MaxResults must be an integer between 1 and 1000.");
  }
  return static_cast<std::size_t>(*max_results);
}

// The ARN of the last queue shown.
Result<std::string> arn_before_page(PagedList list, const std::optional<std::string>& token) {
  auto arn = name_before_page(list, token);
  if (!arn) return bad_parameter("Invalid or expired next token.");
  return *std::move(arn);
}

struct Page {
  std::vector<std::string> urls;
  std::optional<std::string> next_token;
};

// The page of `arns`, which are ordered, after `before`.
Page page_of(const engine::Caller& caller, PagedList list, std::string_view before, std::size_t size,
             const std::vector<std::string>& arns) {
  Page page;
  page.next_token = show_page(list, before, size, arns, std::identity{},
                              [&](const std::string& arn) { page.urls.push_back(url_of_arn(caller, arn)); });
  return page;
}

std::string seconds_text(base::Time time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

// Every attribute that has a value, computed ones included.
queue::AttributeTexts all_attributes(engine::Call& call, const std::string& queue_arn, const queue::Queue& queue) {
  auto texts = queue::attribute_texts(queue.attributes);
  const auto counts = call.works.queues.counts(queue_arn, call.now);
  texts["QueueArn"] = queue_arn;
  texts["CreatedTimestamp"] = seconds_text(queue.created);
  texts["LastModifiedTimestamp"] = seconds_text(queue.modified);
  texts["ApproximateNumberOfMessages"] = std::to_string(counts.visible);
  texts["ApproximateNumberOfMessagesNotVisible"] = std::to_string(counts.in_flight);
  texts["ApproximateNumberOfMessagesDelayed"] = std::to_string(counts.delayed);
  return texts;
}

// Attributes that a queue may be without.
constexpr std::string_view kOptionalAttributes[] = {
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "KmsMasterKeyId",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
};

}  // namespace

Result<api::CreateQueueResponse> create_queue(engine::Call& call, const api::CreateQueueRequest& request) {
  const std::string arn = arn_prefix(call.caller) + request.queue_name;
  ATHANOR_CHECK(check_tags(request.tags.value_or(queue::Tags{})));
  ATHANOR_CHECK(call.works.queues.create(arn, request.attributes.value_or(queue::AttributeTexts{}),
                                         request.tags.value_or(queue::Tags{}), call.journal, call.random));
  return api::CreateQueueResponse{url_of_arn(call.caller, arn)};
}

Result<api::GetQueueUrlResponse> get_queue_url(engine::Call& call, const api::GetQueueUrlRequest& request) {
  const std::string arn =
      arn_prefix(call.caller, request.queue_owner_aws_account_id.value_or(call.caller.account)) + request.queue_name;
  if (!call.works.queues.find(arn)) return queue::queue_not_found();
  return api::GetQueueUrlResponse{url_of_arn(call.caller, arn)};
}

Result<api::ListQueuesResponse> list_queues(engine::Call& call, const api::ListQueuesRequest& request) {
  ATHANOR_TRY(size, page_size(request.max_results));
  const std::string prefix = arn_prefix(call.caller) + request.queue_name_prefix.value_or("");
  const PagedList list = {api::ListQueues::info.name, prefix};
  ATHANOR_TRY(before, arn_before_page(list, request.next_token));
  Page page = page_of(call.caller, list, before, size, call.works.queues.list(prefix, before, size + 1));
  api::ListQueuesResponse response;
  if (request.max_results) response.next_token = std::move(page.next_token);
  if (!page.urls.empty()) response.queue_urls = std::move(page.urls);
  return response;
}

Result<api::ListDeadLetterSourceQueuesResponse> list_dead_letter_source_queues(
    engine::Call& call, const api::ListDeadLetterSourceQueuesRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  if (!call.works.queues.find(arn)) return queue::queue_not_found();
  ATHANOR_TRY(size, page_size(request.max_results));
  const PagedList list = {api::ListDeadLetterSourceQueues::info.name, arn};
  ATHANOR_TRY(before, arn_before_page(list, request.next_token));
  Page page = page_of(call.caller, list, before, size, call.works.queues.dead_letter_sources(arn));
  api::ListDeadLetterSourceQueuesResponse response;
  if (request.max_results) response.next_token = std::move(page.next_token);
  response.queue_urls = std::move(page.urls);
  return response;
}

Result<api::NoResponse> purge_queue(engine::Call& call, const api::PurgeQueueRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  ATHANOR_CHECK(call.works.queues.purge(arn, call.now, call.journal));
  return api::NoResponse{};
}

Result<api::NoResponse> delete_queue(engine::Call& call, const api::DeleteQueueRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  ATHANOR_CHECK(call.works.queues.remove(arn, call.journal));
  return api::NoResponse{};
}

Result<api::GetQueueAttributesResponse> get_queue_attributes(engine::Call& call,
                                                             const api::GetQueueAttributesRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  const queue::Queue* const queue = call.works.queues.find(arn);
  if (!queue) return queue::queue_not_found();
  api::GetQueueAttributesResponse response;
  if (!request.attribute_names || request.attribute_names->empty()) return response;

  const auto all = all_attributes(call, arn, *queue);
  queue::AttributeTexts chosen;
  for (const auto& name : *request.attribute_names) {
    if (name == "All") {
      if (chosen.size() < all.size()) chosen = all;  // once, however often it is given
    } else if (const auto found = all.find(name); found != all.end()) {
      chosen.insert(*found);
    } else if (std::find(std::begin(kOptionalAttributes), std::end(kOptionalAttributes), name) ==
               std::end(kOptionalAttributes)) {
      return Error{ErrorCode::InvalidAttributeName, fmt::format("Unknown Attribute {}.", name), {}};
    }
  }
  if (!chosen.empty()) response.attributes = std::move(chosen);
  return response;
}

Result<api::NoResponse> set_queue_attributes(engine::Call& call, const api::SetQueueAttributesRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  // Source of the wording: a recorded answer of AWS, in JSON; it names the parameter as a form does.
  if (request.attributes.empty())
    return Error{ErrorCode::MissingParameter, "The request must contain the parameter Attribute.Name.", {}};
  ATHANOR_CHECK(call.works.queues.set_attributes(arn, request.attributes, call.journal));
  return api::NoResponse{};
}

Result<api::NoResponse> tag_queue(engine::Call& call, const api::TagQueueRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  const queue::Queue* const queue = call.works.queues.find(arn);
  if (!queue) return queue::queue_not_found();
  // The wording is ours, after AWS's for attributes.
  if (request.tags.empty())
    return Error{ErrorCode::MissingParameter, "The request must contain the parameter Tags.", {}};
  ATHANOR_CHECK(check_tags(request.tags, queue->tags));
  ATHANOR_CHECK(call.works.queues.set_tags(arn, request.tags, call.journal));
  return api::NoResponse{};
}

Result<api::NoResponse> untag_queue(engine::Call& call, const api::UntagQueueRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  // AWS refuses no keys as it does an empty one (recorded answer to a form).
  if (request.tag_keys.empty()) return check_tag_key_length({}).error();
  for (const std::string& key : request.tag_keys) ATHANOR_CHECK(check_tag_key_length(key));
  ATHANOR_CHECK(call.works.queues.remove_tags(arn, request.tag_keys, call.journal));
  return api::NoResponse{};
}

Result<api::ListQueueTagsResponse> list_queue_tags(engine::Call& call, const api::ListQueueTagsRequest& request) {
  ATHANOR_TRY(arn, arn_of_url(call.caller, request.queue_url));
  const queue::Queue* const queue = call.works.queues.find(arn);
  if (!queue) return queue::queue_not_found();
  api::ListQueueTagsResponse response;
  if (!queue->tags.empty()) response.tags = queue->tags;
  return response;
}

}  // namespace athanor::service::sqs
