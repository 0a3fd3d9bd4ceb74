// SQS: queues, their attributes and tags. Source: the service model sqs-2012-11-05.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/operation.h"
#include "api/shape.h"
#include "base/describe.h"

namespace athanor::api {

struct CreateQueueRequest {
  std::string queue_name;
  std::optional<std::map<std::string, std::string>> attributes;
  std::optional<std::map<std::string, std::string>> tags;

  static constexpr auto members() {
    return Members{member("QueueName", &CreateQueueRequest::queue_name, {.required = true}),
                   member("Attributes", &CreateQueueRequest::attributes, {.query_name = "Attribute"}),
                   member("tags", &CreateQueueRequest::tags, {.query_name = "Tag"})};
  }
  friend bool operator==(const CreateQueueRequest&, const CreateQueueRequest&) = default;
};

struct CreateQueueResponse {
  std::optional<std::string> queue_url;

  static constexpr auto members() { return Members{member("QueueUrl", &CreateQueueResponse::queue_url)}; }
  friend bool operator==(const CreateQueueResponse&, const CreateQueueResponse&) = default;
};

struct CreateQueue {
  using Request = CreateQueueRequest;
  using Response = CreateQueueResponse;
  static constexpr OperationInfo info = sqs_operation("CreateQueue");
};

struct GetQueueUrlRequest {
  std::string queue_name;
  std::optional<std::string> queue_owner_aws_account_id;

  static constexpr auto members() {
    return Members{member("QueueName", &GetQueueUrlRequest::queue_name, {.required = true}),
                   member("QueueOwnerAWSAccountId", &GetQueueUrlRequest::queue_owner_aws_account_id)};
  }
  friend bool operator==(const GetQueueUrlRequest&, const GetQueueUrlRequest&) = default;
};

struct GetQueueUrlResponse {
  std::optional<std::string> queue_url;

  static constexpr auto members() { return Members{member("QueueUrl", &GetQueueUrlResponse::queue_url)}; }
  friend bool operator==(const GetQueueUrlResponse&, const GetQueueUrlResponse&) = default;
};

struct GetQueueUrl {
  using Request = GetQueueUrlRequest;
  using Response = GetQueueUrlResponse;
  static constexpr OperationInfo info = sqs_operation("GetQueueUrl");
};

struct ListQueuesRequest {
  std::optional<std::string> queue_name_prefix;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> max_results;

  static constexpr auto members() {
    return Members{member("QueueNamePrefix", &ListQueuesRequest::queue_name_prefix),
                   member("NextToken", &ListQueuesRequest::next_token),
                   member("MaxResults", &ListQueuesRequest::max_results)};
  }
  friend bool operator==(const ListQueuesRequest&, const ListQueuesRequest&) = default;
};

struct ListQueuesResponse {
  std::optional<std::vector<std::string>> queue_urls;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("QueueUrls", &ListQueuesResponse::queue_urls, {.query_name = "QueueUrl"}),
                   member("NextToken", &ListQueuesResponse::next_token)};
  }
  friend bool operator==(const ListQueuesResponse&, const ListQueuesResponse&) = default;
};

struct ListQueues {
  using Request = ListQueuesRequest;
  using Response = ListQueuesResponse;
  static constexpr OperationInfo info = sqs_operation("ListQueues");
};

struct GetQueueAttributesRequest {
  std::string queue_url;
  std::optional<std::vector<std::string>> attribute_names;

  static constexpr auto members() {
    return Members{
        member("QueueUrl", &GetQueueAttributesRequest::queue_url, {.required = true}),
        member("AttributeNames", &GetQueueAttributesRequest::attribute_names, {.query_name = "AttributeName"})};
  }
  friend bool operator==(const GetQueueAttributesRequest&, const GetQueueAttributesRequest&) = default;
};

struct GetQueueAttributesResponse {
  std::optional<std::map<std::string, std::string>> attributes;

  static constexpr auto members() {
    return Members{member("Attributes", &GetQueueAttributesResponse::attributes, {.query_name = "Attribute"})};
  }
  friend bool operator==(const GetQueueAttributesResponse&, const GetQueueAttributesResponse&) = default;
};

struct GetQueueAttributes {
  using Request = GetQueueAttributesRequest;
  using Response = GetQueueAttributesResponse;
  static constexpr OperationInfo info = sqs_operation("GetQueueAttributes");
};

struct SetQueueAttributesRequest {
  std::string queue_url;
  std::map<std::string, std::string> attributes;

