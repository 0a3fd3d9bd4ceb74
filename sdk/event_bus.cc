#include "sdk/event_bus.h"

namespace athanor::sdk {

EventMessage EventBus::describe(const EventFields& event, const EventKind& kind, std::string detail) const {
  const std::string_view source =
      naming_.by_module ? std::string_view{event.source_module()} : source_of(kind, event.source_module());
  return {.source = naming_.prefix + "." + std::string(source),
          .detail_type = std::string(kind.type),
          .detail = std::move(detail),
          .resources = {"correlation:" + event.correlation_id(), "causation:" + event.causation_id()},
          .time = event.timestamp()};
}

}  // namespace athanor::sdk
