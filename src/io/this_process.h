// What a program sets up for itself with the system, before it does anything else.
#pragma once

#include <cstdint>

namespace athanor::io {

// Opens those of the descriptors 0 to 2 that are closed, so that no file opened later takes their numbers and receives
// what is written to standard error. They lead to /dev/null, but writes to a standard output that was closed still
// fail. False when /dev/null cannot be opened: then nothing else may be opened. Call it first of all.
bool open_standard_streams();

// Makes a write beyond the process's file size limit (RLIMIT_FSIZE) fail with EFBIG instead of ending the process. Call
// it before any thread is started.
void survive_file_size_limit();

// The largest file the process may write (RLIMIT_FSIZE).
std::uint64_t file_bytes_max();

// Raises the process's limit on open descriptors to its hard limit; returns the limit.
std::uint64_t raise_descriptors_max();

}  // namespace athanor::io
