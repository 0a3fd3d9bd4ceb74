// The server as a whole.
#pragma once

#include "server/settings.h"

namespace athanor::server {

// How the process ends.
inline constexpr int kExitDone = 0;
inline constexpr int kExitRefused = 1;   // the settings, the data directory or the port
inline constexpr int kExitDamaged = 65;  // files of the data directory are not what was written (EX_DATAERR)
inline constexpr int kExitLogFailed =
    74;  // the disk failed (EX_IOERR), at a start or under the log: nothing was acknowledged after it

// Serves until SIGINT or SIGTERM. Prints where it listens; says why it does not start.
int serve(Settings settings);

}  // namespace athanor::server
