// Which positions of the log the files of a backup cover.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/compacted_file.h"

namespace athanor::storage {

// A segment that was compacted before the backup had all of it may have two files: its beginning with all records, and
// the whole of it with those that were kept.
struct BackupSegment {
  std::uint64_t base = 0;
  std::uint64_t until = 0;            // of the plain file; equals base when there is none
  std::uint64_t compacted_until = 0;  // 0 when there is no compacted file
};

// The segments that the manifest names, by base. How far compacted ones reach is read from the files in `directory`.
Result<std::map<std::uint64_t, BackupSegment>> segments_of(io::FileSystem& files, const std::string& directory,
                                                           const BackupManifest& manifest);

// The records that a backup holds, for looking them up one after another.
class HeldRecords {
 public:
  HeldRecords(io::FileSystem& files, const std::string& directory, std::map<std::uint64_t, BackupSegment> segments)
      : files_(files), directory_(directory), segments_(std::move(segments)) {}

  // Whether the backup holds this record, byte for byte.
  Result<bool> has(const RecordView& record);

 private:
  Result<bool> plain_has(std::uint64_t base, const RecordView& record);

  io::FileSystem& files_;
  const std::string& directory_;
  const std::map<std::uint64_t, BackupSegment> segments_;
  // The files used last.
  std::unique_ptr<io::File> plain_;
  SegmentHeader header_;
  std::shared_ptr<const CompactedFile> compacted_;
};

}  // namespace athanor::storage
