// Snapshots as files, one each: whole under their name, or not there.
#pragma once

#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"

namespace athanor::storage {

// Writes the snapshot under a temporary name, syncs, renames, syncs the directory.
Result<void> write_snapshot(io::FileSystem& files, const std::string& directory, const log::Snapshot& snapshot);

// Corrupt, naming the path and the place, when it is not what was written.
Result<log::Snapshot> read_snapshot(io::FileSystem& files, const std::string& directory, log::LogPosition position);

// UnknownFormat, naming the path, when another version has written it. Of one of ours it reads no more than that.
Result<void> check_snapshot_version(io::FileSystem& files, const std::string& directory, log::LogPosition position);

}  // namespace athanor::storage
