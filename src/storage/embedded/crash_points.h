// A file system that stops the program at a named step of the log's work, so that tests can ask of every step what the
// next start makes of what is left. Nothing of it is there when no point is named: the log then has the real files.
//
// A step is a kind of file and what is done to it. Between two steps of this list nothing reaches the disk, so a crash
// anywhere else leaves the same files as one of these. The occurrences of one run are counted from 1, those of the
// recovery first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::storage {

// All names, e.g. "segment.torn_write": half of the bytes are written.
std::span<const std::string_view> crash_points();

// `at` is POINT:N; `crash` is called once, when POINT is passed for the Nth time, on the thread that passes it. Should
// it return, the step goes on. InvalidInput, with all names, when `at` says nothing that could happen. `files` outlives
// what is returned.
Result<std::unique_ptr<io::FileSystem>> crash_at(std::string_view at, io::FileSystem& files,
                                                 std::function<void()> crash);

}  // namespace athanor::storage
