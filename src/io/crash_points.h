// A file system that stops the program at a named step of what is done to files, so that tests can ask of every step
// what the next start makes of what is left. Nothing of it is there when no point is named: the real files are used.
//
// A step is a kind of file and what is done to it, "segment.torn_write" say: half of the bytes are written. Whoever
// writes files lists the steps in which it does so; between two steps of a list nothing reaches the disk, so a crash
// anywhere else leaves the same files as one of these. The occurrences of one run are counted from 1, those of the
// recovery first.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::io {

// The steps of one part of the program.
struct CrashPoints {
  std::span<const std::string_view> names;  // KIND.STEP
  // The kind of file that a path names, a directory's ending with '/'; empty when it is not of this part.
  std::string_view (*kind_of)(std::string_view path);
};

// `at` is POINT:N; `crash` is called once, when POINT is passed for the Nth time, on the thread that passes it. Should
// it return, the step goes on. A path is of the first part that knows it. InvalidInput, with all names, when `at` says
// nothing that could happen. `files` and the parts outlive what is returned.
Result<std::unique_ptr<FileSystem>> crash_at(std::string_view at, std::span<const CrashPoints> parts, FileSystem& files,
                                             std::function<void()> crash);

}  // namespace athanor::io
