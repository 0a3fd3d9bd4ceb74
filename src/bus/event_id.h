// Event ids that encode their event's position in the log: finding an event by its id needs no index.
#pragma once

#include <string>

#include "base/random.h"
#include "log/log.h"

namespace athanor::bus {

// A UUID that says version 4, as AWS's do and some clients insist on: 48 bits of log position, then 74 random bits, so
// that ids cannot be guessed from one another. 48 bits of bytes are 256 TiB of log.
std::string make_event_id(log::LogPosition position, base::Random& random);

}  // namespace athanor::bus
