// What a message or an invocation carries, made on demand from the record that holds it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "log/log.h"
#include "queue/content.h"

namespace athanor::engine {

// The content of a message. With an empty `origin` the record is a MessageSent. Reads the log: not on the engine
// thread. Lost when the record is gone for good, Corrupt when it is damaged, Unavailable when the disk cannot give it
// now.
Result<queue::MessageContent> read_message(const log::Log& log, log::LogPosition position, std::string_view origin);

// The payload of an invocation. With an empty `origin` the record is an InvokeRequested. Errors as above.
Result<std::string> read_payload(const log::Log& log, log::LogPosition position, std::string_view origin);

}  // namespace athanor::engine
