#include "storage/embedded/backup_segments.h"

#include <utility>

#include "storage/embedded/segment_file.h"

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

Result<bool> HeldRecords::has(const RecordView& record) {
  const auto after = segments_.upper_bound(record.position);
  if (after == segments_.begin()) return false;
  const BackupSegment& segment = std::prev(after)->second;
  if (record.position < segment.until) return plain_has(segment.base, record);
  if (record.position >= segment.compacted_until) return false;
  if (!compacted_ || compacted_->header().base != segment.base) {
    ATHANOR_TRY(opened, CompactedFile::open(files_, directory_, segment.base));
    compacted_ = std::move(opened);
  }
  const auto held = compacted_->read(record.position);
  if (!held && held.error().code != ErrorCode::NotFound) return held.error();
  return held && held->type == record.type && held->time == record.time && held->payload == record.payload;
}

Result<bool> HeldRecords::plain_has(std::uint64_t base, const RecordView& record) {
  if (!plain_ || header_.base != base) {
    const std::string path = directory_ + "/" + segment_name(base);
    ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
    ATHANOR_TRY(header, read_segment_header(*file, path, base));
    plain_ = std::move(file);
    header_ = header;
  }
  bool has = false;
  const std::uint64_t end = record.position + record_bytes(record.payload.size());
  ATHANOR_CHECK(scan_segment(*plain_, header_, record.position, end, [&](const RecordView& held) {
    has = held.type == record.type && held.time == record.time && held.payload == record.payload;
    return false;
  }));
  return has;
}

}  // namespace athanor::storage
