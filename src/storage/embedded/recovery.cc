#include "storage/embedded/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/planted.h"
#include "io/read_bytes.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/segment_file.h"
#include "storage/embedded/snapshot_file.h"

namespace athanor::storage {
namespace {

Result<std::unique_ptr<io::File>> lock_directory(io::FileSystem& files, const std::string& directory) {
  auto lock = files.lock(directory + "/" + std::string(kLockName));
  if (!lock && lock.error().code == ErrorCode::AlreadyExists) {
    return Error{ErrorCode::AlreadyExists,
                 fmt::format("The data directory {} is in use by another server, or by athanor log or backup. "
                             "Stop it, or use another directory.",
                             directory),
                 lock.error().message};
  }
  return lock;
}

class Recovery {
 public:
  Recovery(io::FileSystem& files, const std::string& directory, const EmbeddedLogSettings& settings)
      : files_(files), directory_(directory), settings_(settings) {}

  Result<Recovered> run(base::Random& random);

 private:
  Result<void> list_files();
  Result<void> choose_snapshot();
  Result<void> choose_kinds();
  Result<void> drop_merged();
  Result<void> open_segments();
  Result<void> open_compacted(std::uint64_t base, std::uint64_t next_base);
  std::uint64_t whole_from() const;
  Result<void> check_segment_size(const SegmentHeader& segment, const io::File& file, std::uint64_t next_base);
  Result<void> check_snapshot();
  Result<void> scan_records();
  Result<void> judge_tail();
  Result<void> mend_tail(bool torn);
  Result<void> remove_leftovers();

  std::string path_of(const SegmentHeader& segment) const { return directory_ + "/" + file_name(segment); }
  void witness(std::uint64_t position) { durable_ = std::max(durable_, position); }
  void report(const std::string& sentence) const {
    if (settings_.report) settings_.report(sentence);
  }

  io::FileSystem& files_;
  const std::string& directory_;
  const EmbeddedLogSettings& settings_;

