#include "storage/embedded/backup_segments.h"

#include "storage/embedded/compacted_file.h"

namespace athanor::storage {

Result<std::map<std::uint64_t, BackupSegment>> segments_of(io::FileSystem& files, const std::string& directory,
                                                           const BackupManifest& manifest) {
  std::map<std::uint64_t, BackupSegment> segments;
  const auto at = [&](std::uint64_t base) -> BackupSegment& {
    return segments.try_emplace(base, BackupSegment{.base = base, .until = base}).first->second;
  };
  for (const BackupFile& file : manifest.log) {
    if (const auto base = segment_base_of(file.name)) at(*base).until = *base + file.bytes - kSegmentHeaderBytes;
    if (const auto base = compacted_base_of(file.name)) {
      ATHANOR_TRY(compacted, CompactedFile::open(files, directory, *base));
      at(*base).compacted_until = compacted->header().end;
    }
  }
  return segments;
}

}  // namespace athanor::storage
