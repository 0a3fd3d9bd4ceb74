// Snapshots as files, one each: complete under their name, or absent.
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

// Checks whether the bytes of a snapshot are a valid state, which only their writer can tell. Empty: not checked.
using CheckState = std::function<Result<void>(std::string_view state)>;

// Corrupt, naming the path and the place, when it differs from what was written or is not a valid state.
Result<log::Snapshot> read_snapshot(io::FileSystem& files, const std::string& directory, std::uint64_t position,
                                    const CheckState& check_state = {});

// UnknownFormat, naming the path, when another version wrote it. Of a file of our version it reads only the version.
Result<void> check_snapshot_version(io::FileSystem& files, const std::string& directory, std::uint64_t position);

}  // namespace athanor::storage
