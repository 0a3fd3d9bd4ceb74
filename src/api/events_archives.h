// EventBridge: archives and replays. Source: the service model events-2015-10-07.
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

struct CreateArchiveRequest {
  std::string archive_name;
  std::string event_source_arn;
  std::optional<std::string> description;
  std::optional<std::string> event_pattern;
  std::optional<std::int64_t> retention_days;
  std::optional<std::string> kms_key_identifier;

  static constexpr auto members() {
    return Members{member("ArchiveName", &CreateArchiveRequest::archive_name,
                          {.length_min = 1, .length_max = 48, .pattern = kNamePattern, .required = true}),
                   member("EventSourceArn", &CreateArchiveRequest::event_source_arn,
                          {.length_min = 1, .length_max = 1600, .pattern = kEventSourceArnPattern, .required = true}),
                   member("Description", &CreateArchiveRequest::description, {.length_max = 512}),
                   member("EventPattern", &CreateArchiveRequest::event_pattern, {.length_max = 4096}),
                   member("RetentionDays", &CreateArchiveRequest::retention_days, {.value_min = 0}),
                   member("KmsKeyIdentifier", &CreateArchiveRequest::kms_key_identifier,
                          {.length_max = 2048, .pattern = kKmsKeyPattern})};
  }
  friend bool operator==(const CreateArchiveRequest&, const CreateArchiveRequest&) = default;
};

struct CreateArchiveResponse {
  std::optional<std::string> archive_arn;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<base::Time> creation_time;

  static constexpr auto members() {
    return Members{member("ArchiveArn", &CreateArchiveResponse::archive_arn),
                   member("State", &CreateArchiveResponse::state),
                   member("StateReason", &CreateArchiveResponse::state_reason),
                   member("CreationTime", &CreateArchiveResponse::creation_time)};
  }
  friend bool operator==(const CreateArchiveResponse&, const CreateArchiveResponse&) = default;
};

struct CreateArchive {
  using Request = CreateArchiveRequest;
  using Response = CreateArchiveResponse;
  static constexpr OperationInfo info = events_operation("CreateArchive");
};

struct DescribeArchiveRequest {
  std::string archive_name;

  static constexpr auto members() {
    return Members{member("ArchiveName", &DescribeArchiveRequest::archive_name,
                          {.length_min = 1, .length_max = 48, .pattern = kNamePattern, .required = true})};
  }
  friend bool operator==(const DescribeArchiveRequest&, const DescribeArchiveRequest&) = default;
};

struct DescribeArchiveResponse {
  std::optional<std::string> archive_arn;
  std::optional<std::string> archive_name;
  std::optional<std::string> event_source_arn;
  std::optional<std::string> description;
  std::optional<std::string> event_pattern;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<std::string> kms_key_identifier;
  std::optional<std::int64_t> retention_days;
  std::optional<std::int64_t> size_bytes;
  std::optional<std::int64_t> event_count;
  std::optional<base::Time> creation_time;

  static constexpr auto members() {
    return Members{member("ArchiveArn", &DescribeArchiveResponse::archive_arn),
                   member("ArchiveName", &DescribeArchiveResponse::archive_name),
                   member("EventSourceArn", &DescribeArchiveResponse::event_source_arn),
                   member("Description", &DescribeArchiveResponse::description),
                   member("EventPattern", &DescribeArchiveResponse::event_pattern),
                   member("State", &DescribeArchiveResponse::state),
                   member("StateReason", &DescribeArchiveResponse::state_reason),
                   member("KmsKeyIdentifier", &DescribeArchiveResponse::kms_key_identifier),
                   member("RetentionDays", &DescribeArchiveResponse::retention_days),
                   member("SizeBytes", &DescribeArchiveResponse::size_bytes),
                   member("EventCount", &DescribeArchiveResponse::event_count),
                   member("CreationTime", &DescribeArchiveResponse::creation_time)};
  }
  friend bool operator==(const DescribeArchiveResponse&, const DescribeArchiveResponse&) = default;
};

struct DescribeArchive {
  using Request = DescribeArchiveRequest;
  using Response = DescribeArchiveResponse;
  static constexpr OperationInfo info = events_operation("DescribeArchive");
};

