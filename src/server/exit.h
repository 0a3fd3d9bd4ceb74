// How the program ends: commands and `serve` alike.
#pragma once

namespace athanor::server {

enum class Exit : int {
  Done = 0,
  Refused = 1,      // the server, a file, the settings or the port said no
  Usage = 2,        // the command line cannot be understood
  Unreachable = 3,  // no server answered, or it cannot yet
  Damaged = 65,     // files are not what was written (EX_DATAERR)
  LogFailed = 74,   // of `serve`: the disk failed (EX_IOERR), at a start or under the log
};

}  // namespace athanor::server
