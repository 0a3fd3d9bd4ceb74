#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/planted.h"
#include "base/text.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/backup_segments.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

class Restore {
 public:
  Restore(io::FileSystem& files, const std::string& from, const std::string& to, const BackupManifest& manifest,
          base::Random& random, const FilesProgress& progress)
      : files_(files), from_(from), to_(to), manifest_(manifest), random_(random), progress_(progress) {
    for (const BackupFile& file : manifest.log) bytes_total_ += 2 * file.bytes;
  }

  Result<Restored> run(std::optional<base::Time> at);

 private:
  std::uint64_t bytes_of(const std::string& name) const;  // of a file of the backup
  void tell_progress(std::uint64_t bytes);
  Result<void> check_bytes(const BackupFile& file);
  Result<void> find_end(std::optional<base::Time> at);
  bool takes(const RecordView& record, std::optional<base::Time> at);
  Result<void> scan_plain(const BackupSegment& segment, std::optional<base::Time> at, bool& goes_on);
  Result<void> scan_compacted(const BackupSegment& segment, std::optional<base::Time> at, bool& goes_on);
  Result<void> copy(const std::string& name, std::uint64_t bytes);
  Result<void> write_anew(const BackupSegment& segment);
  Result<void> write_compacted_anew(std::uint64_t base);

  io::FileSystem& files_;
  const std::string& from_;
  const std::string& to_;
  const BackupManifest& manifest_;
  base::Random& random_;
  const FilesProgress& progress_;
  std::uint64_t bytes_done_ = 0, bytes_total_ = 0;   // each file is read twice: to check and to copy it
  std::map<std::uint64_t, BackupSegment> segments_;  // by base
  std::set<std::uint64_t> takes_compacted_;          // bases of those whose compacted file is restored
  std::uint64_t whole_from_ = 0;                     // end of the last compacted segment that is restored
  std::optional<base::Time> first_;                  // of the first record in the backup
  Restored restored_;
};

Result<Restored> Restore::run(std::optional<base::Time> at) {
  std::vector<std::uint64_t> snapshots;
  for (const BackupFile& file : manifest_.log) {
    ATHANOR_CHECK(check_bytes(file));
    tell_progress(file.bytes);
    if (const auto position = snapshot_position_of(file.name)) snapshots.push_back(*position);
  }
  ATHANOR_TRY(segments, segments_of(files_, from_, manifest_));
  segments_ = std::move(segments);
  ATHANOR_CHECK(find_end(at));
  if (!base::planted(base::Bug::RestoreLaterSnapshots))
    std::erase_if(snapshots, [&](std::uint64_t position) { return position > restored_.end; });
  if (whole_from_ > 0 && !base::planted(base::Bug::RestoreWithOldSnapshot) &&
      (snapshots.empty() || snapshots.back() < whole_from_)) {
    return Error{
        ErrorCode::IllegalStatus,
        fmt::format("The backup in {} has no state as of that moment: no run saw it before the server freed or "
                    "compacted what it rests on. Give a later moment, or an earlier one that a run has seen.",
                    from_),
        {}};
  }
  if (restored_.records == 0 && first_) {
    return Error{ErrorCode::IllegalStatus,
                 fmt::format("The backup in {} begins with a record of {}, and what is restored ends before the first "
                             "record that is later than the moment given: nothing would be left. Give that one, or a "
                             "later one.",
                             from_, base::to_iso8601_millis(*first_)),
                 {}};
  }
  for (const auto& [base, segment] : segments_) {
    // A plain one is needed even if none of its records are: a log ends in a plain segment.
    if (base > restored_.end || (base == restored_.end && base > whole_from_)) break;
    const bool is_compacted = takes_compacted_.contains(base);
    const std::string name = is_compacted ? compacted_name(base) : segment_name(base);
    if (restored_.end < manifest_.extent.end) {
      ATHANOR_CHECK(is_compacted ? write_compacted_anew(base) : write_anew(segment));
    } else {
      ATHANOR_CHECK(copy(name, is_compacted ? bytes_of(name) : kSegmentHeaderBytes + segment.until - base));
    }
    tell_progress(bytes_of(name));
  }
  for (const std::uint64_t position : snapshots) {
    const std::string name = snapshot_name(position);
    ATHANOR_CHECK(copy(name, bytes_of(name)));
    tell_progress(bytes_of(name));
  }
  // The mark tells the next start what must be there.
  const std::string mark = encode_commit_mark({.begin = manifest_.extent.begin, .end = restored_.end});
  ATHANOR_TRY(file, files_.open(fmt::format("{}/{}", to_, kCommitMarkName), io::OpenMode::Create));
  ATHANOR_CHECK(file->write_at(0, mark));
  ATHANOR_CHECK(file->sync());
  if (!base::planted(base::Bug::SkipRestoreDirectorySync)) ATHANOR_CHECK(files_.sync_directory(to_));
  return restored_;
}

std::uint64_t Restore::bytes_of(const std::string& name) const {
  return std::ranges::find(manifest_.log, name, &BackupFile::name)->bytes;
}

void Restore::tell_progress(std::uint64_t bytes) {
  bytes_done_ += bytes;
  if (progress_) progress_(bytes_done_, bytes_total_);
}

