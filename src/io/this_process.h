// What a program arranges with the system for itself, before it does anything else.
#pragma once

#include <cstdint>

namespace athanor::io {

// Opens those of the descriptors 0 to 2 that are closed, so that no file that is opened later takes their numbers and
// gets what is said on standard error. They lead to /dev/null; but what is written to a standard output that was
// closed fails as before. False when /dev/null cannot be opened: nothing else may be opened then. First of all.
bool open_standard_streams();

// A write beyond the largest file that the process may write (RLIMIT_FSIZE) fails with EFBIG and ends nobody. Before
// any thread.
void survive_file_size_limit();

// How large a file the process may make (RLIMIT_FSIZE).
std::uint64_t file_bytes_max();

// Raises the number of descriptors that the process may hold to the most that it may ask for; returns it.
std::uint64_t raise_descriptors_max();

}  // namespace athanor::io
