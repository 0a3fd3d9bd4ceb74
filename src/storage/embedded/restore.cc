#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/planted.h"
#include "base/text.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/backup_check.h"
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
    for (const BackupFile& file : manifest.log) bytes_to_copy_ += file.bytes;
  }

  Result<Restored> run(const RestoreOptions& options);

 private:
  std::uint64_t bytes_of(const std::string& name) const;  // of a file of the backup
  void tell_progress(std::uint64_t bytes);
  Result<LogEnd> check(BackupReader& backup, const RestoreOptions& options) const;
  Error damaged(const Damage& damage) const;
  Result<void> copy(const std::string& name, std::uint64_t bytes);
  Result<void> write_anew(const BackupSegment& segment, std::uint64_t end);
  Result<void> write_compacted_anew(std::uint64_t base);

  io::FileSystem& files_;
  const std::string& from_;
  const std::string& to_;
  const BackupManifest& manifest_;
  base::Random& random_;
  const FilesProgress& progress_;
  std::uint64_t bytes_to_copy_ = 0, bytes_done_ = 0, bytes_total_ = 0;
};

Result<Restored> Restore::run(const RestoreOptions& options) {
  BackupReader backup{files_, from_, manifest_, [&](std::uint64_t done, std::uint64_t total) {
                        bytes_total_ = total + bytes_to_copy_;
                        tell_progress(done - bytes_done_);
                      }};
  ATHANOR_TRY(log, check(backup, options));
  const std::uint64_t end = log.restored.end;
  for (const auto& [base, segment] : backup.segments()) {
    // A plain one is needed even if none of its records are: a log ends in a plain segment.
    if (base > end || (base == end && base > log.whole_from)) break;
    const bool is_compacted = log.takes_compacted.contains(base);
    const std::string name = is_compacted ? compacted_name(base) : segment_name(base);
    if (end < manifest_.extent.end) {
      ATHANOR_CHECK(is_compacted ? write_compacted_anew(base) : write_anew(segment, end));
    } else {
      ATHANOR_CHECK(copy(name, is_compacted ? bytes_of(name) : kSegmentHeaderBytes + segment.until - base));
    }
    tell_progress(bytes_of(name));
  }
  for (const BackupFile& file : backup.manifest().log) {
    const auto position = snapshot_position_of(file.name);
    if (!position || (*position > end && !base::planted(base::Bug::RestoreLaterSnapshots))) continue;
    ATHANOR_CHECK(copy(file.name, file.bytes));
    tell_progress(file.bytes);
  }
  // The mark tells the next start what must be there.
  const std::string mark = encode_commit_mark({.begin = manifest_.extent.begin, .end = end});
  ATHANOR_TRY(file, files_.open(fmt::format("{}/{}", to_, kCommitMarkName), io::OpenMode::Create));
  ATHANOR_CHECK(file->write_at(0, mark));
  ATHANOR_CHECK(file->sync());
  if (!base::planted(base::Bug::SkipRestoreDirectorySync)) ATHANOR_CHECK(files_.sync_directory(to_));
  return log.restored;
}

Error Restore::damaged(const Damage& damage) const {
  return corrupt(fmt::format("{}/{} {}", from_, damage.file, damage.what));
}

// What check_backup does, as far as the moment.
Result<LogEnd> Restore::check(BackupReader& backup, const RestoreOptions& options) const {
  const auto& at = options.at;
  ATHANOR_TRY(damages, backup.compare());
  const auto needed = std::ranges::find_if(
      damages, [&](const Damage& damage) { return is_of_code(damage) ? !options.without_damaged_code : !at; });
  if (needed != damages.end()) return damaged(*needed);
  backup.leave_out(damages);
  const bool leaves_out_last = base::planted(base::Bug::RestoreWithoutLastMoment);
  bool is_past = false;
  ATHANOR_TRY(end, backup.read([&](const LogEnd&, base::Time next) {
    is_past = at && (next > *at || (leaves_out_last && next == *at));
    return is_past;
  }));
  // Segments come before snapshots and code.
  if (!is_past && !backup.reaches_end()) return damaged(damages[0]);
  if (!backup.has_state(end) && !base::planted(base::Bug::RestoreWithOldSnapshot)) {
    for (const Damage& damage : damages) {
      const auto position = snapshot_position_of(damage.file);
      if (position && *position >= end.whole_from && *position <= end.restored.end) return damaged(damage);
    }
    return Error{
        ErrorCode::IllegalStatus,
        fmt::format("The backup in {} has no state for that time: the server freed or compacted what it depends on "
                    "before a backup run. Give a later time, or an earlier one that a run has covered.",
                    from_),
        {}};
  }
  if (!backup.has_records(end)) {
    return Error{
        ErrorCode::IllegalStatus,
        fmt::format("The first record of the backup in {} is of {}, later than the time given, so nothing would be "
                    "restored. Give that time, or a later one.",
                    from_, base::to_iso8601_millis(*backup.first())),
        {}};
  }
  end.restored.without = std::move(damages);
  return end;
}

std::uint64_t Restore::bytes_of(const std::string& name) const {
  return std::ranges::find(manifest_.log, name, &BackupFile::name)->bytes;
}

void Restore::tell_progress(std::uint64_t bytes) {
  bytes_done_ += bytes;
  if (progress_) progress_(bytes_done_, bytes_total_);
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
Result<void> Restore::write_anew(const BackupSegment& segment, std::uint64_t end) {
  const std::string name = segment_name(segment.base);
  ATHANOR_TRY(source, files_.open(from_ + "/" + name, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*source, from_ + "/" + name, segment.base));
  const SegmentHeader own{.id = random_.next(), .base = segment.base};
  ATHANOR_TRY(target, files_.open(to_ + "/" + name, io::OpenMode::Create));
  ATHANOR_CHECK(target->write_at(0, encode_segment_header(own)));
  end = std::min(segment.until, end);
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
                             const BackupManifest& manifest, const RestoreOptions& options, base::Random& random,
                             const FilesProgress& progress) {
  return Restore(files, from, to, manifest, random, progress).run(options);
}

}  // namespace athanor::storage
