#include "storage/embedded/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/planted.h"
#include "io/read_bytes.h"
#include "storage/embedded/backup_segments.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/inspect.h"
#include "storage/embedded/open.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/segment_file.h"
#include "storage/embedded/snapshot_file.h"

namespace athanor::storage {
namespace {

// How often files may be freed during a copy before it gives up: each time the mark is newer and less is left to copy.
constexpr int kAttempts = 100;

constexpr std::string_view kOtherRecords = "holds different records than the backup, as after a repair or a restore";

Result<Extent> read_mark(io::FileSystem& files, const std::string& directory) {
  const std::string path = fmt::format("{}/{}", directory, kCommitMarkName);
  Error last;
  // Read while the server writes it, it may be half old and half new.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ATHANOR_TRY(file, files.open(path, io::OpenMode::Read));
    ATHANOR_TRY(bytes, io::read_bytes(*file, 0, kCommitMarkBytes));
    auto extent = decode_commit_mark(bytes);
    if (extent) return extent;
    last = extent.error();
    if (last.code != ErrorCode::Corrupt) break;
  }
  return about_file(path, last);
}

class Backup {
 public:
  Backup(io::FileSystem& files, const std::string& from, const std::string& to,
         const std::optional<BackupManifest>& before, const FilesProgress& progress, const std::function<void()>& wait)
      : files_(files), from_(from), to_(to), before_(before), progress_(progress), wait_(wait) {
    if (before_) {
      for (const BackupFile& file : before_->log) held_[file.name] = file;
    }
  }

  Result<BackupManifest> run();

 private:
  Result<void> find_extent();
  Result<void> find_extent_of_stopped();
  Result<bool> is_mark_whole(const Extent& mark);
  Result<bool> has_record_from(std::uint64_t position) const;
  Result<bool> pass();
  Error refusal(std::string_view why) const;
  Result<void> check_goes_on(const std::vector<SegmentHeader>& segments) const;
  Result<bool> holds_beginning_of(const SegmentHeader& segment) const;
  Result<void> check_follow_each_other(const BackupManifest& manifest) const;
  Result<std::uint64_t> id_of(const std::string& directory, const SegmentHeader& segment) const;
  bool holds_whole(std::uint64_t base, std::uint64_t until) const;
  Result<void> copy_segment(std::uint64_t base, std::uint64_t until);
  Result<std::uint64_t> copy_compacted(std::uint64_t base);
  Result<std::uint64_t> held_until(std::uint64_t base, std::uint64_t end) const;
  Result<void> copy_rest(const CompactedFile& source, std::uint64_t base);
  Result<void> check_same_records(const CompactedFile& source, std::uint64_t until) const;
  bool can_be_restored(const std::vector<SegmentHeader>& segments) const;
  Result<void> copy_snapshot(std::uint64_t position);

  io::FileSystem& files_;
  const std::string& from_;
  const std::string& to_;
  const std::optional<BackupManifest>& before_;
  const FilesProgress& progress_;
  const std::function<void()>& wait_;
  std::map<std::string, BackupFile> held_;  // by name: what is in the backup
  Extent extent_;                           // of the log, as of this pass
  std::optional<Extent> first_mark_;        // as first read while others held the log
};

Result<BackupManifest> Backup::run() {
  if (!before_) ATHANOR_CHECK(check_is_no_log(files_, to_));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ATHANOR_CHECK(find_extent());
    const auto done = pass();
    // A file that was there when the directory was listed has been freed.
    if (!done && done.error().code == ErrorCode::NotFound) continue;
    if (!done) return done.error();
    if (!*done) continue;
    if (!base::planted(base::Bug::SkipBackupDirectorySync)) ATHANOR_CHECK(files_.sync_directory(to_));
    BackupManifest manifest{.extent = extent_};
    if (before_ && !base::planted(base::Bug::ForgetWhatTheLogFreed))
      manifest.extent.begin = std::min(manifest.extent.begin, before_->extent.begin);
    for (auto& [name, file] : held_) {
      // What an earlier pass of a first backup copied and the log has freed since is not part of the backup.
      if (const auto position = position_in_name(name); position && *position < manifest.extent.begin) continue;
      manifest.log.push_back(std::move(file));
    }
    ATHANOR_CHECK(check_follow_each_other(manifest));
    return manifest;
  }
  return Error{ErrorCode::Unavailable, fmt::format("Files of {} are freed faster than they can be copied.", from_), {}};
}

