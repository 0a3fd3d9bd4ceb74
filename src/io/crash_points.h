// A file system that stops the program at a named step of its file operations, so that tests can check for every step
// how the next start recovers. It is not used when no point is named: the real files are.
//
// A step is a kind of file and an operation on it, for example "segment.torn_write": half of the bytes are written.
// Each part that writes files lists the steps it takes; between two steps of a list nothing reaches the disk, so a
// crash anywhere else leaves the same files as a crash at one of these. Occurrences are counted from 1 in each run,
// beginning with those of its recovery.
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
  // The kind of file that a path names (a directory's path ends with '/'); empty when it does not belong to this part.
  std::string_view (*kind_of)(std::string_view path);
};

// `at` is POINT:N; `crash` is called once, when POINT is passed for the Nth time, on the thread that passes it. If it
// returns, the step continues. A path belongs to the first part that knows it. InvalidInput, listing all names, when
// `at` names no possible point. `files` and the parts must outlive the result.
Result<std::unique_ptr<FileSystem>> crash_at(std::string_view at, std::span<const CrashPoints> parts, FileSystem& files,
                                             std::function<void()> crash);

}  // namespace athanor::io
