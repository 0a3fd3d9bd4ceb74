// EventBridge: buses, their policies, and tags. Source: the service model events-2015-10-07.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/constraints.h"
#include "api/operation.h"
#include "api/shape.h"
#include "base/clock.h"
#include "base/describe.h"

namespace athanor::api {

struct DeadLetterConfig {
  std::optional<std::string> arn;

  static constexpr auto members() {
    return Members{member("Arn", &DeadLetterConfig::arn, {.length_min = 1, .length_max = 1600})};
  }
  friend bool operator==(const DeadLetterConfig&, const DeadLetterConfig&) = default;
};

struct LogConfig {
  std::optional<std::string> include_detail;
  std::optional<std::string> level;

  static constexpr auto members() {
    return Members{member("IncludeDetail", &LogConfig::include_detail, {.one_of = "NONE, FULL"}),
                   member("Level", &LogConfig::level, {.one_of = "OFF, ERROR, INFO, TRACE"})};
  }
  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

struct Tag {
  std::string key;
  std::string value;

  static constexpr auto members() {
    return Members{member("Key", &Tag::key, {.length_min = 1, .length_max = 128, .required = true}),
                   member("Value", &Tag::value, {.length_max = 256, .required = true})};
  }
  friend bool operator==(const Tag&, const Tag&) = default;
};

struct CreateEventBusRequest {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> kms_key_identifier;
  std::optional<DeadLetterConfig> dead_letter_config;
  std::optional<LogConfig> log_config;
  std::optional<std::vector<Tag>> tags;

  static constexpr auto members() {
    return Members{member("Name", &CreateEventBusRequest::name,
                          {.length_min = 1, .length_max = 256, .pattern = kBusNamePattern, .required = true}),
                   member("Description", &CreateEventBusRequest::description, {.length_max = 512}),
                   member("KmsKeyIdentifier", &CreateEventBusRequest::kms_key_identifier,
                          {.length_max = 2048, .pattern = kKmsKeyPattern}),
                   member("DeadLetterConfig", &CreateEventBusRequest::dead_letter_config),
                   member("LogConfig", &CreateEventBusRequest::log_config),
                   member("Tags", &CreateEventBusRequest::tags)};
  }
  friend bool operator==(const CreateEventBusRequest&, const CreateEventBusRequest&) = default;
};

struct CreateEventBusResponse {
  std::optional<std::string> event_bus_arn;
  std::optional<std::string> description;
  std::optional<std::string> kms_key_identifier;
  std::optional<DeadLetterConfig> dead_letter_config;
  std::optional<LogConfig> log_config;

  static constexpr auto members() {
    return Members{member("EventBusArn", &CreateEventBusResponse::event_bus_arn),
                   member("Description", &CreateEventBusResponse::description),
                   member("KmsKeyIdentifier", &CreateEventBusResponse::kms_key_identifier),
                   member("DeadLetterConfig", &CreateEventBusResponse::dead_letter_config),
                   member("LogConfig", &CreateEventBusResponse::log_config)};
  }
  friend bool operator==(const CreateEventBusResponse&, const CreateEventBusResponse&) = default;
};

struct CreateEventBus {
  using Request = CreateEventBusRequest;
  using Response = CreateEventBusResponse;
  static constexpr OperationInfo info = events_operation("CreateEventBus");
};

struct DescribeEventBusRequest {
  std::optional<std::string> name;

  static constexpr auto members() {
    return Members{member("Name", &DescribeEventBusRequest::name,
                          {.length_min = 1, .length_max = 1600, .pattern = kBusNameOrArnPattern})};
  }
  friend bool operator==(const DescribeEventBusRequest&, const DescribeEventBusRequest&) = default;
};

struct DescribeEventBusResponse {
  std::optional<std::string> name;
  std::optional<std::string> arn;
  std::optional<std::string> description;
  std::optional<std::string> kms_key_identifier;
  std::optional<DeadLetterConfig> dead_letter_config;
  std::optional<std::string> policy;
  std::optional<LogConfig> log_config;
  std::optional<base::Time> creation_time;
  std::optional<base::Time> last_modified_time;

  static constexpr auto members() {
    return Members{member("Name", &DescribeEventBusResponse::name),
                   member("Arn", &DescribeEventBusResponse::arn),
                   member("Description", &DescribeEventBusResponse::description),
                   member("KmsKeyIdentifier", &DescribeEventBusResponse::kms_key_identifier),
                   member("DeadLetterConfig", &DescribeEventBusResponse::dead_letter_config),
                   member("Policy", &DescribeEventBusResponse::policy),
                   member("LogConfig", &DescribeEventBusResponse::log_config),
                   member("CreationTime", &DescribeEventBusResponse::creation_time),
                   member("LastModifiedTime", &DescribeEventBusResponse::last_modified_time)};
  }
  friend bool operator==(const DescribeEventBusResponse&, const DescribeEventBusResponse&) = default;
};

struct DescribeEventBus {
  using Request = DescribeEventBusRequest;
  using Response = DescribeEventBusResponse;
  static constexpr OperationInfo info = events_operation("DescribeEventBus");
};

struct UpdateEventBusRequest {
  std::optional<std::string> name;
  std::optional<std::string> kms_key_identifier;
  std::optional<std::string> description;
  std::optional<DeadLetterConfig> dead_letter_config;
  std::optional<LogConfig> log_config;

