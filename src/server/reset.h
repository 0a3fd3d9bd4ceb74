// Empties the server, for test suites: /_athanor/reset, in development mode.
#pragma once

#include "engine/call.h"

namespace athanor::server {

// Deletes every replay, stack, rule, archive, bus, queue and function of all regions and accounts, by ordinary records.
void reset(engine::Call& call);

}  // namespace athanor::server
