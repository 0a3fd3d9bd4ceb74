// A bus behind PutEvents: Athanor's, or Amazon EventBridge's when no endpoint is set.
#pragma once

#include "sdk/aws_client.h"
#include "sdk/event_bus.h"
#include "sdk/eventbridge_settings.h"

namespace athanor::sdk {

// A receipt means that the bus has the event. Throttling, 5xx, connection errors and entries that the bus had no room
// for are sent again with back-off, up to `max_retry_attempts` times and `max_event_age_seconds` long; what is then
// still open is an error. A retried event may be on the bus twice: its event_id tells.
class EventBridgeBus final : public EventBus {
 public:
  // `client` is borrowed.
  EventBridgeBus(EventBridgeSettings settings, AwsClient& client, bool sources_by_module = false);

  Result<PublishReceipt> publish_message(const EventMessage& message) override;

  // In requests of at most 10 entries and 1 MiB. RequestTooLarge for a message that fits into none; the others go.
  [[nodiscard]] std::vector<Result<PublishReceipt>> publish_all(std::span<const EventMessage> messages) override;

 private:
  using Results = std::vector<Result<PublishReceipt>>;
  void send(std::span<const EventMessage> messages, std::vector<std::size_t> open, Results& results);

  EventBridgeSettings settings_;
  AwsClient& client_;
};

// How many bytes of a PutEvents request an entry counts for. Source: EventBridge user guide, "Calculating event entry
// size": 14 for a time, then source, detail-type, detail and resources in UTF-8.
std::size_t entry_size_bytes(const EventMessage& message);

}  // namespace athanor::sdk
