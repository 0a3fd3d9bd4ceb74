// Snapshots as files, one each: whole under their name, or not there.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"

namespace athanor::storage {

// Writes the snapshot under a temporary name, syncs, renames, syncs the directory.
Result<void> write_snapshot(io::FileSystem& files, const std::string& directory, const log::Snapshot& snapshot);

// Whether the bytes of a snapshot are a state: only who writes them knows. Empty: they are not looked at.
using CheckState = std::function<Result<void>(std::string_view state)>;

// Corrupt, naming the path and the place, when it is not what was written, or is no state.
Result<log::Snapshot> read_snapshot(io::FileSystem& files, const std::string& directory, log::LogPosition position,
                                    const CheckState& check_state = {});

// UnknownFormat, naming the path, when another version has written it. Of one of ours it reads no more than that.
Result<void> check_snapshot_version(io::FileSystem& files, const std::string& directory, log::LogPosition position);

}  // namespace athanor::storage
