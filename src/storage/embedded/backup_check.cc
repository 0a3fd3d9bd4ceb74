#include "storage/embedded/backup_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/read_bytes.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

// Collects the moments of logs that follow each other, adjacent ones as one range.
void add(std::vector<Moments>& moments, base::Time from, base::Time until) {
  if (from > until) return;
  if (!moments.empty() && moments.back().until + base::Duration{1} == from)
    moments.back().until = until;
  else
    moments.push_back({from, until});
}

}  // namespace

BackupReader::BackupReader(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest,
                           FilesProgress progress)
    : files_(files),
      directory_(directory),
      manifest_(manifest),
      end_of_all_(manifest.extent.end),
      progress_(std::move(progress)) {
  for (const BackupFile& file : manifest.code) bytes_total_ += file.bytes;
  // Segments are read once more, for their records.
  for (const BackupFile& file : manifest.log) bytes_total_ += (snapshot_position_of(file.name) ? 1 : 2) * file.bytes;
}

Result<std::vector<Damage>> BackupReader::compare() {
  std::vector<Damage> damages;
  for (const auto* files : {&manifest_.log, &manifest_.code}) {
    for (const BackupFile& file : *files) {
      auto damage = compare(file);
      if (!damage && damage.error().code == ErrorCode::Unavailable) damage = find_unreadable(file);
      if (!damage) return std::move(damage).error();
      if (*damage) damages.push_back(**std::move(damage));
      tell_progress(file.bytes);
    }
  }
  return damages;
}

Result<std::optional<Damage>> BackupReader::compare(const BackupFile& backed_up) const {
  const std::string path = directory_ + "/" + backed_up.name;
  const auto file = files_.open(path, io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound) return Damage{.file = backed_up.name, .what = "is missing."};
  if (!file) return file.error();
  ATHANOR_TRY(size, (*file)->size_bytes());
  if (size < backed_up.bytes) {
    return Damage{.file = backed_up.name,
                  .offset = size,
                  .what = fmt::format("was cut off at byte {}: {} bytes were backed up.", size, backed_up.bytes)};
  }
  ATHANOR_TRY(crc, copy_bytes(**file, nullptr, 0, backed_up.bytes, 0, path));
  if (crc == backed_up.crc) return std::optional<Damage>{};
  ATHANOR_TRY(damage, find_damage(backed_up));
  return damage;
}

// The first place that the disk refuses to read, looked for in pieces as small as a disk's sectors; all of the file
// when it does not open, or can be read this time.
Damage BackupReader::find_unreadable(const BackupFile& refused) const {
  constexpr std::uint64_t kSectorBytes = 4'096;
  const auto file = files_.open(directory_ + "/" + refused.name, io::OpenMode::Read);
  for (std::uint64_t at = 0; file && at < refused.bytes; at += kSectorBytes) {
    if (io::read_bytes(**file, at, std::min(kSectorBytes, refused.bytes - at))) continue;
    return {.file = refused.name,
            .offset = at,
            .bytes = refused.bytes - at,
            .what = fmt::format("cannot be read at byte {}: the disk refuses it.", at)};
  }
  return {.file = refused.name, .bytes = refused.bytes, .what = "cannot be read: the disk refuses it."};
}

// The first place of the file that is not sound in itself; otherwise all of it.
Result<Damage> BackupReader::find_damage(const BackupFile& damaged) const {
  const std::string path = directory_ + "/" + damaged.name;
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  const auto from = [&](std::uint64_t offset, std::string what) {
    return Damage{damaged.name, offset, damaged.bytes - offset, std::move(what)};
  };
  if (const auto base = segment_base_of(damaged.name)) {
    const auto header = read_segment_header(*file, path, *base);
    if (!header) return from(0, "is damaged at byte 0: its header cannot be read.");
    const std::uint64_t until = *base + damaged.bytes - kSegmentHeaderBytes;
    ATHANOR_TRY(scanned, scan_segment(*file, *header, *base, until, [](const RecordView&) { return true; }));
    if (scanned.end == ScanEnd::BadRecord)
      return from(file_offset(*header, scanned.position), bad_record(*header, scanned.position));
  } else if (const auto compacted_base = compacted_base_of(damaged.name)) {
    if (const auto compacted = CompactedFile::open(files_, directory_, *compacted_base)) {
      for (const BlockPlace& place : (*compacted)->index().blocks) {
        ATHANOR_TRY(block, read_block(*file, (*compacted)->header(), place.offset));
        if (block) continue;
        return from(place.offset, fmt::format("is damaged at byte {}: the records from position {} on cannot be read.",
                                              place.offset, place.first));
      }
    }
  }
  return from(0, fmt::format("is damaged: its first {} bytes are not those that were backed up.", damaged.bytes));
}

