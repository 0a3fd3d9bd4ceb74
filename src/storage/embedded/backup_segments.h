// Which positions of the log the files of a backup stand for.
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

// Of one that was compacted before the backup had all of it, both files may be there: the beginning with all records,
// and all of it with those that were kept.
struct BackupSegment {
  std::uint64_t base = 0;
  std::uint64_t until = 0;            // of the plain file; base: there is none
  std::uint64_t compacted_until = 0;  // 0: there is no compacted file
};

// Those that the manifest names, by base. Of compacted ones the files in `directory` say how far they reach.
Result<std::map<std::uint64_t, BackupSegment>> segments_of(io::FileSystem& files, const std::string& directory,
                                                           const BackupManifest& manifest);

// The records that a backup holds, for whoever asks for one after the other.
class HeldRecords {
 public:
  HeldRecords(io::FileSystem& files, const std::string& directory, std::map<std::uint64_t, BackupSegment> segments)
      : files_(files), directory_(directory), segments_(std::move(segments)) {}

  // Whether the record stands there, byte for byte.
  Result<bool> has(const RecordView& record);

 private:
  Result<bool> plain_has(std::uint64_t base, const RecordView& record);

  io::FileSystem& files_;
  const std::string& directory_;
  const std::map<std::uint64_t, BackupSegment> segments_;
  // The files looked into last.
  std::unique_ptr<io::File> plain_;
  SegmentHeader header_;
  std::shared_ptr<const CompactedFile> compacted_;
};

}  // namespace athanor::storage
