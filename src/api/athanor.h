// Athanor's own operations: stacks, tracing an event, following a bus, and the server's status. Our own design; they
// travel as awsJson 1.0 under the target prefix "Athanor".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation.h"
#include "api/shape.h"
#include "base/clock.h"
#include "base/describe.h"

namespace athanor::api {

// Source: CloudFormation's CreateStack.
inline constexpr std::string_view kStackNamePattern = "[a-zA-Z][-a-zA-Z0-9]*";

// The code of one function of the template, by its logical id, as a zip.
struct StackCode {
  std::string logical_id;
  Blob zip_file;

  static constexpr auto members() {
    return Members{member("LogicalId", &StackCode::logical_id, {.length_min = 1, .required = true}),
                   member("ZipFile", &StackCode::zip_file, {.length_min = 1, .required = true})};
  }
  friend bool operator==(const StackCode&, const StackCode&) = default;
};

struct DeployStackRequest {
  std::string stack_name;
  std::string template_body;
  std::map<std::string, std::string> parameters;
  std::vector<StackCode> code;
  // The stack's parameters, as DescribeStack showed them; empty if there was no stack. Given, the deploy is refused if
  // they have changed since.
  std::optional<std::map<std::string, std::string>> parameters_read;

  static constexpr auto members() {
    return Members{member("StackName", &DeployStackRequest::stack_name,
                          {.length_min = 1, .length_max = 128, .pattern = kStackNamePattern, .required = true}),
                   member("TemplateBody", &DeployStackRequest::template_body,
                          {.length_min = 1, .length_max = 1'048'576, .required = true}),
                   member("Parameters", &DeployStackRequest::parameters), member("Code", &DeployStackRequest::code),
                   member("ParametersRead", &DeployStackRequest::parameters_read)};
  }
  friend bool operator==(const DeployStackRequest&, const DeployStackRequest&) = default;
};

struct StackResourceSummary {
  std::string logical_id;
  std::string type;
  std::string physical_id;
  std::string arn;
  std::string status;  // CREATED, UPDATED, UNCHANGED, RECORDED (has no effect here) or DELETED

  static constexpr auto members() {
    using R = StackResourceSummary;
    return Members{member("LogicalId", &R::logical_id), member("Type", &R::type), member("PhysicalId", &R::physical_id),
                   member("Arn", &R::arn), member("Status", &R::status)};
  }
  friend bool operator==(const StackResourceSummary&, const StackResourceSummary&) = default;
};

struct DeployStackResponse {
  std::string stack_id;
  std::vector<StackResourceSummary> resources;
  std::map<std::string, std::string> outputs;

  static constexpr auto members() {
    using R = DeployStackResponse;
    return Members{member("StackId", &R::stack_id), member("Resources", &R::resources), member("Outputs", &R::outputs)};
  }
  friend bool operator==(const DeployStackResponse&, const DeployStackResponse&) = default;
};

struct DeployStack {
  using Request = DeployStackRequest;
  using Response = DeployStackResponse;
  static constexpr OperationInfo info = athanor_operation("DeployStack");
};

struct StackSummary {
  std::string stack_id;
  std::string stack_name;
  std::string stack_status;
  base::Time creation_time{};
  base::Time last_updated_time{};
  std::int64_t resource_count{};

  static constexpr auto members() {
    using S = StackSummary;
    return Members{member("StackId", &S::stack_id),
                   member("StackName", &S::stack_name),
                   member("StackStatus", &S::stack_status),
                   member("CreationTime", &S::creation_time),
                   member("LastUpdatedTime", &S::last_updated_time),
                   member("ResourceCount", &S::resource_count)};
  }
  friend bool operator==(const StackSummary&, const StackSummary&) = default;
};

struct ListStacksRequest {
  static constexpr auto members() { return Members<>{}; }
  friend bool operator==(const ListStacksRequest&, const ListStacksRequest&) = default;
};

struct ListStacksResponse {
  std::vector<StackSummary> stacks;