  std::vector<std::uint64_t> bases_;   // of plain segments; after choose_kinds of all
  std::set<std::uint64_t> compacted_;  // bases of compacted ones
  struct Leftover {
    std::string name;
    std::string report;  // what to report about it, if anything
  };
  std::vector<Leftover> leftovers_;  // removed once the start has succeeded
  std::vector<std::uint64_t> snapshots_;
  std::vector<SegmentHeader> segments_;
  std::shared_ptr<io::File> tail_;  // the last segment's file
  std::optional<std::uint64_t> snapshot_;
  std::string snapshot_damage_;  // of newer ones; each sentence is preceded by a space
  std::uint64_t durable_ = 0;    // there is evidence that everything before it was durable
  std::uint64_t end_ = 0;        // after the last sound record
};

Result<Recovered> Recovery::run(base::Random& random) {
  ATHANOR_CHECK(check_is_no_backup(files_, directory_));
  ATHANOR_CHECK(files_.create_directories(directory_));
  ATHANOR_TRY(lock, lock_directory(files_, directory_));
  ATHANOR_CHECK(list_files());
  ATHANOR_TRY(marked, read_commit_mark(files_, directory_));
  if (marked) witness(marked->end);
  for (const std::uint64_t position : snapshots_) witness(position);
  ATHANOR_CHECK(choose_snapshot());
  ATHANOR_CHECK(choose_kinds());
  ATHANOR_CHECK(drop_merged());
  if (bases_.empty()) {
    if (durable_ > 0) {
      return corrupt(
          fmt::format("{} holds no segment, though the log was durable up to position {}: its files are "
                      "missing.",
                      directory_, durable_));
    }
    segments_.push_back({.id = random.next(), .base = 0});
    ATHANOR_TRY(tail, create_segment(files_, directory_, segments_[0],
                                     std::min(settings_.fill_ahead_bytes, settings_.segment_bytes)));
    tail_ = std::move(tail);
  } else {
    ATHANOR_CHECK(open_segments());
    if (marked && segments_[0].base > marked->begin) {
      return corrupt(
          fmt::format("The log in {} begins at position {}, although only what is before position {} has "
                      "been freed: its first files are missing.",
                      directory_, segments_[0].base, marked->begin));
    }
    ATHANOR_CHECK(check_snapshot());
    ATHANOR_CHECK(scan_records());
    ATHANOR_CHECK(judge_tail());
  }
  ATHANOR_CHECK(remove_leftovers());
  ATHANOR_TRY(mark, CommitMark::open(files_, directory_));
  if (const Extent extent{.begin = segments_[0].base, .end = end_}; marked != extent) {
    ATHANOR_CHECK(mark.write(extent));
    ATHANOR_CHECK(mark.sync());
  }
  // A server that died may have left names that were never synced; everything from here on builds on them.
  ATHANOR_CHECK(files_.sync_directory(directory_));
  ATHANOR_TRY(tail_bytes, tail_->size_bytes());
  return Recovered{.lock = std::move(lock),
                   .segments = std::move(segments_),
                   .tail = std::move(tail_),
                   .tail_bytes = tail_bytes,
                   .end = end_,
                   .snapshots = std::move(snapshots_),
                   .snapshot = snapshot_,
                   .mark = std::move(mark)};
}

Result<void> Recovery::list_files() {
  ATHANOR_TRY(names, files_.list(directory_));
  for (const std::string& name : names) {
    if (name.ends_with(kTemporarySuffix)) {
      if (!files_.list(directory_ + "/" + name)) leftovers_.push_back({name, {}});  // a directory is not ours
    } else if (const auto base = segment_base_of(name)) {
      bases_.push_back(*base);
    } else if (const auto compacted = compacted_base_of(name)) {
      compacted_.insert(*compacted);
    } else if (const auto position = snapshot_position_of(name)) {
      snapshots_.push_back(*position);
    } else if (name == kReserveName && settings_.reserve_bytes == 0) {
      leftovers_.push_back({name, {}});
    }
  }
  return {};  // sorting by name sorts by position
}

// Chooses the newest sound one. The others are removed after later ones are saved, so none may be of another version.
Result<void> Recovery::choose_snapshot() {
  for (auto position = snapshots_.rbegin(); position != snapshots_.rend(); ++position) {
    if (snapshot_) {
      ATHANOR_CHECK(check_snapshot_version(files_, directory_, *position));
      continue;
    }
    const auto snapshot = read_snapshot(files_, directory_, *position);
    if (snapshot)
      snapshot_ = *position;
    else if (snapshot.error().code == ErrorCode::Corrupt)
      snapshot_damage_ += " " + snapshot.error().message;
    else
      return snapshot.error();
  }
  return {};
}

// If a server died after creating a compacted segment and before removing the plain one, both exist. A sound compacted
// one wins if a snapshot holds what it leaves out: its name may have been durable, and its records are all that are
// still needed.
Result<void> Recovery::choose_kinds() {
  const std::vector<std::uint64_t> plain = std::exchange(bases_, {});
  std::ranges::set_union(plain, compacted_, std::back_inserter(bases_));
  for (const std::uint64_t base : plain) {
    if (!compacted_.contains(base)) continue;
    const auto next = std::ranges::upper_bound(bases_, base);
    const std::uint64_t end = next == bases_.end() ? kNoLimit : *next;
    ATHANOR_CHECK(check_made_from_plain(files_, directory_, base, end));
    ATHANOR_TRY(sound, is_sound_compacted(files_, directory_, base));
    if (sound && end <= snapshot_.value_or(0)) {
      leftovers_.push_back({segment_name(base), {}});
      continue;
    }
    leftovers_.push_back(
        {compacted_name(base),
         fmt::format("{}/{} {} and is removed: {} has everything that it was made from.", directory_,
                     compacted_name(base), sound ? "is newer than every snapshot" : "is damaged", segment_name(base))});
    compacted_.erase(base);
  }
  return {};
}

// Drops segments that were merged into one by a server that died before removing them. That one is read in full first:
// it may have been damaged since, and they may not.
Result<void> Recovery::drop_merged() {
  ATHANOR_TRY(merged, find_merged(files_, directory_, bases_, compacted_));
  std::set<std::uint64_t> into;
  for (const auto& [base, one] : merged) into.insert(one);
  for (const std::uint64_t one : into) {
    ATHANOR_TRY(sound, is_sound_compacted(files_, directory_, one));
    if (sound) continue;
    return corrupt(fmt::format("{}/{} is damaged after byte 0. Nothing was changed.", directory_, compacted_name(one)));
  }
  for (const auto& [base, one] : merged) {
    leftovers_.push_back({compacted_name(base), {}});
    std::erase(bases_, base);
    compacted_.erase(base);
  }
  return {};
}

// A compacted segment is never the last of the log: what would prove it complete comes after it.
Result<void> Recovery::open_compacted(std::uint64_t base, std::uint64_t next_base) {
  const std::string path = directory_ + "/" + compacted_name(base);
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  std::optional<std::string> problem;
  ATHANOR_TRY(header, read_compacted_header(*file, path, base, &problem));
  if (problem) report(fmt::format("{} {} Its copy at the end of the file is used instead.", path, *problem));
  ATHANOR_TRY(size, file->size_bytes());
  if (header.end > next_base) {
    return corrupt(
        fmt::format("{} ends at position {}, after the beginning of the next file at position {}: one of them is "
                    "from another log, or from another time. Nothing was changed.",
                    path, header.end, next_base));
  }
  if (header.end < next_base) {
    return corrupt(
        fmt::format("{} ends at position {}, and the next segment begins at position {}: records between them are "
                    "missing.",
                    path, header.end, next_base));
  }
  if (size < header.file_bytes()) {
    return corrupt(fmt::format("{} ends at byte {}, but should end at byte {}: records are missing.", path, size,
                               header.file_bytes()));
  }
  segments_.push_back({.id = header.id, .base = base, .kind = SegmentKind::Compacted});
  return {};
}

// Where the last compacted segment ends, or else the log begins: only from there on is every record present.
std::uint64_t Recovery::whole_from() const {
  std::uint64_t from = segments_[0].base;
  for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
    if (segments_[i].kind == SegmentKind::Compacted) from = segments_[i + 1].base;
  }
  return from;
}

Result<void> Recovery::open_segments() {
  if (compacted_.contains(bases_.back())) {
    return corrupt(fmt::format("{}/{} cannot be the last file of the log: the files after it are missing.", directory_,
                               compacted_name(bases_.back())));
  }
  witness(bases_.back());
  for (std::size_t i = 0; i < bases_.size(); ++i) {
    if (compacted_.contains(bases_[i])) {
      ATHANOR_CHECK(open_compacted(bases_[i], bases_[i + 1]));
      continue;
    }
    const std::string path = directory_ + "/" + segment_name(bases_[i]);
    const bool last = i + 1 == bases_.size();
    ATHANOR_TRY(file, files_.open(path, last ? io::OpenMode::ReadWrite : io::OpenMode::Read));
    ATHANOR_TRY(header, read_segment_header(*file, path, bases_[i]));
    if (!last) ATHANOR_CHECK(check_segment_size(header, *file, bases_[i + 1]));
    segments_.push_back(header);
    if (last) tail_ = std::move(file);
  }
  return {};
}

Result<void> Recovery::check_segment_size(const SegmentHeader& segment, const io::File& file, std::uint64_t next_base) {
  ATHANOR_TRY(size, file.size_bytes());
  if (size >= file_offset(segment, next_base)) return {};
  return corrupt(
      fmt::format("{} ends at byte {}, and the next segment begins at position {}: records between them are "
                  "missing.",
                  path_of(segment), size, next_base));
}

// If no snapshot is left, the state comes from the whole log, provided that it is still complete.
Result<void> Recovery::check_snapshot() {
  const std::uint64_t whole = whole_from();
  if (snapshot_.value_or(0) < whole) {
    if (snapshot_) snapshot_damage_ += fmt::format(" {} is older than the remaining log.", snapshot_name(*snapshot_));
    return corrupt(
        fmt::format("The log in {} is complete only from position {} on, and no snapshot holds what came before it: "
                    "a repair cannot bring that back, a backup can.{}",
                    directory_, whole, snapshot_damage_));
  }
  if (!snapshot_damage_.empty()) {
    report(fmt::format("The state is rebuilt from {}.{}", snapshot_ ? "an older snapshot" : "the whole log",
                       snapshot_damage_));
  }
  return {};
}

// From the beginning of the snapshot's segment, not from the snapshot: the records in between prove that the log
// reaches up to it.
Result<void> Recovery::scan_records() {
  const std::uint64_t from = snapshot_.value_or(0);
  bool is_foreign = false;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const SegmentHeader& segment = segments_[i];
    const bool last = i + 1 == segments_.size();
    const std::uint64_t to = last ? kNoLimit : segments_[i + 1].base;
    if (to <= from) continue;
    std::shared_ptr<io::File> file = tail_;
    if (!last) {
      ATHANOR_TRY(opened, files_.open(path_of(segment), io::OpenMode::Read));
      file = std::move(opened);
    }
    const auto scanned = scan_segment(*file, segment, segment.base, to, [&](const RecordView& record) {
      witness(record.durable_before);
      is_foreign = refutes_snapshot(record, from);
      return !is_foreign;
    });
    if (!scanned) return scanned.error();
    if (is_foreign) {
      return corrupt(
          fmt::format("{}/{} is from another log: its position is inside a record of {}. Nothing was changed.",
                      directory_, snapshot_name(from), file_name(segment)));
    }
    end_ = scanned->position;
    if (scanned->end == ScanEnd::BadRecord && !last) {
      return corrupt(fmt::format("{} {} Nothing was changed.", path_of(segment), bad_record(segment, end_)));
    }
  }
  return {};
}

