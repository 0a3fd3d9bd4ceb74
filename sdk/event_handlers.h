// Which function handles which type of event: one table for every way an event may reach a program.
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

  // Events of this type are taken and nothing is done: said here, it is a decision; left out, it is a failure.
  template <EventType T>
  EventHandlers& ignore() {
    return on<T>([](const Envelope<T>&, Context&) -> Result<void> { return {}; });
  }

  // Handles every event in the payload (sdk/envelope.h tells the forms), one after another; stops at the first that
  // fails. A type without a handler, an event that cannot be read, and an exception out of a handler are failures:
  // the delivery is tried again or ends in the dead-letter queue, and is not taken for done.
  Result<void> handle(std::string_view payload, Context& context) const;

 private:
  using Handler = std::function<Result<void>(const RawEnvelope&, Context&)>;
  EventHandlers& add(std::string_view type, Handler handler);
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace athanor::sdk