  static constexpr auto members() { return Members{member("Stacks", &ListStacksResponse::stacks)}; }
  friend bool operator==(const ListStacksResponse&, const ListStacksResponse&) = default;
};

struct ListStacks {
  using Request = ListStacksRequest;
  using Response = ListStacksResponse;
  static constexpr OperationInfo info = athanor_operation("ListStacks");
};

struct DescribeStackRequest {
  std::string stack_name;  // or its id

  static constexpr auto members() {
    return Members{member("StackName", &DescribeStackRequest::stack_name, {.length_min = 1, .required = true})};
  }
  friend bool operator==(const DescribeStackRequest&, const DescribeStackRequest&) = default;
};

struct DescribeStackResponse {
  StackSummary stack;
  std::string stack_status_reason;
  std::string template_digest;
  std::map<std::string, std::string> parameters;
  std::vector<StackResourceSummary> resources;  // Status: CREATED or RECORDED
  std::map<std::string, std::string> outputs;

  static constexpr auto members() {
    using R = DescribeStackResponse;
    return Members{member("Stack", &R::stack),
                   member("StackStatusReason", &R::stack_status_reason),
                   member("TemplateDigest", &R::template_digest),
                   member("Parameters", &R::parameters),
                   member("Resources", &R::resources),
                   member("Outputs", &R::outputs)};
  }
  friend bool operator==(const DescribeStackResponse&, const DescribeStackResponse&) = default;
};

struct DescribeStack {
  using Request = DescribeStackRequest;
  using Response = DescribeStackResponse;
  static constexpr OperationInfo info = athanor_operation("DescribeStack");
};

struct DeleteStackRequest {
  std::string stack_name;  // or its id

  static constexpr auto members() {
    return Members{member("StackName", &DeleteStackRequest::stack_name, {.length_min = 1, .required = true})};
  }
  friend bool operator==(const DeleteStackRequest&, const DeleteStackRequest&) = default;
};

struct DeleteStackResponse {
  std::vector<StackResourceSummary> resources;  // Status: DELETED, or UNCHANGED for what DeletionPolicy keeps

  static constexpr auto members() { return Members{member("Resources", &DeleteStackResponse::resources)}; }
  friend bool operator==(const DeleteStackResponse&, const DeleteStackResponse&) = default;
};

struct DeleteStack {
  using Request = DeleteStackRequest;
  using Response = DeleteStackResponse;
  static constexpr OperationInfo info = athanor_operation("DeleteStack");
};

// One event on its way to one target, as it stands now.
struct TracedDelivery {
  std::string rule_name;
  std::string target_id;
  std::string target_arn;
  std::string state;  // RETRYING: attempts are due; HANDED_OVER: the target or dead-letter queue took it

  static constexpr auto members() {
    using D = TracedDelivery;
    return Members{member("RuleName", &D::rule_name), member("TargetId", &D::target_id),
                   member("TargetArn", &D::target_arn), member("State", &D::state)};
  }
  friend bool operator==(const TracedDelivery&, const TracedDelivery&) = default;
};

struct TracedEvent {
  std::string event_id;
  base::Time time{};
  std::string source;
  std::string detail_type;
  std::string event_bus_name;
  std::string causation_id;  // of the event that caused this one; empty at a root
  std::int64_t position{};   // in the log: the order in which events were accepted
  std::string detail;        // JSON
  std::vector<TracedDelivery> deliveries;

  static constexpr auto members() {
    using E = TracedEvent;
    return Members{member("EventId", &E::event_id),
                   member("Time", &E::time),
                   member("Source", &E::source),
                   member("DetailType", &E::detail_type),
                   member("EventBusName", &E::event_bus_name),
                   member("CausationId", &E::causation_id),
                   member("Position", &E::position),
                   member("Detail", &E::detail),
                   member("Deliveries", &E::deliveries)};
  }
  friend bool operator==(const TracedEvent&, const TracedEvent&) = default;
};

struct TraceRequest {
  std::string correlation_id;

  static constexpr auto members() {
    return Members{
        member("CorrelationId", &TraceRequest::correlation_id, {.length_min = 1, .length_max = 256, .required = true})};
  }
  friend bool operator==(const TraceRequest&, const TraceRequest&) = default;
};

struct TraceResponse {
  std::vector<TracedEvent> events;  // by position
  std::optional<bool> is_cut;       // true when there are more events, newer than these