// Judges what follows the last sound record of the last segment: zeros, the rest of a torn commit, or damage to what
// was durable.
Result<void> Recovery::judge_tail() {
  const SegmentHeader& segment = segments_.back();
  const io::File& file = *tail_;
  const std::uint64_t offset = file_offset(segment, end_);
  ATHANOR_TRY(size, file.size_bytes());
  ATHANOR_TRY(rest, io::read_bytes(file, offset, size > offset ? size - offset : 0));
  const bool torn = rest.find_first_not_of('\0') != std::string::npos;

  const std::string_view view = rest;
  for (std::size_t at = kRecordAlignment; torn && at + kRecordHeaderBytes <= view.size(); at += kRecordAlignment) {
    if (const auto record = parse_record(view.substr(at), segment, end_ + at)) witness(record->durable_before);
  }
  if (durable_ > end_) {
    return corrupt(
        fmt::format("{} is damaged at byte {}: the record there (position {}) cannot be read, though the log "
                    "was durable up to position {}. Nothing was changed.",
                    path_of(segment), offset, end_, durable_));
  }
  if (torn) {
    report(
        fmt::format("{} ends with an unfinished commit: {} bytes from byte {} on are cut off. Nothing "
                    "in them was acknowledged.",
                    path_of(segment), view.find_last_not_of('\0') + 1, offset));
  }
  return mend_tail(torn);
}

