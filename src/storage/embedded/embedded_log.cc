#include "storage/embedded/embedded_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "base/planted.h"
#include "io/read_bytes.h"
#include "log/records_lost.h"
#include "storage/embedded/segment_file.h"
#include "storage/embedded/snapshot_file.h"

namespace athanor::storage {
namespace {

constexpr std::size_t kReadBytes = 4'096;  // read at first for one record: most are shorter, header included
// Under load, small commits come between large ones, and the next large one would use up the zeros written after them:
// as many zeros would be written as records.
constexpr int kSmallCommitsUntilFill = 16;
constexpr std::size_t kPlacesToldMax = 100;  // further ones are left to athanor log verify
constexpr std::size_t kSnapshotsKept = 2;    // the newest, and the one to fall back to

Error damaged_record(const SegmentSet::Found& segment, std::uint64_t position) {
  return corrupt("A record of the log cannot be read.",
                 fmt::format("{}, byte {}: no sound record at position {}.", segment.path,
                             file_offset(segment.header, position), position));
}

}  // namespace

Result<std::unique_ptr<log::Log>> open_embedded_log(io::FileSystem& files, std::string directory,
                                                    EmbeddedLogSettings settings) {
  if (settings.segment_bytes == 0 || settings.staged_bytes_max == 0 || settings.staged_bytes_max > (1U << 30)) {
    return invalid_input("segment_bytes must be at least 1, and staged_bytes_max between 1 and 1 GiB.");
  }
  if (settings.compacted_neighbours_min < 2) return invalid_input("compacted_neighbours_min must be at least 2.");
  base::Random random{settings.seed};
  auto recovered = recover(files, directory, settings, random);
  if (!recovered) return std::move(recovered).error();
  auto log = std::make_unique<EmbeddedLog>(files, std::move(directory), settings, random, *std::move(recovered));
  if (settings.reserve_bytes > 0) ATHANOR_CHECK(log->make_room());
  return std::unique_ptr<log::Log>(std::move(log));
}

EmbeddedLog::EmbeddedLog(io::FileSystem& files, std::string directory, const EmbeddedLogSettings& settings,
                         base::Random random, Recovered recovered)
    : files_(files),
      directory_(std::move(directory)),
      settings_(settings),
      lock_(std::move(recovered.lock)),
      segments_(files, directory_, recovered.segments, recovered.tail, settings.open_files_max),
      random_(random),
      end_(recovered.end),
      staged_segment_(recovered.segments.back()),
      tail_segment_(recovered.segments.back()),
      tail_(std::move(recovered.tail)),
      tail_filled_(recovered.tail_bytes),
      mark_(std::move(recovered.mark)),
      reserve_(files, directory_, settings.reserve_bytes),
      compactor_(files, directory_, segments_, names_mutex_, settings_.compacted_neighbours_min, settings_.report),
      committed_(recovered.end),
      snapshots_(std::move(recovered.snapshots)),
      snapshot_(recovered.snapshot) {
  staged_.restart(end_);
}

// --- Appending

Result<log::LogPosition> EmbeddedLog::append(log::RecordType type, base::Time time, std::string_view payload) {
  if (stopped_) return stopped_error();
  if (payload.size() > limits::kRecordBytes) {
    return Error{ErrorCode::RequestTooLarge, fmt::format("A record holds at most {} bytes.", limits::kRecordBytes), {}};
  }
  const std::uint32_t payload_crc = padded_crc(payload);
  const std::lock_guard lock(staged_mutex_);
  const std::size_t size = record_bytes(payload.size());
  // A record larger than the limit is accepted on its own: otherwise it never could be.
  if (!staged_.bytes.empty() && staged_.bytes.size() + size > settings_.staged_bytes_max) {
    return Error{ErrorCode::Throttled, "The disk is slower than what comes in. Try again later.", {}};
  }
  if (end_ - staged_segment_.base >= settings_.segment_bytes) {
    staged_segment_ = {.id = random_.next(), .base = end_};
    staged_.new_segments.push_back(staged_segment_);
  }
  const std::uint64_t position = end_;
  append_record(staged_.bytes, staged_segment_.id,
                {.position = position,
                 .durable_before = std::max(staged_.start, staged_segment_.base),
                 .type = type,
                 .time = time,
                 .payload = payload},
                payload_crc);
  end_ += size;
  return log::LogPosition{position};
}

// --- Committing

void EmbeddedLog::Batch::restart(std::uint64_t position) {
  start = position;
  bytes.clear();
  new_segments.clear();
}

EmbeddedLog::Batch& EmbeddedLog::take_staged() {
  const std::lock_guard lock(staged_mutex_);
  writing_.restart(staged_.start + staged_.bytes.size());
  std::swap(staged_, writing_);
  return writing_;
}

Result<log::LogPosition> EmbeddedLog::commit() {
  if (stopped_) return stopped_error();
  const Batch& batch = take_staged();
  if (!batch.bytes.empty()) {
    if (const auto written = write_batch(batch); !written && !base::planted(base::Bug::GoOnAfterFailedSync))
      return stop(written.error());
    committed_ = batch.start + batch.bytes.size();
  }
  return commit_position();
}

Result<void> EmbeddedLog::write_batch(const Batch& batch) {
  const std::string_view bytes = batch.bytes;
  std::uint64_t position = batch.start;
  const auto write_up_to = [&](std::uint64_t end) -> Result<void> {
    const std::string_view piece = bytes.substr(position - batch.start, end - position);
    position = end;
    return piece.empty() ? Result<void>{} : write_durably(end - piece.size(), piece);
  };
  for (const SegmentHeader& next : batch.new_segments) {
    ATHANOR_CHECK(write_up_to(next.base));
    ATHANOR_CHECK(begin_segment(next));
  }
  if (base::planted(base::Bug::TearEndOfBatch)) return write_up_to(batch.start + bytes.size() - kRecordAlignment);
  ATHANOR_CHECK(write_up_to(batch.start + bytes.size()));
  return mark_.write({.begin = segments_.first_base(), .end = position});
}

Result<void> EmbeddedLog::write_durably(std::uint64_t position, std::string_view bytes) {
  const std::uint64_t offset = file_offset(tail_segment_, position);
  const std::uint64_t end = offset + bytes.size();
  ATHANOR_CHECK(with_reserve([&] { return tail_->write_at(offset, bytes); }));
  tail_filled_ = std::max(tail_filled_, end);
  if (bytes.size() >= settings_.large_commit_bytes)
    small_commits_until_fill_ = kSmallCommitsUntilFill;
  else if (small_commits_until_fill_ > 0)
    --small_commits_until_fill_;
  // Zeros are optional: without room for them everything continues.
  if (const auto filled = small_commits_until_fill_ == 0 ? fill_ahead(end) : Result<void>{}; !filled) {
    if (filled.error().code != ErrorCode::DiskFull) return filled;
    set_has_room(false);
  }
  if (base::planted(base::Bug::AcknowledgeBeforeSync)) return {};
  return tail_->sync();
}

// Fills once half of the last fill is used up, so that small commits never reach the end of the file.
Result<void> EmbeddedLog::fill_ahead(std::uint64_t offset) {
  const std::uint64_t full = kSegmentHeaderBytes + settings_.segment_bytes;
  if (tail_filled_ >= full || tail_filled_ - offset >= settings_.fill_ahead_bytes / 2) return {};
  const std::uint64_t zeros = std::min(settings_.fill_ahead_bytes, full - tail_filled_);
  zeros_.resize(settings_.fill_ahead_bytes);
  ATHANOR_CHECK(tail_->write_at(tail_filled_, std::string_view{zeros_}.substr(0, zeros)));
  tail_filled_ += zeros;
  return {};
}

Result<void> EmbeddedLog::begin_segment(const SegmentHeader& header) {
  const std::uint64_t zeros = std::min(settings_.fill_ahead_bytes, settings_.segment_bytes);
  std::shared_ptr<io::File> file;
  ATHANOR_CHECK(with_reserve([&]() -> Result<void> {
    ATHANOR_TRY(created, create_segment(files_, directory_, header, zeros));
    file = std::move(created);
    return {};
  }));
  tail_segment_ = header;
  tail_filled_ = kSegmentHeaderBytes + zeros;
  tail_ = file;
  segments_.add(header, file);
  return {};
}

// --- A full disk

// Writes, and retries with the room that the reserve releases. None of it was synced before, so writing it again is as
// good as writing it for the first time.
Result<void> EmbeddedLog::with_reserve(const std::function<Result<void>()>& write) {
  for (;;) {
    auto written = write();
    if (written || written.error().code != ErrorCode::DiskFull) return written;
    set_has_room(false);
    if (!reserve_.give_up()) return written;
  }
}

Result<void> EmbeddedLog::make_room() {
  auto made = reserve_.fill(settings_.fill_ahead_bytes);
  // A compaction uses the room that was free when the part was set aside, so the part is left alone while one runs.
  if (!made && made.error().code == ErrorCode::DiskFull && !is_compacting_) {
    if (const auto held = reserve_.hold_part(); !held && held.error().code != ErrorCode::DiskFull) made = held;
  }
  if (made) made = fill_ahead(file_offset(tail_segment_, committed_));
  if (!made && made.error().code != ErrorCode::DiskFull) return stop(made.error());
  set_has_room(made.has_value());
  // From the first moment on, something must be free for what makes room.
  if (!made && reserve_.held_bytes() == settings_.reserve_bytes) reserve_.give_up();
  return {};
}

// When an archive keeps a little of everything, only compaction frees space. It runs as long as a part of the reserve
// backs the concurrent commits: however much of the free space it takes, they find room, and it ends. One file takes at
// most as much as that part, which is how much was free when the part was set aside.
std::uint64_t EmbeddedLog::room_of_compaction() const {
  return has_room_ ? std::numeric_limits<std::uint64_t>::max() : reserve_.held_bytes();
}

void EmbeddedLog::set_has_room(bool has_room) {
  if (has_room_.exchange(has_room) == has_room || !settings_.report) return;
  settings_.report(has_room ? "There is room on the disk again: everything is accepted."
                            : "The disk is full. New events and messages are refused until there is room; everything "
                              "that frees space continues.");
}

// It is unknown what reached the disk, so nothing may be written after it: the next start reads what is there.
Error EmbeddedLog::stop(const Error& error) {
  {
    const std::lock_guard lock(shared_mutex_);
    if (!stopped_) stopped_by_ = error.detail.empty() ? error.message : error.message + " " + error.detail;
    stopped_ = true;
  }
  Error answer = stopped_error();
  if (error.code == ErrorCode::DiskFull) {
    answer.code = ErrorCode::DiskFull;
    answer.message = "The disk is full. Nothing more is accepted until there is space and the server is started again.";
  }
  return answer;
}

Error EmbeddedLog::stopped_error() const {
  const std::lock_guard lock(shared_mutex_);
  return {ErrorCode::Unavailable,
          "The log has stopped after the disk failed, and accepts nothing more until the server is started again.",
          stopped_by_};
}

// --- Reading

Result<log::Record> EmbeddedLog::read(log::LogPosition at) const {
  auto record = read_record(at.value);
  if (!record) return tell_operator(std::move(record).error());
  return record;
}

Result<log::Record> EmbeddedLog::read_record(std::uint64_t position) const {
  if (position >= committed_ || position % kRecordAlignment != 0) return not_found("No record of the log is there.");
  ATHANOR_TRY(segment, segments_.find(position));
  if (segment.compacted) return segment.compacted->read(position);
  const std::uint64_t offset = file_offset(segment.header, position);
  ATHANOR_TRY(bytes, io::read_bytes(*segment.file, offset, kReadBytes));
  const auto size = parse_record_size(bytes, segment.header, position);
  if (!size) return lost_or_damaged(segment, position);
  if (*size > bytes.size())
    ATHANOR_CHECK(io::append_bytes(*segment.file, offset + bytes.size(), *size - bytes.size(), bytes));
  const auto record = parse_record(bytes, segment.header, position);
  if (!record) return lost_or_damaged(segment, position);
  return record_of(*record);
}

// The answer where there is no sound record: that a repair removed it, or that it is damaged.
Result<log::Record> EmbeddedLog::lost_or_damaged(const SegmentSet::Found& segment, std::uint64_t position) const {
  ATHANOR_TRY(end, holes_.end_at(segment, std::min<std::uint64_t>(segment.end, committed_), position));
  if (!end) return damaged_record(segment, position);
  return log::Record{.position = log::LogPosition{position}, .type = log::RecordsLost::kType, .payload = {}};
}

Result<log::LogPosition> EmbeddedLog::scan(log::LogPosition from,
                                           const std::function<bool(const log::Record&)>& visit) const {
  auto next = scan_records(from.value, visit);
  if (!next) return tell_operator(std::move(next).error());
  return log::LogPosition{*next};
}

Result<std::uint64_t> EmbeddedLog::scan_records(std::uint64_t from,
                                                const std::function<bool(const log::Record&)>& visit) const {
  const std::uint64_t committed = committed_;
  std::uint64_t position = from;
  while (position < committed) {
    auto found = segments_.find(position);
    if (!found && found.error().code == ErrorCode::NotFound) {  // freed, perhaps just now
      position = segments_.first_base();
      continue;
    }
    if (!found) return std::move(found).error();
    const SegmentSet::Found& segment = *found;
    if (segment.compacted) {
      bool goes_on = true;
      ATHANOR_TRY(next, segment.compacted->scan(
                            position, [&](const RecordView& view) { return goes_on = visit(record_of(view)); }));
      position = next;
      if (!goes_on) break;
      continue;
    }
    const std::uint64_t to = std::min(segment.end, committed);
    const std::uint64_t began = position;
    ATHANOR_TRY(scanned, scan_segment(*segment.file, segment.header, position, to,
                                      [&](const RecordView& view) { return visit(record_of(view)); }));
    position = scanned.position;
    if (scanned.end == ScanEnd::Visitor) break;
    if (scanned.end != ScanEnd::BadRecord) continue;
    if (position != began) return damaged_record(segment, position);
    ATHANOR_TRY(hole_end, holes_.end_at(segment, to, position));
    if (!hole_end) return why_no_record_begins(segment, to, position);
    const bool goes_on = visit({.position = log::LogPosition{position}, .type = log::RecordsLost::kType});
    position = *hole_end;
    if (!goes_on) break;
  }
  return position;
}

// A position inside a sound record is the caller's mistake. If damage before it hides where the records begin, that
// damage is reported at its own position, so that a caller cannot turn one damaged place into many.
Error EmbeddedLog::why_no_record_begins(const SegmentSet::Found& segment, std::uint64_t to, std::uint64_t position) {
  std::uint64_t end = segment.header.base;  // of the record before
  const auto scanned = scan_segment(*segment.file, segment.header, end, to, [&](const RecordView& record) {
    end = record.position + record_bytes(record.payload.size());
    return end < position;
  });
  if (!scanned) return scanned.error();
  if (end > position) return invalid_input("No record of the log begins at this position.");
  return damaged_record(segment, end);
}

// The caller is not told the names of our files; each place is reported to the operator once, however often it is read.
Error EmbeddedLog::tell_operator(Error error) const {
  const bool is_damage = error.code == ErrorCode::Corrupt;
  if ((!is_damage && error.code != ErrorCode::Unavailable) || !settings_.report) return error;
  const std::string& place = error.detail.empty() ? error.message : error.detail;
  {
    const std::lock_guard lock(told_mutex_);
    if (told_.size() >= kPlacesToldMax || !told_.insert(place).second) return error;
  }
  settings_.report(is_damage ? fmt::format("The log is damaged: {} Stop the server and run athanor log verify.", place)
                             : fmt::format("A read of the log failed: {} Check the disk.", place));
  return error;
}

// --- Freeing and shortening the start

Result<void> EmbeddedLog::trim(log::LogPosition floor) {
  if (stopped_) return stopped_error();
  std::uint64_t needed = oldest_kept_snapshot();
  if (base::planted(base::Bug::TrimTooMuch)) floor.value = needed = committed_;
  if (const auto dropped = drop_segments_before(std::min(floor.value, needed)); !dropped) return stop(dropped.error());
  return {};
}

// Should the newest snapshot turn out to be damaged, the one before it needs its records.
std::uint64_t EmbeddedLog::oldest_kept_snapshot() const {
  const std::lock_guard lock(shared_mutex_);
  return snapshots_.empty() ? 0 : snapshots_.front();
}

// One by one, oldest first, each removal durable before the next, so that a power cut leaves no hole in the log. The
// mark durably records beforehand what will be gone: otherwise the file would count as missing.
Result<void> EmbeddedLog::drop_segments_before(std::uint64_t floor) {
  // Usually there is nothing to do, and no reason to wait for a compaction that is finishing.
  if (segments_.sealed_before(floor).empty()) return {};
  const std::lock_guard lock(names_mutex_);
  const std::vector<SegmentHeader> dropped = segments_.drop_before(floor);
  if (dropped.empty()) return {};
  ATHANOR_CHECK(mark_.write({.begin = segments_.first_base(), .end = committed_}));
  if (!base::planted(base::Bug::FreeBeforeMarkIsSynced)) ATHANOR_CHECK(mark_.sync());
  for (const SegmentHeader& segment : dropped) {
    ATHANOR_CHECK(files_.remove(directory_ + "/" + file_name(segment)));
    ATHANOR_CHECK(files_.sync_directory(directory_));
  }
  return {};
}

Result<log::Compacted> EmbeddedLog::compact(log::LogPosition before, const log::Keepers& keepers,
                                            const std::function<bool(const log::CompactionStep&)>& go_on) {
  if (stopped_) return stopped_error();
  is_compacting_ = true;
  auto done = compactor_.run(
      std::min(before.value, oldest_kept_snapshot()), keepers,
      [&](const log::CompactionStep& step) { return !stopped_ && go_on(step); }, [&] { return room_of_compaction(); });
  is_compacting_ = false;
  if (!done) return stop(done.error());
  return done;
}

Result<void> EmbeddedLog::save_snapshot(const log::Snapshot& snapshot) {
  if (stopped_) return stopped_error();
  ATHANOR_ASSERT(snapshot.position <= commit_position());
  ATHANOR_ASSERT(snapshot.position.value >= snapshot_.value_or(0));
  if (const auto written = with_reserve([&] { return write_snapshot(files_, directory_, snapshot); }); !written) {
    // A full disk leaves everything as it was. After any other failure it is unknown what is there.
    if (written.error().code == ErrorCode::DiskFull) return written.error();
    return stop(written.error());
  }
  {
    const std::lock_guard lock(shared_mutex_);
    std::erase(snapshots_, snapshot.position.value);
    // What is damaged, or newer than this one, cannot serve as a fallback.
    std::erase_if(snapshots_, [&](std::uint64_t position) { return position > snapshot_.value_or(0); });
    snapshots_.push_back(snapshot.position.value);
    if (snapshots_.size() > kSnapshotsKept) snapshots_.erase(snapshots_.begin(), snapshots_.end() - kSnapshotsKept);
    snapshot_ = snapshot.position.value;
  }
  if (const auto dropped = drop_old_snapshots(); !dropped) return stop(dropped.error());
  return {};
}

// Not synced: a snapshot that comes back is removed the next time.
Result<void> EmbeddedLog::drop_old_snapshots() {
  ATHANOR_TRY(names, files_.list(directory_));
  for (const std::string& name : names) {
    const auto position = snapshot_position_of(name);
    if (!position || std::find(snapshots_.begin(), snapshots_.end(), *position) != snapshots_.end()) continue;
    ATHANOR_CHECK(files_.remove(directory_ + "/" + name));
  }
  return {};
}

Result<std::optional<log::Snapshot>> EmbeddedLog::load_snapshot() const {
  std::optional<std::uint64_t> position;
  {
    const std::lock_guard lock(shared_mutex_);
    position = snapshot_;
  }
  if (!position) return std::optional<log::Snapshot>{};
  auto snapshot = read_snapshot(files_, directory_, *position);
  if (!snapshot) return Error{snapshot.error().code, "The snapshot cannot be read.", snapshot.error().message};
  return std::optional<log::Snapshot>{*std::move(snapshot)};
}

}  // namespace athanor::storage