  static constexpr auto members() {
    return Members{member("Events", &TraceResponse::events), member("IsCut", &TraceResponse::is_cut)};
  }
  friend bool operator==(const TraceResponse&, const TraceResponse&) = default;
};

struct Trace {
  using Request = TraceRequest;
  using Response = TraceResponse;
  static constexpr OperationInfo info = athanor_operation("Trace");
};

struct TailedEvent {
  std::string event_id;
  base::Time time{};
  std::string source;
  std::string detail_type;
  std::string event_bus_name;
  std::string account;
  std::string region;
  std::vector<std::string> resources;
  std::string detail;  // JSON
  std::int64_t position{};

  static constexpr auto members() {
    using E = TailedEvent;
    return Members{member("EventId", &E::event_id),
                   member("Time", &E::time),
                   member("Source", &E::source),
                   member("DetailType", &E::detail_type),
                   member("EventBusName", &E::event_bus_name),
                   member("Account", &E::account),
                   member("Region", &E::region),
                   member("Resources", &E::resources),
                   member("Detail", &E::detail),
                   member("Position", &E::position)};
  }
  friend bool operator==(const TailedEvent&, const TailedEvent&) = default;
};

// Events of a bus in order. With neither a position nor a time: those accepted from now on.
struct TailEventsRequest {
  std::optional<std::string> event_bus_name;  // or ARN; without one, all buses of the region
  std::optional<std::string> event_pattern;
  std::optional<std::int64_t> from_position;
  std::optional<base::Time> from_time;
  std::int64_t limit = 100;
  std::int64_t wait_time_seconds = 0;  // how long to wait for the first event when there is none

  static constexpr auto members() {
    using R = TailEventsRequest;
    return Members{member("EventBusName", &R::event_bus_name, {.length_min = 1, .length_max = 1600}),
                   member("EventPattern", &R::event_pattern, {.length_max = 4096}),
                   member("FromPosition", &R::from_position, {.value_min = 0}),
                   member("FromTime", &R::from_time),
                   member("Limit", &R::limit, {.value_min = 1, .value_max = 1000}),
                   member("WaitTimeSeconds", &R::wait_time_seconds, {.value_min = 0, .value_max = 20})};
  }
  friend bool operator==(const TailEventsRequest&, const TailEventsRequest&) = default;
};

struct TailEventsResponse {
  std::vector<TailedEvent> events;
  std::int64_t next_position{};  // FromPosition for the request that continues from here

  static constexpr auto members() {
    return Members{member("Events", &TailEventsResponse::events),
                   member("NextPosition", &TailEventsResponse::next_position)};
  }
  friend bool operator==(const TailEventsResponse&, const TailEventsResponse&) = default;
};

struct TailEvents {
  using Request = TailEventsRequest;
  using Response = TailEventsResponse;
  static constexpr OperationInfo info = athanor_operation("TailEvents");
};

struct StatusRequest {
  static constexpr auto members() { return Members<>{}; }
  friend bool operator==(const StatusRequest&, const StatusRequest&) = default;
};

struct StatusResponse {
  std::string version;
  std::string data_directory;
  std::int64_t log_end{};
  std::int64_t commit_position{};
  std::int64_t uptime_seconds{};
  std::map<std::string, std::int64_t> counters;
  std::vector<std::string> notices;  // what an operator should know, in full sentences

  static constexpr auto members() {
    using R = StatusResponse;
    return Members{member("Version", &R::version),
                   member("DataDirectory", &R::data_directory),
                   member("LogEnd", &R::log_end),
                   member("CommitPosition", &R::commit_position),
                   member("UptimeSeconds", &R::uptime_seconds),
                   member("Counters", &R::counters),
                   member("Notices", &R::notices)};
  }
  friend bool operator==(const StatusResponse&, const StatusResponse&) = default;
};

struct Status {
  using Request = StatusRequest;
  using Response = StatusResponse;
  static constexpr OperationInfo info = athanor_operation("Status");
};

}  // namespace athanor::api
