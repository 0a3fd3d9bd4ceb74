// What an operator can set; cli/serve.cc reads it from the command line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace athanor::server {

struct Settings {
  std::string data_directory;
  std::uint16_t port = 4'566;          // where tools made for emulators look
  std::vector<std::string> addresses;  // numeric; empty: 127.0.0.1 and, where there is one, ::1
  bool dev = false;                    // any access key is accepted; /_athanor/reset empties everything; loopback only
  std::map<std::string, std::string> credentials;  // access key id to secret
  unsigned network_threads = 1;                    // 0: one per core
  std::uint64_t segment_mib = 64;                  // size of a file of the log
  std::uint64_t snapshot_mib = 64;                 // of log between two snapshots; more when they are large
  std::uint64_t reserve_mib = 64;                  // held back on the disk for when it is full; 0: none
  std::size_t functions_max = 16;                  // function processes at once
  std::string crash_at;                            // for tests: where to die (io/crash_points.h)
};

}  // namespace athanor::server
