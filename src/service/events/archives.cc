#include "service/events/archives.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "api/validate.h"
#include "archive/archives.h"
#include "archive/replay_window.h"
#include "archive/replays.h"
#include "base/limits.h"
#include "pattern/event_pattern.h"
#include "service/events/names.h"
#include "service/unless_empty.h"

namespace athanor::service::events {
namespace {

constexpr base::Constraints kArn{.length_min = 1, .length_max = 1'600};  // Source: service model, Arn

using archive::ReplayState;

std::optional<base::Time> unless_zero(base::Time time) {
  return time == base::Time{} ? std::nullopt : std::optional{time};
}

const char* name_of(ReplayState state) {
  switch (state) {
    case ReplayState::Starting:
      return "STARTING";
    case ReplayState::Running:
      return "RUNNING";
    case ReplayState::Cancelling:
      return "CANCELLING";
    case ReplayState::Completed:
      return "COMPLETED";
    case ReplayState::Cancelled:
      return "CANCELLED";
    case ReplayState::Failed:
      return "FAILED";
  }
  return "FAILED";
}

Result<const archive::Archive*> find_archive(const engine::Call& call, const std::string& name) {
  const archive::Archive* found = call.works.archives.find(archive_arn(call.caller, name));
  if (found == nullptr) return not_found(fmt::format("Archive {} does not exist.", name));
  return found;
}

Result<const archive::Replay*> find_replay(const engine::Call& call, const std::string& name) {
  const archive::Replay* found = call.works.replays.find(replay_arn(call.caller, name));
  if (found == nullptr || found->is_forgotten(call.now))
    return not_found(fmt::format("Replay {} does not exist.", name));
  return found;
}

// The service model's Integer has 32 bits.
Result<std::uint32_t> retention_days(std::int64_t given) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (given <= kMost) return static_cast<std::uint32_t>(given);
  return api::violation(fmt::format("'{}'", given), "retentionDays",
                        fmt::format("Member must have value less than or equal to {}", kMost));
}

template <class Request>
Result<void> at_most_one_filter(const Request& request, const char* operation) {
  if (int{request.name_prefix.has_value()} + int{request.event_source_arn.has_value()} +
          int{request.state.has_value()} <=
      1)
    return {};
  return invalid_input(fmt::format(
      "At most one filter is allowed for {}. Use either : State, EventSourceArn, or NamePrefix.", operation));
}

// Our wording. A rule that does not exist does no harm; requiring ARNs bounds how many there are.
Result<void> check_filters(const std::vector<std::string>& filter_arns, std::string_view bus_arn) {
  const std::string rules = rule_arn_prefix(bus_arn);
  const auto is_of_the_bus = [&](std::string_view filter) {
    return filter.starts_with(rules) && filter.find('/', rules.size()) == filter.npos;
  };
  if (std::ranges::all_of(filter_arns, is_of_the_bus)) return {};
  return invalid_input(
      "Parameter Destination.FilterArns is not valid. Reason: Must contain ARNs of rules of the event bus.");
}

// Where the hours begin that are kept and may hold events of the window: only they need to be read. nullopt when there
// are none.
std::optional<log::LogPosition> first_position(const archive::Archive& archive, const archive::ReplayWindow& window,
                                               base::Time now) {
  std::optional<log::LogPosition> first;
  for (const auto& [hour, bucket] : archive.buckets) {
    if (window.meets(bucket.event_time_min, bucket.event_time_max) &&
        archive.keeps(base::Time{std::chrono::hours{hour}}, now))
      first = std::min(first.value_or(bucket.first), bucket.first);
  }
  return first;
}

}  // namespace

Result<api::CreateArchiveResponse> create_archive(engine::Call& call, const api::CreateArchiveRequest& request) {
  const std::string arn = archive_arn(call.caller, request.archive_name);
  if (call.works.archives.find(arn) != nullptr)
    return Error{ErrorCode::AlreadyExists, fmt::format("Archive {} already exists.", request.archive_name), {}};
  // Archives and replays belong to the caller's own account and Region. Source: EventBridge user guide, "creating
  // archives".
  if (!request.event_source_arn.starts_with(bus_arn(call.caller, "")))
    return not_found(fmt::format("Event bus {} does not exist.", request.event_source_arn));
  ATHANOR_CHECK(find_bus(call, request.event_source_arn));
  ATHANOR_TRY(days, retention_days(request.retention_days.value_or(0)));
  if (request.event_pattern && !request.event_pattern->empty())
    ATHANOR_CHECK(pattern::parse_event_pattern(*request.event_pattern));
  call.journal.write(archive::ArchivePut{.arn = arn,
                                         .name = request.archive_name,
                                         .bus_arn = request.event_source_arn,
                                         .number = call.works.archives.next_number(),
                                         .description = request.description.value_or(""),
                                         .event_pattern = request.event_pattern.value_or(""),
                                         .retention_days = days,
                                         .kms_key_identifier = request.kms_key_identifier.value_or(""),
                                         .created = call.now});
  return api::CreateArchiveResponse{
      .archive_arn = arn, .state = "ENABLED", .state_reason = {}, .creation_time = call.now};
}

Result<api::DescribeArchiveResponse> describe_archive(engine::Call& call, const api::DescribeArchiveRequest& request) {
  ATHANOR_TRY(found, find_archive(call, request.archive_name));
  const archive::ArchivePut& put = found->put;
  return api::DescribeArchiveResponse{.archive_arn = put.arn,
                                      .archive_name = put.name,
                                      .event_source_arn = put.bus_arn,
                                      .description = unless_empty(put.description),
                                      .event_pattern = unless_empty(put.event_pattern),
                                      .state = "ENABLED",
                                      .state_reason = {},
                                      .kms_key_identifier = unless_empty(put.kms_key_identifier),
                                      .retention_days = std::int64_t{put.retention_days},
                                      .size_bytes = static_cast<std::int64_t>(found->bytes(call.now)),
                                      .event_count = static_cast<std::int64_t>(found->events(call.now)),
                                      .creation_time = put.created};
}

Result<api::ListArchivesResponse> list_archives(engine::Call& call, const api::ListArchivesRequest& request) {
  ATHANOR_CHECK(at_most_one_filter(request, "ListArchives"));
  const std::string prefix = archive_arn(call.caller, request.name_prefix.value_or(""));
  std::vector<const archive::Archive*> archives = call.works.archives.list(prefix);
  std::erase_if(archives, [&](const archive::Archive* one) {
    return (request.event_source_arn && one->put.bus_arn != *request.event_source_arn) ||
           (request.state && *request.state != "ENABLED");
  });
  const auto name = [](const archive::Archive* one) -> std::string_view { return one->put.name; };
  const auto shown = [&](const archive::Archive* one) {
    return api::Archive{.archive_name = one->put.name,
                        .event_source_arn = one->put.bus_arn,
                        .state = "ENABLED",
                        .state_reason = {},
                        .retention_days = std::int64_t{one->put.retention_days},
                        .size_bytes = static_cast<std::int64_t>(one->bytes(call.now)),
                        .event_count = static_cast<std::int64_t>(one->events(call.now)),
                        .creation_time = one->put.created};
  };
  return page_of<api::ListArchives>(
      {api::ListArchives::info.name, prefix, request.event_source_arn.value_or(""), request.state.value_or("")},
      request, archives, name, shown);
}

Result<api::UpdateArchiveResponse> update_archive(engine::Call& call, const api::UpdateArchiveRequest& request) {
  if (!request.event_pattern && !request.retention_days && !request.description && !request.kms_key_identifier) {
    return invalid_input("At least one of EventPattern, RetentionDays or Description must be provided.");
  }
  ATHANOR_TRY(found, find_archive(call, request.archive_name));
  archive::ArchivePut put = found->put;
  if (request.event_pattern) {
    if (!request.event_pattern->empty()) ATHANOR_CHECK(pattern::parse_event_pattern(*request.event_pattern));
    put.event_pattern = *request.event_pattern;
  }
  if (request.retention_days) {
    ATHANOR_TRY(days, retention_days(*request.retention_days));
    put.retention_days = days;
  }
  if (request.description) put.description = *request.description;
  if (request.kms_key_identifier) put.kms_key_identifier = *request.kms_key_identifier;
  call.journal.write(put);
  return api::UpdateArchiveResponse{
      .archive_arn = put.arn, .state = "ENABLED", .state_reason = {}, .creation_time = put.created};
}

Result<api::DeleteArchiveResponse> delete_archive(engine::Call& call, const api::DeleteArchiveRequest& request) {
  ATHANOR_TRY(found, find_archive(call, request.archive_name));
  call.journal.write(archive::ArchiveDeleted{found->put.arn});
  return api::DeleteArchiveResponse{};
}

// The checks are in AWS's order.
Result<api::StartReplayResponse> start_replay(engine::Call& call, const api::StartReplayRequest& request) {
  auto filter_arns = request.destination.filter_arns.value_or(std::vector<std::string>{});
  ATHANOR_CHECK(check_each(filter_arns, "destination.filterArns", kArn));
  const std::string& destination = request.destination.arn;
  if (bus_name(destination).empty()) {
    return invalid_input("Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.");
  }
  const bool is_own = request.event_source_arn.starts_with(archive_arn(call.caller, ""));
  const archive::Archive* source = is_own ? call.works.archives.find(request.event_source_arn) : nullptr;
  if (source != nullptr && source->put.bus_arn != destination)
    return invalid_input("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.");
  if (call.works.rules.find_bus(destination) == nullptr)
    return not_found(fmt::format("Event bus {} does not exist.", bus_name(destination)));
  if (source == nullptr) {
    const auto slash = request.event_source_arn.rfind('/');
    return invalid_input(fmt::format("Parameter EventSourceArn is not valid. Reason: Archive {} does not exist.",
                                     request.event_source_arn.substr(slash + 1)));
  }
  if (request.event_start_time >= request.event_end_time) {
    return invalid_input("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
  }
  ATHANOR_CHECK(check_filters(filter_arns, destination));
  const std::string arn = replay_arn(call.caller, request.replay_name);
  if (find_replay(call, request.replay_name))
    return Error{ErrorCode::AlreadyExists, fmt::format("Replay {} already exists.", request.replay_name), {}};
  if (call.works.replays.active().size() >= limits::kActiveReplays) return too_many();
  const log::LogPosition until = call.journal.next_position();
  const archive::ReplayWindow window{request.event_start_time, request.event_end_time};
  call.journal.write(archive::ReplayStarted{.arn = arn,
                                            .name = request.replay_name,
                                            .description = request.description.value_or(""),
                                            .archive_arn = source->put.arn,
                                            .archive_number = source->put.number,
                                            .destination_arn = destination,
                                            .filter_arns = std::move(filter_arns),
                                            .event_start = request.event_start_time,
                                            .event_end = request.event_end_time,
                                            .from = first_position(*source, window, call.now).value_or(until),
                                            .until = until,
                                            .started = call.now});
  return api::StartReplayResponse{
      .replay_arn = arn, .state = "STARTING", .state_reason = {}, .replay_start_time = call.now};
}

Result<api::DescribeReplayResponse> describe_replay(engine::Call& call, const api::DescribeReplayRequest& request) {
  ATHANOR_TRY(replay, find_replay(call, request.replay_name));
  const archive::ReplayStarted& start = replay->start;
  api::ReplayDestination destination{.arn = start.destination_arn, .filter_arns = {}};
  if (!start.filter_arns.empty()) destination.filter_arns = start.filter_arns;
  return api::DescribeReplayResponse{.replay_name = start.name,
                                     .replay_arn = start.arn,
                                     .description = unless_empty(start.description),
                                     .state = name_of(replay->state),
                                     .state_reason = unless_empty(replay->state_reason),
                                     .event_source_arn = start.archive_arn,
                                     .destination = std::move(destination),
                                     .event_start_time = start.event_start,
                                     .event_end_time = start.event_end,
                                     .event_last_replayed_time = unless_zero(replay->last_event_time),
                                     .replay_start_time = start.started,
                                     .replay_end_time = replay->ended};
}

Result<api::ListReplaysResponse> list_replays(engine::Call& call, const api::ListReplaysRequest& request) {
  ATHANOR_CHECK(at_most_one_filter(request, "ListReplays"));
  const std::string prefix = replay_arn(call.caller, request.name_prefix.value_or(""));
  std::vector<const archive::Replay*> replays = call.works.replays.list(prefix);
  std::erase_if(replays, [&](const archive::Replay* one) {
    return one->is_forgotten(call.now) ||
           (request.event_source_arn && one->start.archive_arn != *request.event_source_arn) ||
           (request.state && *request.state != name_of(one->state));
  });
  const auto name = [](const archive::Replay* one) -> std::string_view { return one->start.name; };
  const auto shown = [](const archive::Replay* one) {
    return api::Replay{.replay_name = one->start.name,
                       .event_source_arn = one->start.archive_arn,
                       .state = name_of(one->state),
                       .state_reason = unless_empty(one->state_reason),
                       .event_start_time = one->start.event_start,
                       .event_end_time = one->start.event_end,
                       .event_last_replayed_time = unless_zero(one->last_event_time),
                       .replay_start_time = one->start.started,
                       .replay_end_time = one->ended};
  };
  return page_of<api::ListReplays>(
      {api::ListReplays::info.name, prefix, request.event_source_arn.value_or(""), request.state.value_or("")}, request,
      replays, name, shown);
}

Result<api::CancelReplayResponse> cancel_replay(engine::Call& call, const api::CancelReplayRequest& request) {
  ATHANOR_TRY(replay, find_replay(call, request.replay_name));
  if (replay->state != ReplayState::Starting && replay->state != ReplayState::Running) {
    return Error{ErrorCode::IllegalStatus,
                 fmt::format("Replay {} is not in a valid state for this operation.", request.replay_name),
                 {}};
  }
  call.journal.write(archive::ReplayStateChanged{replay->start.arn, ReplayState::Cancelling, {}});
  return api::CancelReplayResponse{.replay_arn = replay->start.arn, .state = "CANCELLING", .state_reason = {}};
}

}  // namespace athanor::service::events