  static constexpr auto members() {
    return Members{
        member("Name", &UpdateEventBusRequest::name, {.length_min = 1, .length_max = 256, .pattern = kBusNamePattern}),
        member("KmsKeyIdentifier", &UpdateEventBusRequest::kms_key_identifier,
               {.length_max = 2048, .pattern = kKmsKeyPattern}),
        member("Description", &UpdateEventBusRequest::description, {.length_max = 512}),
        member("DeadLetterConfig", &UpdateEventBusRequest::dead_letter_config),
        member("LogConfig", &UpdateEventBusRequest::log_config)};
  }
  friend bool operator==(const UpdateEventBusRequest&, const UpdateEventBusRequest&) = default;
};

struct UpdateEventBusResponse {
  std::optional<std::string> arn;
  std::optional<std::string> name;
  std::optional<std::string> kms_key_identifier;
  std::optional<std::string> description;
  std::optional<DeadLetterConfig> dead_letter_config;
  std::optional<LogConfig> log_config;

  static constexpr auto members() {
    return Members{member("Arn", &UpdateEventBusResponse::arn),
                   member("Name", &UpdateEventBusResponse::name),
                   member("KmsKeyIdentifier", &UpdateEventBusResponse::kms_key_identifier),
                   member("Description", &UpdateEventBusResponse::description),
                   member("DeadLetterConfig", &UpdateEventBusResponse::dead_letter_config),
                   member("LogConfig", &UpdateEventBusResponse::log_config)};
  }
  friend bool operator==(const UpdateEventBusResponse&, const UpdateEventBusResponse&) = default;
};

struct UpdateEventBus {
  using Request = UpdateEventBusRequest;
  using Response = UpdateEventBusResponse;
  static constexpr OperationInfo info = events_operation("UpdateEventBus");
};

struct ListEventBusesRequest {
  std::optional<std::string> name_prefix;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> limit;

  static constexpr auto members() {
    return Members{member("NamePrefix", &ListEventBusesRequest::name_prefix,
                          {.length_min = 1, .length_max = 256, .pattern = kBusNamePattern}),
                   member("NextToken", &ListEventBusesRequest::next_token, {.length_min = 1, .length_max = 2048}),
                   member("Limit", &ListEventBusesRequest::limit, {.value_min = 1, .value_max = 100})};
  }
  friend bool operator==(const ListEventBusesRequest&, const ListEventBusesRequest&) = default;
};

struct EventBus {
  std::optional<std::string> name;
  std::optional<std::string> arn;
  std::optional<std::string> description;
  std::optional<std::string> policy;
  std::optional<base::Time> creation_time;
  std::optional<base::Time> last_modified_time;

  static constexpr auto members() {
    return Members{member("Name", &EventBus::name),
                   member("Arn", &EventBus::arn),
                   member("Description", &EventBus::description),
                   member("Policy", &EventBus::policy),
                   member("CreationTime", &EventBus::creation_time),
                   member("LastModifiedTime", &EventBus::last_modified_time)};
  }
  friend bool operator==(const EventBus&, const EventBus&) = default;
};

struct ListEventBusesResponse {
  std::vector<EventBus> event_buses;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("EventBuses", &ListEventBusesResponse::event_buses),
                   member("NextToken", &ListEventBusesResponse::next_token)};
  }
  friend bool operator==(const ListEventBusesResponse&, const ListEventBusesResponse&) = default;
};

struct ListEventBuses {
  using Request = ListEventBusesRequest;
  using Response = ListEventBusesResponse;
  static constexpr OperationInfo info = events_operation("ListEventBuses");
};

struct DeleteEventBusRequest {
  std::string name;

  static constexpr auto members() {
    return Members{member("Name", &DeleteEventBusRequest::name,
                          {.length_min = 1, .length_max = 256, .pattern = kBusNamePattern, .required = true})};
  }
  friend bool operator==(const DeleteEventBusRequest&, const DeleteEventBusRequest&) = default;
};

struct DeleteEventBus {
  using Request = DeleteEventBusRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = events_operation("DeleteEventBus", false);
};

struct Condition {
  std::string type;
  std::string key;
  std::string value;

  static constexpr auto members() {
    return Members{member("Type", &Condition::type, {.required = true}),
                   member("Key", &Condition::key, {.required = true}),
                   member("Value", &Condition::value, {.required = true})};
  }
  friend bool operator==(const Condition&, const Condition&) = default;
};

