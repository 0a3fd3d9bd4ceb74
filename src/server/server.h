// The server as a whole.
#pragma once

#include "server/exit.h"
#include "server/settings.h"

namespace athanor::server {

// Serves until SIGINT or SIGTERM. Prints where it listens, or why it does not start.
Exit serve(Settings settings);

}  // namespace athanor::server
