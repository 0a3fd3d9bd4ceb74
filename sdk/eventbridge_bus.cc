#include "sdk/eventbridge_bus.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/entry_bytes.h"
#include "base/limits.h"

namespace athanor::sdk {
namespace {

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
  std::vector<Unsent> batch;
  std::size_t batch_bytes = 0;
  const auto flush = [&] {
    if (!batch.empty()) send(std::exchange(batch, {}), results);
    batch_bytes = 0;
  };
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (auto text = check_utf8(messages[i]); !text) {
      results[i] = std::move(text).error();
      continue;
    }
    auto entry = entry_of(messages[i], settings_.event_bus_name);
    const std::size_t bytes = api::entry_bytes(entry);
    if (bytes > limits::kPutEventsBytes) {
      results[i] = Error{ErrorCode::RequestTooLarge,
                         "PayloadTooLarge: " + messages[i].detail_type + " has " + std::to_string(bytes) +
                             " bytes, at most " + std::to_string(limits::kPutEventsBytes) + " go.",
                         {}};
      continue;
    }
    if (batch.size() == limits::kPutEventsEntries || batch_bytes + bytes > limits::kPutEventsBytes) flush();
    batch.push_back({i, std::move(entry)});
    batch_bytes += bytes;
  }
  flush();
  return results;
}

void EventBridgeBus::send(std::vector<Unsent> batch, Results& results) {
  Backoff backoff{
      {.retries_max = settings_.max_retry_attempts, .age_max = std::chrono::seconds{settings_.max_event_age_seconds}},
      client_.surroundings()};
  do {
    if (const auto there = look_for_bus()) {
      send_once(batch, results);
    } else {
      for (const Unsent& one : batch) results[one.index] = there.error();
    }
    std::erase_if(batch, [&](const Unsent& one) {
      return results[one.index].has_value() || !is_retryable(results[one.index].error());
    });
  } while (!batch.empty() && backoff.wait());
}

void EventBridgeBus::send_once(const std::vector<Unsent>& batch, Results& results) {
  api::PutEventsRequest request;
  for (const Unsent& one : batch) request.entries.push_back(one.entry);
  const auto response = client_.call_once<api::PutEvents>(request);
  if (!response || response->entries.size() != batch.size()) {
    const Error error =
        response ? Error{ErrorCode::Internal, "The bus did not return a result for each event.", {}} : response.error();
    for (const Unsent& one : batch) results[one.index] = error;
  } else {
    for (std::size_t n = 0; n < batch.size(); ++n) results[batch[n].index] = result_of(response->entries[n]);
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