// Makes durable what is not proven to be, and removes what is torn, before anything is built on it. The unproven
// records are rewritten, not merely synced: after a failed sync, ext4 shows bytes that it believes to be on the disk
// but that are not, and syncing them again does nothing.
Result<void> Recovery::mend_tail(bool torn) {
  const SegmentHeader& segment = segments_.back();
  io::File& file = *tail_;
  if (durable_ == end_ && !torn) return {};
  if (base::planted(base::Bug::BelieveUnprovenRecords)) durable_ = end_;
  std::uint64_t at = file_offset(segment, durable_);
  ATHANOR_CHECK(read_in_pieces(file, path_of(segment), at, file_offset(segment, end_), [&](std::string_view piece) {
    const std::uint64_t offset = std::exchange(at, at + piece.size());
    return file.write_at(offset, piece);
  }));
  if (torn && !base::planted(base::Bug::KeepTornTail)) ATHANOR_CHECK(file.truncate(file_offset(segment, end_)));
  return file.sync();
}

// Second copies, and what was never finished: only now is it certain that the start does without them.
Result<void> Recovery::remove_leftovers() {
  // What stays must be durable before the others go.
  if (!leftovers_.empty()) ATHANOR_CHECK(files_.sync_directory(directory_));
  for (const Leftover& leftover : leftovers_) {
    if (!leftover.report.empty()) report(leftover.report);
    auto removed = files_.remove(directory_ + "/" + leftover.name);
    // The first segment's temporary file is already gone if the segment was begun again.
    if (!removed && removed.error().code != ErrorCode::NotFound) return removed;
  }
  return {};
}

}  // namespace

// Starting on a backup would alter it, and the next run of `athanor backup` would overwrite what had been accepted.
Result<void> check_is_no_backup(io::FileSystem& files, const std::string& directory) {
  const auto manifest = files.open(fmt::format("{}/{}", directory, kBackupManifestName), io::OpenMode::Read);
  if (!manifest) return {};
  return Error{
      ErrorCode::IllegalStatus,
      fmt::format("{} is a backup. athanor restore {} DIRECTORY makes a data directory from it.", directory, directory),
      {}};
}

Result<std::unique_ptr<io::File>> hold_log_directory(io::FileSystem& files, const std::string& directory) {
  ATHANOR_CHECK(check_is_no_backup(files, directory));
  const auto there = files.open(directory + "/" + std::string(kLockName), io::OpenMode::Read);
  if (!there && there.error().code == ErrorCode::NotFound) return std::unique_ptr<io::File>{};
  return lock_directory(files, directory);
}

Result<Recovered> recover(io::FileSystem& files, const std::string& directory, const EmbeddedLogSettings& settings,
                          base::Random& random) {
  return Recovery(files, directory, settings).run(random);
}

}  // namespace athanor::storage
