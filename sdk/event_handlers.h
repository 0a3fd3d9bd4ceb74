// Which function handles which type of event: one table for all the ways an event may reach a program.
//
//   EventHandlers handlers;
//   handlers.on<SignalGenerated>([&](const Envelope<SignalGenerated>& event, Context& context) -> Result<void> { ...
//   }); run_lambda(handlers, ...);  // sdk/lambda_runtime.h
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sdk/context.h"
#include "sdk/envelope.h"

namespace athanor::sdk {

class EventHandlers {
 public:
  // A type has one handler: a second one asserts.
  template <EventType T>
  EventHandlers& on(std::function<Result<void>(const Envelope<T>&, Context&)> handler) {
    return add(T::kKind.type, [handler = std::move(handler)](const RawEnvelope& raw, Context& context) -> Result<void> {
      ATHANOR_TRY(envelope, open_envelope<T>(raw));
      return handler(envelope, context);
    });
  }

  // Events of this type are accepted and dropped. Saying so makes it a decision; a type left out is a failure.
  template <EventType T>
  EventHandlers& ignore() {
    return on<T>([](const Envelope<T>&, Context&) -> Result<void> { return {}; });
  }

  // Handles every event in the payload (sdk/envelope.h lists the forms), one after another; stops at the first that
  // fails. A type without a handler, an event that cannot be read, and an exception thrown by a handler are failures:
  // the delivery is retried or goes to the dead-letter queue, and does not count as done.
  Result<void> handle(std::string_view payload, Context& context) const;

 private:
  using Handler = std::function<Result<void>(const RawEnvelope&, Context&)>;
  EventHandlers& add(std::string_view type, Handler handler);
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace athanor::sdk