  static constexpr auto members() {
    return Members{
        member("QueueUrl", &SetQueueAttributesRequest::queue_url, {.required = true}),
        member("Attributes", &SetQueueAttributesRequest::attributes, {.required = true, .query_name = "Attribute"})};
  }
  friend bool operator==(const SetQueueAttributesRequest&, const SetQueueAttributesRequest&) = default;
};

struct SetQueueAttributes {
  using Request = SetQueueAttributesRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("SetQueueAttributes", false);
};

struct PurgeQueueRequest {
  std::string queue_url;

  static constexpr auto members() {
    return Members{member("QueueUrl", &PurgeQueueRequest::queue_url, {.required = true})};
  }
  friend bool operator==(const PurgeQueueRequest&, const PurgeQueueRequest&) = default;
};

struct PurgeQueue {
  using Request = PurgeQueueRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("PurgeQueue", false);
};

struct DeleteQueueRequest {
  std::string queue_url;

  static constexpr auto members() {
    return Members{member("QueueUrl", &DeleteQueueRequest::queue_url, {.required = true})};
  }
  friend bool operator==(const DeleteQueueRequest&, const DeleteQueueRequest&) = default;
};

struct DeleteQueue {
  using Request = DeleteQueueRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("DeleteQueue", false);
};

struct TagQueueRequest {
  std::string queue_url;
  std::map<std::string, std::string> tags;

  static constexpr auto members() {
    return Members{member("QueueUrl", &TagQueueRequest::queue_url, {.required = true}),
                   member("Tags", &TagQueueRequest::tags, {.required = true, .query_name = "Tag"})};
  }
  friend bool operator==(const TagQueueRequest&, const TagQueueRequest&) = default;
};

struct TagQueue {
  using Request = TagQueueRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("TagQueue", false);
};

struct UntagQueueRequest {
  std::string queue_url;
  std::vector<std::string> tag_keys;

  static constexpr auto members() {
    return Members{member("QueueUrl", &UntagQueueRequest::queue_url, {.required = true}),
                   member("TagKeys", &UntagQueueRequest::tag_keys, {.required = true, .query_name = "TagKey"})};
  }
  friend bool operator==(const UntagQueueRequest&, const UntagQueueRequest&) = default;
};

struct UntagQueue {
  using Request = UntagQueueRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = sqs_operation("UntagQueue", false);
};

struct ListQueueTagsRequest {
  std::string queue_url;

  static constexpr auto members() {
    return Members{member("QueueUrl", &ListQueueTagsRequest::queue_url, {.required = true})};
  }
  friend bool operator==(const ListQueueTagsRequest&, const ListQueueTagsRequest&) = default;
};

struct ListQueueTagsResponse {
  std::optional<std::map<std::string, std::string>> tags;

  static constexpr auto members() {
    return Members{member("Tags", &ListQueueTagsResponse::tags, {.query_name = "Tag"})};
  }
  friend bool operator==(const ListQueueTagsResponse&, const ListQueueTagsResponse&) = default;
};

struct ListQueueTags {
  using Request = ListQueueTagsRequest;
  using Response = ListQueueTagsResponse;
  static constexpr OperationInfo info = sqs_operation("ListQueueTags");
};

struct ListDeadLetterSourceQueuesRequest {
  std::string queue_url;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> max_results;

  static constexpr auto members() {
    return Members{member("QueueUrl", &ListDeadLetterSourceQueuesRequest::queue_url, {.required = true}),
                   member("NextToken", &ListDeadLetterSourceQueuesRequest::next_token),
                   member("MaxResults", &ListDeadLetterSourceQueuesRequest::max_results)};
  }
  friend bool operator==(const ListDeadLetterSourceQueuesRequest&, const ListDeadLetterSourceQueuesRequest&) = default;
};

struct ListDeadLetterSourceQueuesResponse {
  std::vector<std::string> queue_urls;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("queueUrls", &ListDeadLetterSourceQueuesResponse::queue_urls,
                          {.required = true, .query_name = "QueueUrl"}),
                   member("NextToken", &ListDeadLetterSourceQueuesResponse::next_token)};
  }
  friend bool operator==(const ListDeadLetterSourceQueuesResponse&,
                         const ListDeadLetterSourceQueuesResponse&) = default;
};

struct ListDeadLetterSourceQueues {
  using Request = ListDeadLetterSourceQueuesRequest;
  using Response = ListDeadLetterSourceQueuesResponse;
  static constexpr OperationInfo info = sqs_operation("ListDeadLetterSourceQueues");
};

}  // namespace athanor::api
