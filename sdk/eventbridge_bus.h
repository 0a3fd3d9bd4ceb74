// A bus behind PutEvents: Athanor's, or Amazon EventBridge's when no endpoint is set.
#pragma once

#include "api/events.h"
#include "sdk/aws_client.h"
#include "sdk/event_bus.h"
#include "sdk/eventbridge_settings.h"

namespace athanor::sdk {

// A receipt means that the bus has the event. But PutEvents accepts events for a bus that does not exist and drops
// them, here and on AWS; so DescribeEventBus is called before the first event is sent, and a missing bus is NotFound.
// Callers not allowed to ask are taken at their word, and the bus being deleted later goes unnoticed. Throttling, 5xx,
// connection errors and entries that the bus had no room for are retried with back-off, up to `max_retry_attempts`
// times and for `max_event_age_seconds`; what is still unsent then is an error. A retried event may be on the bus
// twice, with the same event_id.
class EventBridgeBus final : public EventBus {
 public:
  // `client` is borrowed.
  EventBridgeBus(EventBridgeSettings settings, AwsClient& client, bool sources_by_module = false);

  Result<PublishReceipt> publish_message(const EventMessage& message) override;

  // In requests of at most 10 entries and 1 MiB. RequestTooLarge for a message that fits into none; the others are
  // sent.
  [[nodiscard]] std::vector<Result<PublishReceipt>> publish_all(std::span<const EventMessage> messages) override;

 private:
  using Results = std::vector<Result<PublishReceipt>>;
  struct Unsent {
    std::size_t index;  // among what is published, and its results
    api::PutEventsRequestEntry entry;
  };
  void send(std::vector<Unsent> batch, Results& results);
  void send_once(const std::vector<Unsent>& batch, Results& results);
  Result<void> look_for_bus();

  EventBridgeSettings settings_;
  AwsClient& client_;
  bool bus_is_known_ = false;
};

// Whether a refused entry may succeed later: the bus had no room or no time.
bool may_pass(const api::PutEventsResultEntry& refused);

}  // namespace athanor::sdk