struct ListArchivesRequest {
  std::optional<std::string> name_prefix;
  std::optional<std::string> event_source_arn;
  std::optional<std::string> state;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> limit;

  static constexpr auto members() {
    return Members{member("NamePrefix", &ListArchivesRequest::name_prefix,
                          {.length_min = 1, .length_max = 48, .pattern = kNamePattern}),
                   member("EventSourceArn", &ListArchivesRequest::event_source_arn,
                          {.length_min = 1, .length_max = 1600, .pattern = kEventSourceArnPattern}),
                   member("State", &ListArchivesRequest::state,
                          {.one_of = "ENABLED, DISABLED, CREATING, UPDATING, CREATE_FAILED, UPDATE_FAILED"}),
                   member("NextToken", &ListArchivesRequest::next_token, {.length_min = 1, .length_max = 2048}),
                   member("Limit", &ListArchivesRequest::limit, {.value_min = 1, .value_max = 100})};
  }
  friend bool operator==(const ListArchivesRequest&, const ListArchivesRequest&) = default;
};

struct Archive {
  std::optional<std::string> archive_name;
  std::optional<std::string> event_source_arn;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<std::int64_t> retention_days;
  std::optional<std::int64_t> size_bytes;
  std::optional<std::int64_t> event_count;
  std::optional<base::Time> creation_time;

  static constexpr auto members() {
    return Members{member("ArchiveName", &Archive::archive_name),
                   member("EventSourceArn", &Archive::event_source_arn),
                   member("State", &Archive::state),
                   member("StateReason", &Archive::state_reason),
                   member("RetentionDays", &Archive::retention_days),
                   member("SizeBytes", &Archive::size_bytes),
                   member("EventCount", &Archive::event_count),
                   member("CreationTime", &Archive::creation_time)};
  }
  friend bool operator==(const Archive&, const Archive&) = default;
};

struct ListArchivesResponse {
  std::vector<Archive> archives;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("Archives", &ListArchivesResponse::archives),
                   member("NextToken", &ListArchivesResponse::next_token)};
  }
  friend bool operator==(const ListArchivesResponse&, const ListArchivesResponse&) = default;
};

struct ListArchives {
  using Request = ListArchivesRequest;
  using Response = ListArchivesResponse;
  static constexpr OperationInfo info = events_operation("ListArchives");
};

struct UpdateArchiveRequest {
  std::string archive_name;
  std::optional<std::string> description;
  std::optional<std::string> event_pattern;
  std::optional<std::int64_t> retention_days;
  std::optional<std::string> kms_key_identifier;

  static constexpr auto members() {
    return Members{member("ArchiveName", &UpdateArchiveRequest::archive_name,
                          {.length_min = 1, .length_max = 48, .pattern = kNamePattern, .required = true}),
                   member("Description", &UpdateArchiveRequest::description, {.length_max = 512}),
                   member("EventPattern", &UpdateArchiveRequest::event_pattern, {.length_max = 4096}),
                   member("RetentionDays", &UpdateArchiveRequest::retention_days, {.value_min = 0}),
                   member("KmsKeyIdentifier", &UpdateArchiveRequest::kms_key_identifier,
                          {.length_max = 2048, .pattern = kKmsKeyPattern})};
  }
  friend bool operator==(const UpdateArchiveRequest&, const UpdateArchiveRequest&) = default;
};

struct UpdateArchiveResponse {
  std::optional<std::string> archive_arn;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<base::Time> creation_time;

  static constexpr auto members() {
    return Members{member("ArchiveArn", &UpdateArchiveResponse::archive_arn),
                   member("State", &UpdateArchiveResponse::state),
                   member("StateReason", &UpdateArchiveResponse::state_reason),
                   member("CreationTime", &UpdateArchiveResponse::creation_time)};
  }
  friend bool operator==(const UpdateArchiveResponse&, const UpdateArchiveResponse&) = default;
};

struct UpdateArchive {
  using Request = UpdateArchiveRequest;
  using Response = UpdateArchiveResponse;
  static constexpr OperationInfo info = events_operation("UpdateArchive");
};

struct DeleteArchiveRequest {
  std::string archive_name;