Result<void> Restore::check_bytes(const BackupFile& backed_up) {
  const std::string path = from_ + "/" + backed_up.name;
  auto file = files_.open(path, io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound) return corrupt(fmt::format("{} is missing.", path));
  if (!file) return std::move(file).error();
  ATHANOR_TRY(crc, copy_bytes(**file, nullptr, 0, backed_up.bytes, 0, path));
  if (crc == backed_up.crc) return {};
  return corrupt(
      fmt::format("{} is damaged: its first {} bytes are not those that were backed up.", path, backed_up.bytes));
}

Result<void> Restore::find_end(std::optional<base::Time> at) {
  restored_.end = whole_from_ = manifest_.extent.begin;
  bool goes_on = true;
  for (auto it = segments_.begin(); it != segments_.end() && goes_on; ++it) {
    const BackupSegment& segment = it->second;
    if (segment.base != restored_.end) {
      return corrupt(
          fmt::format("{}/{} does not begin where the file before it ends.", from_, segment_name(segment.base)));
    }
    const bool is_whole = std::next(it) == segments_.end() || segment.until == std::next(it)->first;
    const Restored before = restored_;
    if (segment.until > segment.base || segment.compacted_until == 0) ATHANOR_CHECK(scan_plain(segment, at, goes_on));
    if (!goes_on || is_whole || segment.compacted_until == 0) continue;
    restored_ = before;
    takes_compacted_.insert(segment.base);
    ATHANOR_CHECK(scan_compacted(segment, at, goes_on));
  }
  if (goes_on && restored_.end != manifest_.extent.end)
    return corrupt(fmt::format("The backup in {} ends too early.", from_));
  return {};
}

// Whether the record was written by then; if so, counts it.
bool Restore::takes(const RecordView& record, std::optional<base::Time> at) {
  if (!first_) first_ = record.time;
  if (at && record.time > *at) return false;
  if (at && record.time == *at && base::planted(base::Bug::RestoreWithoutLastMoment)) return false;
  ++restored_.records;
  restored_.last = record.time;
  return true;
}

Result<void> Restore::scan_plain(const BackupSegment& segment, std::optional<base::Time> at, bool& goes_on) {
  const std::string path = from_ + "/" + segment_name(segment.base);
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*file, path, segment.base));
  ATHANOR_TRY(scanned, scan_segment(*file, header, segment.base, segment.until, [&](const RecordView& record) {
                goes_on = takes(record, at);
                if (goes_on) restored_.end = record.position + record_bytes(record.payload.size());
                return goes_on;
              }));
  if (scanned.end == ScanEnd::BadRecord)
    return corrupt(fmt::format("{} holds no record at position {}.", path, scanned.position));
  return {};
}

// Records that were not kept cannot say when they were written, so a log that ends inside the segment has no state:
// whole_from_ is then the segment's end, which no snapshot reaches.
Result<void> Restore::scan_compacted(const BackupSegment& segment, std::optional<base::Time> at, bool& goes_on) {
  ATHANOR_TRY(file, CompactedFile::open(files_, from_, segment.base));
  whole_from_ = restored_.end = segment.compacted_until;
  ATHANOR_CHECK(file->scan(segment.base, [&](const RecordView& record) {
    goes_on = takes(record, at);
    if (!goes_on) restored_.end = record.position;
    return goes_on;
  }));
  return {};
}

Result<void> Restore::copy(const std::string& name, std::uint64_t bytes) {
  ATHANOR_TRY(source, files_.open(from_ + "/" + name, io::OpenMode::Read));
  ATHANOR_TRY(target, files_.open(to_ + "/" + name, io::OpenMode::Create));
  ATHANOR_CHECK(copy_bytes(*source, target.get(), 0, bytes, 0, from_ + "/" + name));
  return {};
}

// Copies up to the end of what is restored, with a new id. What is written after that is a different history from the
// backup's, and a later run must not confuse the two: whichever of the first files still exist by then, and of however
// many a compacted one was made, the id tells them apart.
Result<void> Restore::write_anew(const BackupSegment& segment) {
  const std::string name = segment_name(segment.base);
  ATHANOR_TRY(source, files_.open(from_ + "/" + name, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*source, from_ + "/" + name, segment.base));
  const SegmentHeader own{.id = random_.next(), .base = segment.base};
  ATHANOR_TRY(target, files_.open(to_ + "/" + name, io::OpenMode::Create));
  ATHANOR_CHECK(target->write_at(0, encode_segment_header(own)));
  const std::uint64_t end = std::min(segment.until, restored_.end);
  ATHANOR_CHECK(copy_records(*source, header, segment.base, end, *target, own.id));
  return base::planted(base::Bug::SkipRestoreSync) ? Result<void>{} : target->sync();
}

Result<void> Restore::write_compacted_anew(std::uint64_t base) {
  ATHANOR_TRY(source, CompactedFile::open(files_, from_, base));
  ATHANOR_TRY(writer, CompactedWriter::begin(files_, to_, random_.next(), base, source->header().end));
  ATHANOR_CHECK(writer->append_all(*source, base));
  ATHANOR_CHECK(writer->finish());
  return writer->put_in_place();
}

}  // namespace

Result<Restored> restore_log(io::FileSystem& files, const std::string& from, const std::string& to,
                             const BackupManifest& manifest, std::optional<base::Time> at, base::Random& random,
                             const FilesProgress& progress) {
  return Restore(files, from, to, manifest, random, progress).run(at);
}

}  // namespace athanor::storage
