#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

class Restore {
 public:
  Restore(io::FileSystem& files, const std::string& from, const std::string& to, const BackupManifest& manifest)
      : files_(files), from_(from), to_(to), manifest_(manifest) {}

  Result<Restored> run(std::optional<base::Time> at);

 private:
  // Of one that was compacted before the backup had all of it, both files may be there: the beginning with all records,
  // and all of it with those that were kept.
  struct Segment {
    std::uint64_t base = 0;
    std::uint64_t until = 0;            // of the plain file; base: there is none
    std::uint64_t compacted_until = 0;  // 0: there is no compacted file
    bool takes_compacted = false;
  };
  Result<void> check_bytes(const BackupFile& file);
  Result<void> find_end(std::optional<base::Time> at);
  bool takes(const RecordView& record, std::optional<base::Time> at);
  Result<void> scan_plain(const Segment& segment, std::optional<base::Time> at, bool& goes_on);
  Result<void> scan_compacted(const Segment& segment, std::optional<base::Time> at, bool& goes_on);
  Result<void> copy(const std::string& name, std::uint64_t bytes);

  io::FileSystem& files_;
  const std::string& from_;
  const std::string& to_;
  const BackupManifest& manifest_;
  std::map<std::uint64_t, Segment> segments_;  // by base
  std::uint64_t whole_from_ = 0;               // behind the last compacted segment that is restored
  std::optional<base::Time> first_;            // of the first record in the backup
  Restored restored_;
};

Result<Restored> Restore::run(std::optional<base::Time> at) {
  std::vector<std::uint64_t> snapshots;
  for (const BackupFile& file : manifest_.log) {
    ATHANOR_CHECK(check_bytes(file));
    if (const auto base = segment_base_of(file.name)) {
      Segment& segment = segments_[*base];
      segment.base = *base;
      segment.until = *base + file.bytes - kSegmentHeaderBytes;
    }
    if (const auto base = compacted_base_of(file.name)) {
      ATHANOR_TRY(compacted, CompactedFile::open(files_, from_, *base));
      Segment& segment = segments_.try_emplace(*base, Segment{.base = *base, .until = *base}).first->second;
      segment.compacted_until = compacted->header().end;
    }
    if (const auto position = snapshot_position_of(file.name)) snapshots.push_back(*position);
  }
  ATHANOR_CHECK(find_end(at));
  std::erase_if(snapshots, [&](std::uint64_t position) { return position > restored_.end; });
  if (whole_from_ > 0 && (snapshots.empty() || snapshots.back() < whole_from_)) {
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
    // One is needed even when nothing of it is: a log ends in a plain segment.
    if (base > restored_.end || (base == restored_.end && base > whole_from_)) break;
    if (segment.takes_compacted) {
      const std::string name = compacted_name(base);
      ATHANOR_CHECK(copy(name, std::ranges::find(manifest_.log, name, &BackupFile::name)->bytes));
    } else {
      ATHANOR_CHECK(copy(segment_name(base), kSegmentHeaderBytes + std::min(segment.until, restored_.end) - base));
    }
  }
  for (const std::uint64_t position : snapshots) {
    const std::string name = snapshot_name(position);
    const auto file = std::ranges::find(manifest_.log, name, &BackupFile::name);
    ATHANOR_CHECK(copy(name, file->bytes));
  }
  // With it the next start knows what must be there.
  const std::string mark = encode_commit_mark({.begin = manifest_.extent.begin, .end = restored_.end});
  ATHANOR_TRY(file, files_.open(fmt::format("{}/{}", to_, kCommitMarkName), io::OpenMode::Create));
  ATHANOR_CHECK(file->write_at(0, mark));
  ATHANOR_CHECK(file->sync());
  ATHANOR_CHECK(files_.sync_directory(to_));
  return restored_;
}

Result<void> Restore::check_bytes(const BackupFile& backed_up) {
  const std::string path = from_ + "/" + backed_up.name;
  auto file = files_.open(path, io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound)
    return Error{ErrorCode::Corrupt, fmt::format("{} is missing.", path), {}};
  if (!file) return std::move(file).error();
  ATHANOR_TRY(crc, copy_bytes(**file, nullptr, 0, backed_up.bytes, 0, path));
  if (crc == backed_up.crc) return {};
  return Error{
      ErrorCode::Corrupt,
      fmt::format("{} is damaged: its first {} bytes are not those that were backed up.", path, backed_up.bytes),
      {}};
}

Result<void> Restore::find_end(std::optional<base::Time> at) {
  restored_.end = whole_from_ = manifest_.extent.begin;
  bool goes_on = true;
  for (auto it = segments_.begin(); it != segments_.end() && goes_on; ++it) {
    Segment& segment = it->second;
    if (segment.base != restored_.end) {
      return Error{
          ErrorCode::Corrupt,
          fmt::format("{}/{} does not begin where the file before it ends.", from_, segment_name(segment.base)),
          {}};
    }
    const bool is_whole = std::next(it) == segments_.end() || segment.until == std::next(it)->first;
    const Restored before = restored_;
    if (segment.until > segment.base || segment.compacted_until == 0) ATHANOR_CHECK(scan_plain(segment, at, goes_on));
    if (!goes_on || is_whole || segment.compacted_until == 0) continue;
    restored_ = before;
    segment.takes_compacted = true;
    ATHANOR_CHECK(scan_compacted(segment, at, goes_on));
  }
  if (goes_on && restored_.end != manifest_.extent.end)
    return Error{ErrorCode::Corrupt, fmt::format("The backup in {} ends too early.", from_), {}};
  return {};
}

// Whether the record was written by then; it is counted.
bool Restore::takes(const RecordView& record, std::optional<base::Time> at) {
  if (!first_) first_ = record.time;
  if (at && record.time > *at) return false;
  ++restored_.records;
  restored_.last = record.time;
  return true;
}

Result<void> Restore::scan_plain(const Segment& segment, std::optional<base::Time> at, bool& goes_on) {
  const std::string path = from_ + "/" + segment_name(segment.base);
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*file, path, segment.base));
  ATHANOR_TRY(scanned, scan_segment(*file, header, segment.base, segment.until, [&](const RecordView& record) {
                goes_on = takes(record, at);
                if (goes_on) restored_.end = record.position + record_bytes(record.payload.size());
                return goes_on;
              }));
  if (scanned.end == ScanEnd::BadRecord)
    return Error{ErrorCode::Corrupt, fmt::format("{} holds no record at position {}.", path, scanned.position), {}};
  return {};
}

// What was not kept is not there to say when it was written: a log that ends within the segment has no state. Its end
// is said to be there, and no snapshot reaches it.
Result<void> Restore::scan_compacted(const Segment& segment, std::optional<base::Time> at, bool& goes_on) {
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

}  // namespace

Result<Restored> restore_log(io::FileSystem& files, const std::string& from, const std::string& to,
                             const BackupManifest& manifest, std::optional<base::Time> at) {
  return Restore(files, from, to, manifest).run(at);
}

}  // namespace athanor::storage
