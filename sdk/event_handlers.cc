#include "sdk/event_handlers.h"

#include <exception>

#include "base/assert.h"

namespace athanor::sdk {

EventHandlers& EventHandlers::add(std::string_view type, Handler handler) {
  const bool fresh = handlers_.emplace(type, std::move(handler)).second;
  ATHANOR_ASSERT(fresh);
  return *this;
}

Result<void> EventHandlers::handle(std::string_view payload, Context& context) const {
  ATHANOR_TRY(envelopes, read_envelopes(payload));
  for (const auto& envelope : envelopes) {
    const auto handler = handlers_.find(envelope.detail_type);
    if (handler == handlers_.end()) {
      return Error{ErrorCode::UnsupportedOperation,
                   "No handler for events of type '" + envelope.detail_type + "' from '" + envelope.source + "'.",
                   {}};
    }
    context.replay_name = envelope.replay_name;
    try {
      ATHANOR_CHECK(handler->second(envelope, context));
    } catch (const std::exception& exception) {
      return Error{ErrorCode::Internal, "The handler of '" + envelope.detail_type + "' threw: " + exception.what(), {}};
    }
  }
  return {};
}

}  // namespace athanor::sdk
