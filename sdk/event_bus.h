// The seam between a program and its bus. sdk/eventbridge_bus.h reaches Athanor and Amazon EventBridge alike,
// sdk/in_memory_bus.h is for tests.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sdk/event.h"
#include "sdk/timestamp.h"

namespace athanor::sdk {

// An event as a bus takes it.
struct EventMessage {
  std::string source;       // "alchemiser.strategy"
  std::string detail_type;  // "SignalGenerated"
  std::string detail;       // a JSON object
  std::vector<std::string> resources;
  Timestamp time;
  friend bool operator==(const EventMessage&, const EventMessage&) = default;
};

// InvalidInput naming the member whose text is not UTF-8: it would arrive as different text.
Result<void> check_utf8(const EventMessage& message);

struct PublishReceipt {
  std::string event_id;  // assigned by the bus: the event is durable
};

// How an event's source is named on the wire.
struct SourceNaming {
  std::string prefix = "alchemiser";
  // The first version of the trading system named sources after modules ("alchemiser.strategy_v2.handlers"), which no
  // rule for "alchemiser.strategy" ever matched. True gives those names.
  bool by_module = false;
};

// For one thread at a time. Publishing blocks, with no deadline other than that of the retries: docs/sdk.md.
class EventBus {
 public:
  explicit EventBus(SourceNaming naming = {}) : naming_(std::move(naming)) {}
  virtual ~EventBus() = default;

  // Publishes one event. A receipt means that the bus has it; an error, that it might: publish it again, the event_id
  // stays the same. An event that its own type would refuse to read, or that contains text that is not UTF-8, is not
  // sent.
  template <EventType T>
  Result<PublishReceipt> publish(const T& event) {
    ATHANOR_TRY(message, message_of(event));
    return publish_message(message);
  }

  virtual Result<PublishReceipt> publish_message(const EventMessage& message) = 0;

  // One result per message, in order. When one fails, those before and after it may still have been published; and one
  // that was refused at first and then retried is on the bus after those that were not.
  [[nodiscard]] virtual std::vector<Result<PublishReceipt>> publish_all(std::span<const EventMessage> messages) {
    std::vector<Result<PublishReceipt>> results;
    for (const auto& message : messages) results.push_back(publish_message(message));
    return results;
  }

  template <EventType T>
  Result<EventMessage> message_of(const T& event) const {
    ATHANOR_CHECK(EventJson::check_utf8(event));
    std::string detail = EventJson::write(event);
    ATHANOR_CHECK(EventJson::read<T>(detail));
    return describe(event, T::kKind, std::move(detail));
  }

 private:
  EventMessage describe(const EventFields& event, const EventKind& kind, std::string detail) const;
  SourceNaming naming_;
};

}  // namespace athanor::sdk