// No server may start while this runs, so it reads no more than a start does: a start that comes meanwhile fails, and a
// supervisor may leave it at that. What is older is checked when it is copied. A server that starts later finds and
// keeps all that is found here. The exception is a power cut in between: what a server had written but not synced when
// it died may then exist only in the copy, and a later run is refused.
Result<void> Backup::find_extent() {
  for (int attempt = 0; attempt < kMarkAttempts; ++attempt) {
    const auto held = hold_log_directory(files_, from_);
    if (!held && held.error().code != ErrorCode::AlreadyExists) return held.error();
    if (held ? !base::planted(base::Bug::BackUpStoppedByMark) : base::planted(base::Bug::BackUpBeyondMark))
      return find_extent_of_stopped();
    ATHANOR_TRY(mark, read_mark(files_, from_));
    extent_ = mark;
    if (held) return {};
    ATHANOR_TRY(is_whole, is_mark_whole(mark));
    if (is_whole) return {};
    if (wait_) wait_();
  }
  return Error{ErrorCode::Unavailable,
               fmt::format("{} has records after its commit mark, as after a power cut, and another process holds it "
                           "that has not written the mark for so long: nothing was backed up. Unless that is a running "
                           "server, wait until it has ended, start the server once, then back up.",
                           from_),
               {}};
}

Result<void> Backup::find_extent_of_stopped() {
  ATHANOR_TRY(names, files_.list(from_));
  Inspecting inspecting;
  for (const std::string& name : names)
    inspecting.from = std::max(inspecting.from, snapshot_position_of(name).value_or(0));
  ATHANOR_TRY(found, inspect(files_, from_, inspecting));
  if (!found.is_sound()) {
    const Damage& damage = found.damages.front();
    return corrupt(fmt::format("{}/{} {}", from_, damage.file, damage.what));
  }
  extent_ = {.begin = found.begin, .end = found.end};
  return {};
}

// Whether everything acknowledged lies before its end, though others hold the log: they may be athanor log, another
// backup, or a server that is starting after a power cut, and the mark is from before that. It is whole if it has
// changed since it was first read, for only a server that has started writes it; or if no record follows it.
Result<bool> Backup::is_mark_whole(const Extent& mark) {
  if (!first_mark_) first_mark_ = mark;
  if (*first_mark_ != mark) return true;
  const auto has_record = has_record_from(mark.end);
  // A file that was freed: the mark has changed, too.
  if (!has_record && has_record.error().code == ErrorCode::NotFound) return false;
  if (!has_record) return has_record.error();
  return !*has_record;
}

Result<bool> Backup::has_record_from(std::uint64_t position) const {
  ATHANOR_TRY(names, files_.list(from_));
  std::optional<std::uint64_t> tail;
  for (const std::string& name : names) {
    if (const auto base = segment_base_of(name)) tail = std::max(tail.value_or(0), *base);
  }
  if (!tail) return false;
  if (*tail > position) return true;  // a segment is begun only when all before it is durable
  const std::string path = from_ + "/" + segment_name(*tail);
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*file, path, *tail));
  ATHANOR_TRY(found, find_record(*file, header, position, kNoLimit));
  return found.has_value();
}

