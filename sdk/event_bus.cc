#include "sdk/event_bus.h"

#include "base/text.h"

namespace athanor::sdk {

Result<void> check_utf8(const EventMessage& message) {
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"source", message.source}, {"detail_type", message.detail_type}, {"detail", message.detail}};
  for (const auto& [name, text] : texts) {
    if (!base::is_valid_utf8(text)) return invalid_input(std::string{name} + " is not UTF-8.");
  }
  for (const auto& resource : message.resources) {
    if (!base::is_valid_utf8(resource)) return invalid_input("A string in resources is not UTF-8.");
  }
  return {};
}

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