  static constexpr auto members() {
    return Members{member("ArchiveName", &DeleteArchiveRequest::archive_name,
                          {.length_min = 1, .length_max = 48, .pattern = kNamePattern, .required = true})};
  }
  friend bool operator==(const DeleteArchiveRequest&, const DeleteArchiveRequest&) = default;
};

struct DeleteArchiveResponse {
  static constexpr auto members() { return Members<>{}; }
  friend bool operator==(const DeleteArchiveResponse&, const DeleteArchiveResponse&) = default;
};

struct DeleteArchive {
  using Request = DeleteArchiveRequest;
  using Response = DeleteArchiveResponse;
  static constexpr OperationInfo info = events_operation("DeleteArchive");
};

struct ReplayDestination {
  std::string arn;
  std::optional<std::vector<std::string>> filter_arns;

  static constexpr auto members() {
    return Members{member("Arn", &ReplayDestination::arn, {.length_min = 1, .length_max = 1600, .required = true}),
                   member("FilterArns", &ReplayDestination::filter_arns)};
  }
  friend bool operator==(const ReplayDestination&, const ReplayDestination&) = default;
};

struct StartReplayRequest {
  std::string replay_name;
  std::optional<std::string> description;
  std::string event_source_arn;
  base::Time event_start_time{};
  base::Time event_end_time{};
  ReplayDestination destination;

  static constexpr auto members() {
    return Members{member("ReplayName", &StartReplayRequest::replay_name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true}),
                   member("Description", &StartReplayRequest::description, {.length_max = 512}),
                   member("EventSourceArn", &StartReplayRequest::event_source_arn,
                          {.length_min = 1, .length_max = 1600, .pattern = kEventSourceArnPattern, .required = true}),
                   member("EventStartTime", &StartReplayRequest::event_start_time, {.required = true}),
                   member("EventEndTime", &StartReplayRequest::event_end_time, {.required = true}),
                   member("Destination", &StartReplayRequest::destination, {.required = true})};
  }
  friend bool operator==(const StartReplayRequest&, const StartReplayRequest&) = default;
};

struct StartReplayResponse {
  std::optional<std::string> replay_arn;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<base::Time> replay_start_time;

  static constexpr auto members() {
    return Members{member("ReplayArn", &StartReplayResponse::replay_arn), member("State", &StartReplayResponse::state),
                   member("StateReason", &StartReplayResponse::state_reason),
                   member("ReplayStartTime", &StartReplayResponse::replay_start_time)};
  }
  friend bool operator==(const StartReplayResponse&, const StartReplayResponse&) = default;
};

struct StartReplay {
  using Request = StartReplayRequest;
  using Response = StartReplayResponse;
  static constexpr OperationInfo info = events_operation("StartReplay");
};

struct DescribeReplayRequest {
  std::string replay_name;

  static constexpr auto members() {
    return Members{member("ReplayName", &DescribeReplayRequest::replay_name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true})};
  }
  friend bool operator==(const DescribeReplayRequest&, const DescribeReplayRequest&) = default;
};

struct DescribeReplayResponse {
  std::optional<std::string> replay_name;
  std::optional<std::string> replay_arn;
  std::optional<std::string> description;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<std::string> event_source_arn;
  std::optional<ReplayDestination> destination;
  std::optional<base::Time> event_start_time;
  std::optional<base::Time> event_end_time;
  std::optional<base::Time> event_last_replayed_time;
  std::optional<base::Time> replay_start_time;
  std::optional<base::Time> replay_end_time;

  static constexpr auto members() {
    return Members{member("ReplayName", &DescribeReplayResponse::replay_name),
                   member("ReplayArn", &DescribeReplayResponse::replay_arn),
                   member("Description", &DescribeReplayResponse::description),
                   member("State", &DescribeReplayResponse::state),
                   member("StateReason", &DescribeReplayResponse::state_reason),
                   member("EventSourceArn", &DescribeReplayResponse::event_source_arn),
                   member("Destination", &DescribeReplayResponse::destination),
                   member("EventStartTime", &DescribeReplayResponse::event_start_time),
                   member("EventEndTime", &DescribeReplayResponse::event_end_time),
                   member("EventLastReplayedTime", &DescribeReplayResponse::event_last_replayed_time),
                   member("ReplayStartTime", &DescribeReplayResponse::replay_start_time),
                   member("ReplayEndTime", &DescribeReplayResponse::replay_end_time)};
  }
  friend bool operator==(const DescribeReplayResponse&, const DescribeReplayResponse&) = default;
};

