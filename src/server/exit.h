// The program's exit status, of commands and `serve` alike.
#pragma once

namespace athanor::server {

enum class Exit : int {
  Done = 0,
  Refused = 1,      // the server, a file, the settings or the port said no
  Usage = 2,        // the command line cannot be understood
  Unreachable = 3,  // no server answered, or it is not ready yet
  Damaged = 65,     // files differ from what was written (EX_DATAERR)
  LogFailed = 74,   // `serve` only: the disk failed or is full (EX_IOERR), at startup or under the log
};

}  // namespace athanor::server