// Copies everything covered by one reading of the mark. False when the directory has moved on meanwhile.
Result<bool> Backup::pass() {
  ATHANOR_TRY(names, files_.list(from_));
  std::vector<SegmentHeader> segments;  // their ids are not known yet
  std::vector<std::uint64_t> snapshots;
  for (const std::string& name : names) {
    const auto base = segment_base_of(name);
    if (base && (*base < extent_.end || segments.empty())) {
      // While a compacted segment replaces a plain one, the plain one, which has everything, follows it in the list.
      if (!segments.empty() && segments.back().base == *base) segments.pop_back();
      segments.push_back({.base = *base});
    }
    if (const auto compacted = compacted_base_of(name); compacted && *compacted < extent_.end)
      segments.push_back({.base = *compacted, .kind = SegmentKind::Compacted});
    const auto position = snapshot_position_of(name);
    if (position && *position >= extent_.begin && *position <= extent_.end) snapshots.push_back(*position);
  }
  std::erase_if(segments, [&](const SegmentHeader& segment) { return segment.base < extent_.begin; });
  if (segments.empty() || segments.front().base != extent_.begin || (snapshots.empty() && extent_.begin > 0))
    return false;
  ATHANOR_CHECK(check_goes_on(segments));
  std::uint64_t compacted_until = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::uint64_t base = segments[i].base;
    const std::uint64_t until = i + 1 < segments.size() ? segments[i + 1].base : extent_.end;
    if (base < compacted_until) continue;  // was merged into the one before it since the names were listed
    if (segments[i].kind == SegmentKind::Plain) {
      ATHANOR_CHECK(copy_segment(base, until));
    } else {
      ATHANOR_TRY(end, copy_compacted(base));
      compacted_until = end;
    }
    if (progress_) progress_(until - extent_.begin, extent_.end - extent_.begin);
  }
  for (const std::uint64_t position : snapshots) ATHANOR_CHECK(copy_snapshot(position));
  return can_be_restored(segments) || base::planted(base::Bug::BackUpCompactedWithoutSnapshot);
}

// Whether the backup has all records of the segment, as an earlier run copied it.
bool Backup::holds_whole(std::uint64_t base, std::uint64_t until) const {
  const auto held = held_.find(segment_name(base));
  return held != held_.end() && held->second.bytes >= kSegmentHeaderBytes + until - base;
}

// Segments may have been compacted, as newer snapshots allow, since the names were listed.
bool Backup::can_be_restored(const std::vector<SegmentHeader>& segments) const {
  std::uint64_t whole_from = extent_.begin;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::uint64_t until = i + 1 < segments.size() ? segments[i + 1].base : extent_.end;
    if (!holds_whole(segments[i].base, until)) whole_from = until;
  }
  return whole_from == 0 || std::ranges::any_of(held_, [&](const auto& entry) {
           const auto position = snapshot_position_of(entry.first);
           return position && *position >= whole_from && *position <= extent_.end;
         });
}

Error Backup::refusal(std::string_view why) const {
  return {ErrorCode::IllegalStatus, fmt::format("{} {}: back up into another directory.", from_, why), {}};
}

// Checks that the backup holds the beginning of this log and that nothing written since has been freed: up to the
// backup's end both have the same segments, except those that were merged into a compacted one.
Result<void> Backup::check_goes_on(const std::vector<SegmentHeader>& segments) const {
  if (!before_ || base::planted(base::Bug::AddToAnotherLog)) return {};
  if (extent_.end < before_->extent.end) return refusal("ends before the end of the backup");
  if (extent_.begin > before_->extent.end) return refusal("has freed records that are not in the backup");
  for (const SegmentHeader& segment : segments) {
    if (segment.base >= before_->extent.end) break;
    ATHANOR_TRY(holds_beginning, holds_beginning_of(segment));
    if (!holds_beginning) return refusal(kOtherRecords);
  }
  for (const BackupFile& held : before_->log) {
    const auto base = base_in_name(held.name);
    if (!base || *base < extent_.begin) continue;
    const SegmentHeader& there = *std::prev(std::ranges::upper_bound(segments, *base, {}, &SegmentHeader::base));
    if (there.base != *base && there.kind == SegmentKind::Plain) return refusal(kOtherRecords);
  }
  return {};
}

// Compares the id and, for a segment that was still growing, all bytes. For one compacted since, the id is enough.
Result<bool> Backup::holds_beginning_of(const SegmentHeader& segment) const {
  ATHANOR_TRY(id, id_of(from_, segment));
  bool same = false;
  for (const auto kind : {SegmentKind::Plain, SegmentKind::Compacted}) {
    const SegmentHeader held{.base = segment.base, .kind = kind};
    if (!held_.contains(file_name(held))) continue;
    ATHANOR_TRY(held_id, id_of(to_, held));
    same |= id == held_id;
  }
  const auto held = held_.find(file_name(segment));
  if (!same || segment.kind == SegmentKind::Compacted || held == held_.end() ||
      segment.base + held->second.bytes - kSegmentHeaderBytes != before_->extent.end)
    return same;
  const std::string path = from_ + "/" + held->first;
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(size, file->size_bytes());
  if (size < held->second.bytes) return false;
  ATHANOR_TRY(crc, copy_bytes(*file, nullptr, 0, held->second.bytes, 0, path));
  return crc == held->second.crc;
}

