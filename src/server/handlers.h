// Handlers of operations that are more than one decision.
#pragma once

#include "server/handler.h"

namespace athanor::server {

// A long poll: the answer may take twenty seconds. receive_message.cc
Handler receive_message_handler();
// Waits for the function if the caller does. invoke.cc
Handler invoke_handler();
// Athanor's own: they read the log, or report on the server itself. own_handlers.cc
Handler tail_events_handler();
Handler trace_handler();
Handler status_handler();

}  // namespace athanor::server