void BackupReader::leave_out(const std::vector<Damage>& damages) {
  std::uint64_t sound_until = kNoLimit;
  for (const Damage& damage : damages) {
    if (const auto base = segment_base_of(damage.file)) sound_until = std::min(sound_until, *base);
    if (const auto base = compacted_base_of(damage.file)) {
      // An earlier run may have copied the beginning of the segment, which is another file.
      const auto beginning = std::ranges::find(manifest_.log, segment_name(*base), &BackupFile::name);
      const std::uint64_t held = beginning == manifest_.log.end() ? 0 : beginning->bytes - kSegmentHeaderBytes;
      sound_until = std::min(sound_until, *base + held);
    }
  }
  std::erase_if(manifest_.log, [&](const BackupFile& file) {
    if (std::ranges::find(damages, file.name, &Damage::file) != damages.end()) return true;
    const auto position = position_in_name(file.name);
    return position && *position >= sound_until;
  });
  manifest_.extent.end = std::min(manifest_.extent.end, sound_until);
}

Result<LogEnd> BackupReader::read(const std::function<bool(const LogEnd&, base::Time)>& is_past) {
  is_past_ = is_past;
  ATHANOR_TRY(segments, segments_of(files_, directory_, manifest_));
  segments_ = std::move(segments);
  end_.restored.end = end_.whole_from = manifest_.extent.begin;
  for (auto it = segments_.begin(); it != segments_.end() && goes_on_; ++it) {
    const BackupSegment& segment = it->second;
    if (segment.base != end_.restored.end) {
      return corrupt(
          fmt::format("{}/{} does not begin where the file before it ends.", directory_, segment_name(segment.base)));
    }
    const std::uint64_t next = std::next(it) == segments_.end() ? manifest_.extent.end : std::next(it)->first;
    const bool is_whole = segment.until == next;
    const Restored before = end_.restored;
    if (segment.until > segment.base || segment.compacted_until == 0) ATHANOR_CHECK(read_plain(segment));
    if (!goes_on_ || is_whole || segment.compacted_until == 0) continue;
    end_.restored = before;
    ATHANOR_CHECK(read_compacted(segment));
  }
  if (goes_on_ && end_.restored.end != manifest_.extent.end)
    return corrupt(fmt::format("The backup in {} ends too early.", directory_));
  return end_;
}

// False when the log ends before the record; otherwise counts it.
bool BackupReader::takes(const RecordView& record) {
  if (!first_) first_ = record.time;
  if (!latest_ || record.time > *latest_) {
    goes_on_ = !is_past_ || !is_past_(end_, record.time);
    if (!goes_on_) return false;
    latest_ = record.time;
  }
  ++end_.restored.records;
  end_.restored.last = record.time;
  return true;
}

Result<void> BackupReader::read_plain(const BackupSegment& segment) {
  const std::string name = segment_name(segment.base);
  const std::string path = directory_ + "/" + name;
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*file, path, segment.base));
  ATHANOR_TRY(scanned, scan_segment(*file, header, segment.base, segment.until, [&](const RecordView& record) {
                if (!takes(record)) return false;
                end_.restored.end = record.position + record_bytes(record.payload.size());
                return true;
              }));
  if (scanned.end == ScanEnd::BadRecord)
    return corrupt(fmt::format("{} {}", path, bad_record(header, scanned.position)));
  tell_progress(kSegmentHeaderBytes + segment.until - segment.base);
  return {};
}

// Records that were not kept cannot say when they were written, so a log that ends inside the segment has no state:
// whole_from is then the segment's end, which no snapshot before the log's end reaches.
Result<void> BackupReader::read_compacted(const BackupSegment& segment) {
  ATHANOR_TRY(file, CompactedFile::open(files_, directory_, segment.base));
  end_.takes_compacted.insert(segment.base);
  end_.whole_from = segment.compacted_until;
  ATHANOR_CHECK(file->scan(segment.base, [&](const RecordView& record) {
    end_.restored.end = record.position;
    return takes(record);
  }));
  if (goes_on_) end_.restored.end = segment.compacted_until;
  tell_progress(file->header().file_bytes());
  return {};
}

bool is_of_code(const Damage& damage) { return !position_in_name(damage.file); }

bool BackupReader::has_state(const LogEnd& end) const {
  return end.whole_from == 0 || std::ranges::any_of(manifest_.log, [&](const BackupFile& file) {
           const auto position = snapshot_position_of(file.name);
           return position && *position >= end.whole_from && *position <= end.restored.end;
         });
}

void BackupReader::tell_progress(std::uint64_t bytes) {
  bytes_done_ += bytes;
  if (progress_) progress_(bytes_done_, bytes_total_);
}

Result<BackupCheck> check_backup(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest,
                                 const FilesProgress& progress) {
  BackupReader reader{files, directory, manifest, progress};
  BackupCheck check;
  ATHANOR_TRY(damages, reader.compare());
  check.damages = std::move(damages);
  reader.leave_out(check.damages);
  const auto add_moments = [&](const LogEnd& end, base::Time until) {
    if (reader.has_state(end) && reader.has_records(end))
      add(check.moments, reader.latest().value_or(until), std::min(until, manifest.taken));
  };
  ATHANOR_TRY(end, reader.read([&](const LogEnd& before, base::Time next) {
    add_moments(before, next - base::Duration{1});
    return false;
  }));
  if (reader.reaches_end()) add_moments(end, manifest.taken);
  if (check.damages.empty()) check.whole = end.restored;
  return check;
}

}  // namespace athanor::storage