// Each segment must end, in one of its files, where the next begins: otherwise nothing after it could be restored.
Result<void> Backup::check_follow_each_other(const BackupManifest& manifest) const {
  ATHANOR_TRY(segments, segments_of(files_, to_, manifest));
  std::uint64_t position = manifest.extent.begin;
  for (auto it = segments.begin(); it != segments.end(); ++it) {
    const std::uint64_t next = std::next(it) == segments.end() ? manifest.extent.end : std::next(it)->first;
    const BackupSegment& segment = it->second;
    if (segment.base != position || (segment.until != next && segment.compacted_until != next))
      return refusal("does not continue where the backup's files end");
    position = next;
  }
  return {};
}

Result<std::uint64_t> Backup::id_of(const std::string& directory, const SegmentHeader& segment) const {
  const std::string path = directory + "/" + file_name(segment);
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  if (segment.kind == SegmentKind::Plain) {
    ATHANOR_TRY(header, read_segment_header(*file, path, segment.base));
    return header.id;
  }
  ATHANOR_TRY(header, read_compacted_header(*file, path, segment.base));
  return header.id;
}

// How far the backup's files reach from `base` on without a gap, but at most `end`.
Result<std::uint64_t> Backup::held_until(std::uint64_t base, std::uint64_t end) const {
  while (base < end) {
    const auto plain = held_.find(segment_name(base));
    const std::uint64_t plain_end =
        plain == held_.end() ? base : base + plain->second.bytes - std::min(plain->second.bytes, kSegmentHeaderBytes);
    // A plain file that no other continues is the beginning of a segment that has grown since, or was left by an
    // interrupted run.
    if (plain_end >= end) return end;
    if (plain_end > base && (held_.contains(segment_name(plain_end)) || held_.contains(compacted_name(plain_end)))) {
      base = plain_end;
    } else if (held_.contains(compacted_name(base))) {
      ATHANOR_TRY(held, CompactedFile::open(files_, to_, base));
      base = held->header().end;
    } else {
      break;
    }
  }
  return std::min(base, end);
}

// Copies what the backup does not hold of it yet: it may have been made of several, some of which are there. Checks
// each block. Returns where the segment ends.
Result<std::uint64_t> Backup::copy_compacted(std::uint64_t base) {
  const std::string name = compacted_name(base);
  const std::string path = from_ + "/" + name;
  ATHANOR_TRY(checked, CompactedFile::open(files_, from_, base));
  const std::uint64_t checked_end = checked->header().end;
  ATHANOR_TRY(held, held_until(base, checked_end));
  if (held == checked_end) return held;
  if (held > base) {
    ATHANOR_CHECK(check_same_records(*checked, held));
    ATHANOR_CHECK(copy_rest(*checked, held));
    return checked_end;
  }
  ATHANOR_CHECK(checked->scan(base, [](const RecordView&) { return true; }));
  // Reopened: a newer file of the same name may have replaced it, so the checksum is of what is copied, and the size
  // comes from that file's header.
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_compacted_header(*file, path, base));
  ATHANOR_TRY(target, io::open_or_create(files_, to_ + "/" + name));
  ATHANOR_CHECK(target->truncate(0));
  ATHANOR_TRY(crc, copy_bytes(*file, target.get(), 0, header.file_bytes(), 0, path));
  held_[name] = {name, header.file_bytes(), crc};
  return header.end;
}

// If two servers continued from the whole of one backup, one may have made a compacted segment from files that both
// have and from its own; it has the id of the first. So the records it keeps before `until` are compared.
Result<void> Backup::check_same_records(const CompactedFile& source, std::uint64_t until) const {
  if (!before_) return {};
  until = std::min(until, before_->extent.end);
  ATHANOR_TRY(segments, segments_of(files_, to_, *before_));
  HeldRecords held{files_, to_, std::move(segments)};
  Result<bool> is_same = true;
  ATHANOR_CHECK(source.scan(source.header().base, [&](const RecordView& record) {
    if (record.position >= until) return false;
    is_same = held.has(record);
    return is_same && *is_same;
  }));
  if (!is_same) return is_same.error();
  return *is_same ? Result<void>{} : refusal(kOtherRecords);
}

