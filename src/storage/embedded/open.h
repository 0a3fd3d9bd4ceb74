// Opens the log of one machine: segment files in one directory, held by one server.
//
//   ATHANOR_TRY(log, storage::open_embedded_log(files, "/var/lib/athanor/log", {.seed = io::random_seed()}));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"

namespace athanor::storage {

struct EmbeddedLogSettings {
  // A segment takes no more records once it holds this much; trimming frees whole segments. Our choice.
  std::uint64_t segment_bytes = 64 * 1'048'576;
  // How far the file is filled with zeros ahead of the records, and how much at once: a sync that only overwrites
  // existing bytes writes no file system metadata. One MiB takes about a millisecond of one commit.
  std::uint64_t fill_ahead_bytes = 1'048'576;
  // A commit this large, and the first 16 small ones after it, are not followed by zeros: they would double its cost,
  // and it is large enough for the metadata of a grown file not to matter in its sync.
  std::uint64_t large_commit_bytes = 262'144;
  // Appended but not yet committed; beyond this append returns Throttled. Up to 1 GiB.
  std::size_t staged_bytes_max = 256 * 1'048'576;
  // Held back on the disk (storage/embedded/reserve.h) and released when the disk is otherwise full: the log continues,
  // and has_room() asks the engine to accept nothing that can be refused. 0: the log stops when the disk is full.
  std::uint64_t reserve_bytes = 0;
  // Files kept open for readers, at least 1: 4 GiB of log at the usual segment size.
  std::size_t open_files_max = 64;
  // This many adjacent small compacted segments are merged (storage/embedded/compaction.h); at least 2. A lower number
  // rewrites them more often, a higher one leaves a start more files to examine.
  std::size_t compacted_neighbours_min = 4;
  // For the segments' ids. The server draws it at random (io/system_clock.h), so that no sender can guess it.
  std::uint64_t seed = 0;
  // Receives, in sentences for the operator, what opening found and mended: a torn tail, a damaged snapshot.
  std::function<void(const std::string&)> report;
};

// Opens the log in `directory`, or creates it. Blocks while the records after the last snapshot are read.
// `files` must outlive the log.
//
//   AlreadyExists  another server holds the directory
//   Corrupt        a record or file that was durable is damaged or missing; the message has file and offset, and
//                  nothing was changed. What was never acknowledged (a torn tail) is cut off instead, and reported.
//   IllegalStatus  the directory is a backup
//   UnknownFormat  another version wrote the directory; nothing was changed
//   InvalidInput   a setting makes no sense
//   otherwise      the disk's own error
Result<std::unique_ptr<log::Log>> open_embedded_log(io::FileSystem& files, std::string directory,
                                                    EmbeddedLogSettings settings = {});

// IllegalStatus when `directory` is a backup.
Result<void> check_is_no_backup(io::FileSystem& files, const std::string& directory);

// Keeps servers out of a log's directory until the returned object is destroyed, for reading it without opening it.
// AlreadyExists when a server holds it, IllegalStatus when it is a backup; null when no server ever used it, since no
// lock file is created for it.
Result<std::unique_ptr<io::File>> hold_log_directory(io::FileSystem& files, const std::string& directory);

}  // namespace athanor::storage