struct DescribeReplay {
  using Request = DescribeReplayRequest;
  using Response = DescribeReplayResponse;
  static constexpr OperationInfo info = events_operation("DescribeReplay");
};

struct ListReplaysRequest {
  std::optional<std::string> name_prefix;
  std::optional<std::string> state;
  std::optional<std::string> event_source_arn;
  std::optional<std::string> next_token;
  std::optional<std::int64_t> limit;

  static constexpr auto members() {
    return Members{member("NamePrefix", &ListReplaysRequest::name_prefix,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern}),
                   member("State", &ListReplaysRequest::state,
                          {.one_of = "STARTING, RUNNING, CANCELLING, COMPLETED, CANCELLED, FAILED"}),
                   member("EventSourceArn", &ListReplaysRequest::event_source_arn,
                          {.length_min = 1, .length_max = 1600, .pattern = kEventSourceArnPattern}),
                   member("NextToken", &ListReplaysRequest::next_token, {.length_min = 1, .length_max = 2048}),
                   member("Limit", &ListReplaysRequest::limit, {.value_min = 1, .value_max = 100})};
  }
  friend bool operator==(const ListReplaysRequest&, const ListReplaysRequest&) = default;
};

struct Replay {
  std::optional<std::string> replay_name;
  std::optional<std::string> event_source_arn;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;
  std::optional<base::Time> event_start_time;
  std::optional<base::Time> event_end_time;
  std::optional<base::Time> event_last_replayed_time;
  std::optional<base::Time> replay_start_time;
  std::optional<base::Time> replay_end_time;

  static constexpr auto members() {
    return Members{member("ReplayName", &Replay::replay_name),
                   member("EventSourceArn", &Replay::event_source_arn),
                   member("State", &Replay::state),
                   member("StateReason", &Replay::state_reason),
                   member("EventStartTime", &Replay::event_start_time),
                   member("EventEndTime", &Replay::event_end_time),
                   member("EventLastReplayedTime", &Replay::event_last_replayed_time),
                   member("ReplayStartTime", &Replay::replay_start_time),
                   member("ReplayEndTime", &Replay::replay_end_time)};
  }
  friend bool operator==(const Replay&, const Replay&) = default;
};

struct ListReplaysResponse {
  std::vector<Replay> replays;
  std::optional<std::string> next_token;

  static constexpr auto members() {
    return Members{member("Replays", &ListReplaysResponse::replays),
                   member("NextToken", &ListReplaysResponse::next_token)};
  }
  friend bool operator==(const ListReplaysResponse&, const ListReplaysResponse&) = default;
};

struct ListReplays {
  using Request = ListReplaysRequest;
  using Response = ListReplaysResponse;
  static constexpr OperationInfo info = events_operation("ListReplays");
};

struct CancelReplayRequest {
  std::string replay_name;

  static constexpr auto members() {
    return Members{member("ReplayName", &CancelReplayRequest::replay_name,
                          {.length_min = 1, .length_max = 64, .pattern = kNamePattern, .required = true})};
  }
  friend bool operator==(const CancelReplayRequest&, const CancelReplayRequest&) = default;
};

struct CancelReplayResponse {
  std::optional<std::string> replay_arn;
  std::optional<std::string> state;
  std::optional<std::string> state_reason;

  static constexpr auto members() {
    return Members{member("ReplayArn", &CancelReplayResponse::replay_arn),
                   member("State", &CancelReplayResponse::state),
                   member("StateReason", &CancelReplayResponse::state_reason)};
  }
  friend bool operator==(const CancelReplayResponse&, const CancelReplayResponse&) = default;
};

struct CancelReplay {
  using Request = CancelReplayRequest;
  using Response = CancelReplayResponse;
  static constexpr OperationInfo info = events_operation("CancelReplay");
};

}  // namespace athanor::api
