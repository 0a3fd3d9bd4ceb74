#include "sdk/eventbridge_bus.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace athanor::sdk {
namespace {

constexpr std::size_t kTimeBytes = 14;

// Codes of entries that may succeed later. Source: EventBridge API Reference, PutEventsResultEntry.
constexpr std::array<std::string_view, 4> kPassingCodes = {"ThrottlingException", "InternalFailure",
                                                           "InternalException", "ServiceUnavailable"};
constexpr const char* kNoCode = "InternalFailure";  // of an entry that has none, and no id

api::PutEventsRequestEntry entry_of(const EventMessage& message, const std::string& bus_name) {
  api::PutEventsRequestEntry entry;
  entry.time = std::chrono::floor<std::chrono::milliseconds>(message.time.value);
  entry.source = message.source;
  entry.detail_type = message.detail_type;
  entry.detail = message.detail;
  if (!message.resources.empty()) entry.resources = message.resources;
  entry.event_bus_name = bus_name;
  return entry;
}

Result<PublishReceipt> result_of(const api::PutEventsResultEntry& entry) {
  if (entry.event_id && !entry.error_code) return PublishReceipt{*entry.event_id};
  return Error{may_pass(entry) ? ErrorCode::Throttled : ErrorCode::InvalidInput,
               entry.error_code.value_or(kNoCode) + ": " + entry.error_message.value_or(""),
               {}};
}

}  // namespace

std::size_t entry_size_bytes(const EventMessage& message) {
  std::size_t size = kTimeBytes + message.source.size() + message.detail_type.size() + message.detail.size();
  for (const auto& resource : message.resources) size += resource.size();
  return size;
}

bool may_pass(const api::PutEventsResultEntry& refused) {
  return std::ranges::find(kPassingCodes, refused.error_code.value_or(kNoCode)) != kPassingCodes.end();
}

EventBridgeBus::EventBridgeBus(EventBridgeSettings settings, AwsClient& client, bool sources_by_module)
    : EventBus({.prefix = settings.source_prefix, .by_module = sources_by_module}),
      settings_(std::move(settings)),
      client_(client) {}

Result<PublishReceipt> EventBridgeBus::publish_message(const EventMessage& message) {
  return std::move(publish_all({&message, 1}).front());
}

std::vector<Result<PublishReceipt>> EventBridgeBus::publish_all(std::span<const EventMessage> messages) {
  Results results(messages.size(), Error{ErrorCode::Internal, "not sent", {}});
  std::vector<std::size_t> batch;  // indices
  std::size_t batch_bytes = 0;
  const auto flush = [&] {
    if (!batch.empty()) send(messages, std::exchange(batch, {}), results);
    batch_bytes = 0;
  };
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (auto text = check_utf8(messages[i]); !text) {
      results[i] = std::move(text).error();
      continue;
    }
    const std::size_t bytes = entry_size_bytes(messages[i]);
    if (bytes > limits::kPutEventsBytes) {
      results[i] = Error{ErrorCode::RequestTooLarge,
                         "PayloadTooLarge: " + messages[i].detail_type + " has " + std::to_string(bytes) +
                             " bytes, at most " + std::to_string(limits::kPutEventsBytes) + " go.",
                         {}};
      continue;
    }
    if (batch.size() == limits::kPutEventsEntries || batch_bytes + bytes > limits::kPutEventsBytes) flush();
    batch.push_back(i);
    batch_bytes += bytes;
  }
  flush();
  return results;
}

void EventBridgeBus::send(std::span<const EventMessage> messages, std::vector<std::size_t> open, Results& results) {
  Backoff backoff{
      {.retries_max = settings_.max_retry_attempts, .age_max = std::chrono::seconds{settings_.max_event_age_seconds}},
      client_.surroundings()};
  do {
    if (const auto there = look_for_bus()) {
      send_once(messages, open, results);
    } else {
      for (const std::size_t i : open) results[i] = there.error();
    }
    std::erase_if(open, [&](std::size_t i) { return results[i].has_value() || !is_retryable(results[i].error()); });
  } while (!open.empty() && backoff.wait());
}

void EventBridgeBus::send_once(std::span<const EventMessage> messages, const std::vector<std::size_t>& open,
                               Results& results) {
  api::PutEventsRequest request;
  for (const std::size_t i : open) request.entries.push_back(entry_of(messages[i], settings_.event_bus_name));
  const auto response = client_.call_once<api::PutEvents>(request);
  if (!response || response->entries.size() != open.size()) {
    const Error error =
        response ? Error{ErrorCode::Internal, "The bus did not return a result for each event.", {}} : response.error();
    for (const std::size_t i : open) results[i] = error;
  } else {
    for (std::size_t n = 0; n < open.size(); ++n) results[open[n]] = result_of(response->entries[n]);
  }
}

Result<void> EventBridgeBus::look_for_bus() {
  if (bus_is_known_) return {};
  const auto bus = client_.call_once<api::DescribeEventBus>({.name = settings_.event_bus_name});
  if (!bus && (bus.error().code == ErrorCode::NotFound || is_retryable(bus.error()))) return bus.error();
  bus_is_known_ = true;  // or we may not ask
  return {};
}

}  // namespace athanor::sdk