// Copies what follows `base`, as a separate compacted segment.
Result<void> Backup::copy_rest(const CompactedFile& source, std::uint64_t base) {
  ATHANOR_TRY(writer, CompactedWriter::begin(files_, to_, source.header().id, base, source.header().end));
  ATHANOR_CHECK(writer->append_all(source, base));
  ATHANOR_TRY(header, writer->finish());
  ATHANOR_CHECK(writer->put_in_place());
  const std::string name = compacted_name(base);
  ATHANOR_TRY(file, files_.open(to_ + "/" + name, io::OpenMode::Read));
  ATHANOR_TRY(crc, copy_bytes(*file, nullptr, 0, header.file_bytes(), 0, to_ + "/" + name));
  held_[name] = {name, header.file_bytes(), crc};
  return {};
}

Result<void> Backup::copy_segment(std::uint64_t base, std::uint64_t until) {
  const std::string name = segment_name(base);
  const std::string path = from_ + "/" + name;
  const auto found = held_.find(name);
  BackupFile held = found == held_.end() ? BackupFile{.name = name} : found->second;
  const std::uint64_t bytes = kSegmentHeaderBytes + until - base;
  if (held.bytes >= bytes) return {};
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_segment_header(*file, path, base));
  const std::uint64_t from = held.bytes == 0 ? base : base + held.bytes - kSegmentHeaderBytes;
  ATHANOR_TRY(scanned, scan_segment(*file, header, from, until, [](const RecordView&) { return true; }));
  if (scanned.end == ScanEnd::BadRecord)
    return corrupt(fmt::format("{} {}", path, bad_record(header, scanned.position)));
  ATHANOR_TRY(target, io::open_or_create(files_, to_ + "/" + name));
  const bool believes = base::planted(base::Bug::BelieveWhatARunLeft) && target->size_bytes().value_or(0) >= bytes;
  ATHANOR_TRY(crc, copy_bytes(believes ? *target : *file, target.get(), held.bytes, bytes, held.crc, path));
  held.bytes = bytes;
  held.crc = crc;
  held_[name] = std::move(held);
  return {};
}

Result<void> Backup::copy_snapshot(std::uint64_t position) {
  const std::string name = snapshot_name(position);
  if (held_.contains(name)) return {};
  ATHANOR_TRY(snapshot, read_snapshot(files_, from_, position));
  const std::string bytes = encode_snapshot_header(position, snapshot.state) + snapshot.state;
  ATHANOR_TRY(target, io::open_or_create(files_, to_ + "/" + name));
  ATHANOR_CHECK(target->write_at(0, bytes));
  ATHANOR_CHECK(target->sync());
  held_[name] = {name, bytes.size(), crc32c(0, bytes)};
  return {};
}

}  // namespace

// A first run writes only where there is nothing, or the remains of an interrupted run.
Result<void> check_is_no_log(io::FileSystem& files, const std::string& directory) {
  const auto names = files.list(directory);
  if (!names) return names.error().code == ErrorCode::NotFound ? Result<void>{} : names.error();
  const auto has = [&](std::string_view name) { return std::ranges::find(*names, name) != names->end(); };
  if (has(kBackupManifestName) || (!has(kCommitMarkName) && !has(kReserveName))) return {};
  return Error{ErrorCode::IllegalStatus,
               fmt::format("{} holds the log of a server: nothing was written there. Give a directory that "
                           "does not exist, is empty, or holds a backup of this log.",
                           directory),
               {}};
}

Result<BackupManifest> back_up_log(io::FileSystem& files, const std::string& from, const std::string& to,
                                   const std::optional<BackupManifest>& before, const FilesProgress& progress,
                                   const std::function<void()>& wait) {
  return Backup(files, from, to, before, progress, wait).run();
}

}  // namespace athanor::storage
