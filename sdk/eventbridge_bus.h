// A bus behind PutEvents: Athanor's, or Amazon EventBridge's when no endpoint is set.
#pragma once

#include "api/events.h"
#include "sdk/aws_client.h"
#include "sdk/event_bus.h"
#include "sdk/eventbridge_settings.h"

namespace athanor::sdk {

// A receipt means that the bus has the event. PutEvents, though, takes events for a bus that does not exist, and drops
// them, here and on AWS: so DescribeEventBus is asked before the first event is sent, and a bus that is not there is
// NotFound. Who may not ask is believed; and a bus that is deleted later is not noticed. Throttling, 5xx, connection
// errors and entries that the bus had no room for are sent again with back-off, up to `max_retry_attempts` times and
// `max_event_age_seconds` long; what is then still open is an error. A retried event may be on the bus twice: its
// event_id tells.
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
  void send_once(std::span<const EventMessage> messages, const std::vector<std::size_t>& open, Results& results);
  Result<void> look_for_bus();

  EventBridgeSettings settings_;
  AwsClient& client_;
  bool bus_is_known_ = false;
};

// How many bytes of a PutEvents request an entry counts for. Source: EventBridge user guide, "Calculating event entry
// size": 14 for a time, then source, detail-type, detail and resources in UTF-8.
std::size_t entry_size_bytes(const EventMessage& message);

// Whether an entry that was refused may go well later: the bus had no room or no time.
bool may_pass(const api::PutEventsResultEntry& refused);

}  // namespace athanor::sdk