struct PutPermissionRequest {
  std::optional<std::string> event_bus_name;
  std::optional<std::string> action;
  std::optional<std::string> principal;
  std::optional<std::string> statement_id;
  std::optional<Condition> condition;
  std::optional<std::string> policy;

  static constexpr auto members() {
    return Members{member("EventBusName", &PutPermissionRequest::event_bus_name,
                          {.length_min = 1, .length_max = 256, .pattern = kNamePattern}),
                   member("Action", &PutPermissionRequest::action,
                          {.length_min = 1, .length_max = 64, .pattern = R"(events:[a-zA-Z]+)"}),
                   member("Principal", &PutPermissionRequest::principal,
                          {.length_min = 1, .length_max = 12, .pattern = R"((\d{12}|\*))"}),
                   member("StatementId", &PutPermissionRequest::statement_id,
                          {.length_min = 1, .length_max = 64, .pattern = R"([a-zA-Z0-9-_]+)"}),
                   member("Condition", &PutPermissionRequest::condition),
                   member("Policy", &PutPermissionRequest::policy)};
  }
  friend bool operator==(const PutPermissionRequest&, const PutPermissionRequest&) = default;
};

struct PutPermission {
  using Request = PutPermissionRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = events_operation("PutPermission", false);
};

struct RemovePermissionRequest {
  std::optional<std::string> statement_id;
  std::optional<bool> remove_all_permissions;
  std::optional<std::string> event_bus_name;

  static constexpr auto members() {
    return Members{member("StatementId", &RemovePermissionRequest::statement_id,
                          {.length_min = 1, .length_max = 64, .pattern = R"([a-zA-Z0-9-_]+)"}),
                   member("RemoveAllPermissions", &RemovePermissionRequest::remove_all_permissions),
                   member("EventBusName", &RemovePermissionRequest::event_bus_name,
                          {.length_min = 1, .length_max = 256, .pattern = kNamePattern})};
  }
  friend bool operator==(const RemovePermissionRequest&, const RemovePermissionRequest&) = default;
};

struct RemovePermission {
  using Request = RemovePermissionRequest;
  using Response = NoResponse;
  static constexpr OperationInfo info = events_operation("RemovePermission", false);
};

struct TagResourceRequest {
  std::string resource_arn;
  std::vector<Tag> tags;

  static constexpr auto members() {
    return Members{member("ResourceARN", &TagResourceRequest::resource_arn,
                          {.length_min = 1, .length_max = 1600, .required = true}),
                   member("Tags", &TagResourceRequest::tags, {.required = true})};
  }
  friend bool operator==(const TagResourceRequest&, const TagResourceRequest&) = default;
};

struct TagResourceResponse {
  static constexpr auto members() { return Members<>{}; }
  friend bool operator==(const TagResourceResponse&, const TagResourceResponse&) = default;
};

struct TagResource {
  using Request = TagResourceRequest;
  using Response = TagResourceResponse;
  static constexpr OperationInfo info = events_operation("TagResource");
};

struct UntagResourceRequest {
  std::string resource_arn;
  std::vector<std::string> tag_keys;

  static constexpr auto members() {
    return Members{member("ResourceARN", &UntagResourceRequest::resource_arn,
                          {.length_min = 1, .length_max = 1600, .required = true}),
                   member("TagKeys", &UntagResourceRequest::tag_keys, {.required = true})};
  }
  friend bool operator==(const UntagResourceRequest&, const UntagResourceRequest&) = default;
};

struct UntagResourceResponse {
  static constexpr auto members() { return Members<>{}; }
  friend bool operator==(const UntagResourceResponse&, const UntagResourceResponse&) = default;
};

struct UntagResource {
  using Request = UntagResourceRequest;
  using Response = UntagResourceResponse;
  static constexpr OperationInfo info = events_operation("UntagResource");
};

struct ListTagsForResourceRequest {
  std::string resource_arn;

  static constexpr auto members() {
    return Members{member("ResourceARN", &ListTagsForResourceRequest::resource_arn,
                          {.length_min = 1, .length_max = 1600, .required = true})};
  }
  friend bool operator==(const ListTagsForResourceRequest&, const ListTagsForResourceRequest&) = default;
};

struct ListTagsForResourceResponse {
  std::vector<Tag> tags;

  static constexpr auto members() { return Members{member("Tags", &ListTagsForResourceResponse::tags)}; }
  friend bool operator==(const ListTagsForResourceResponse&, const ListTagsForResourceResponse&) = default;
};

struct ListTagsForResource {
  using Request = ListTagsForResourceRequest;
  using Response = ListTagsForResourceResponse;
  static constexpr OperationInfo info = events_operation("ListTagsForResource");
};

}  // namespace athanor::api
