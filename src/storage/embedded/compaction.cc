#include "storage/embedded/compaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/planted.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

// Between two calls of go_on; as much as one block holds.
constexpr std::uint64_t kStepBytes = kBlockBytes;
// Limits of one merge: bytes of all its files (as much as a plain segment holds), and files, since each is opened.
constexpr std::uint64_t kMergedBytesMax = 64 * 1'048'576;
constexpr std::size_t kMergedFilesMax = 512;
// What Compactor::Room says while the disk is not full.
constexpr std::uint64_t kAnyRoom = std::numeric_limits<std::uint64_t>::max();

bool is_compacted(const SegmentSet::Sealed& segment) { return segment.header.kind == SegmentKind::Compacted; }

}  // namespace

Result<log::Compacted> Compactor::run(std::uint64_t limit, const log::Keepers& keepers, const GoOn& go_on,
                                      const Room& room) {
  Run run{.keepers = keepers, .go_on = go_on, .room = room};
  // Nothing need be remembered about segments that have been freed.
  const std::uint64_t first = segments_.first_base();
  known_.erase(known_.begin(), known_.lower_bound(first));
  left_alone_.erase(left_alone_.begin(), left_alone_.lower_bound(first));
  too_large_.erase(too_large_.begin(), too_large_.lower_bound(first));
  ATHANOR_TRY(outcome, rewrite_all(limit, run));
  while (outcome == Outcome::Done) {
    ATHANOR_TRY(merged, merge_next(limit, run));
    outcome = merged;
  }
  return run.done;
}

// Done when all segments were processed.
Result<Compactor::Outcome> Compactor::rewrite_all(std::uint64_t limit, Run& run) {
  const std::vector<Sealed> sealed = segments_.sealed_before(limit);
  const auto plain_bytes = [](const Sealed& one) { return is_compacted(one) ? 0 : one.end - one.header.base; };
  for (const Sealed& segment : sealed) run.bytes_left += plain_bytes(segment);
  for (const Sealed& segment : sealed) {
    run.bytes_left -= plain_bytes(segment);
    if (left_alone_.contains(segment.header.base) || is_too_large(segment, run)) continue;
    if (!run.go_on({.bytes_left = run.bytes_left})) return Outcome::NoMore;
    const auto worth = is_worth_it(segment, run.keepers);
    if (!worth) {
      leave_alone(segment, worth.error());
      continue;
    }
    if (!*worth) continue;
    ATHANOR_TRY(outcome, rewrite({&segment, 1}, run));
    if (outcome == Outcome::NoMore) return outcome;
  }
  return Outcome::Done;
}

// Null when the segment has been freed meanwhile.
Result<const Compactor::Known*> Compactor::look_at(const Sealed& segment) {
  const auto known = known_.find(segment.header.base);
  if (known != known_.end()) return &known->second;
  const auto file = CompactedFile::open(files_, directory_, segment.header.base);
  if (!file && !segments_.contains(segment.header.base)) return nullptr;
  if (!file) return file.error();
  const CompactedHeader& header = (*file)->header();
  return &known_
              .emplace(segment.header.base, Known{.file_bytes = header.file_bytes(),
                                                  .records = header.records,
                                                  .keepers = (*file)->index().keepers})
              .first->second;
}

// A plain segment always is. A compacted one is when at least half of its records are no longer kept, or when it does
// not say who keeps them: a repair has written it.
Result<bool> Compactor::is_worth_it(const Sealed& segment, const log::Keepers& keepers) {
  if (!is_compacted(segment)) return true;
  ATHANOR_TRY(known, look_at(segment));
  if (known == nullptr) return false;
  std::uint64_t records = 0, kept = 0;
  for (const KeeperTotal& total : known->keepers) {
    records += total.records;
    if (keepers.keeps(total.keeper, total.newest)) kept += total.records;
  }
  if (records == 0) return known->records > 0;
  return kept < records && kept <= records / 2;
}

bool Compactor::is_too_large(const Sealed& segment, const Run& run) const {
  const auto found = too_large_.find(segment.header.base);
  if (found == too_large_.end() || run.room() > found->second.room) return false;
  return std::ranges::all_of(found->second.keepers,
                             [&](const KeeperTotal& total) { return run.keepers.keeps(total.keeper, total.newest); });
}

// Done when something was merged, or something else intervened and it should be tried again.
Result<Compactor::Outcome> Compactor::merge_next(std::uint64_t limit, Run& run) {
  if (run.room() != kAnyRoom) return Outcome::NoMore;  // it frees next to nothing
  const std::vector<Sealed> sealed = segments_.sealed_before(limit);
  const std::span<const Sealed> group = small_neighbours(sealed);
  if (group.empty() || !run.go_on({})) return Outcome::NoMore;
  ATHANOR_TRY(outcome, rewrite(group, run));
  return outcome == Outcome::NoMore ? outcome : Outcome::Done;
}

// The first group of enough neighbours, none of which is larger than all the others together. So whatever is rewritten
// ends up in a file of at least twice the size: a byte is written once per doubling, about twenty times at most, and
// there are always fewer than `neighbours_min_` adjacent files of similar size.
std::span<const Compactor::Sealed> Compactor::small_neighbours(std::span<const Sealed> sealed) {
  for (std::size_t from = 0; from < sealed.size(); ++from) {
    std::uint64_t bytes = 0, largest = 0;
    std::size_t found = 0;
    for (std::size_t i = from; i < sealed.size() && i - from < kMergedFilesMax; ++i) {
      if (!is_compacted(sealed[i]) || left_alone_.contains(sealed[i].header.base)) break;
      const auto known = look_at(sealed[i]);
      if (!known) leave_alone(sealed[i], known.error());
      if (!known || *known == nullptr) break;
      bytes += (*known)->file_bytes;
      largest = std::max(largest, (*known)->file_bytes);
      if (bytes > kMergedBytesMax) break;
      if (i - from + 1 >= neighbours_min_ && largest <= bytes / 2) found = i - from + 1;
    }
    if (found > 0) return sealed.subspan(from, found);
  }
  return {};
}

// Rewrites one segment, or several adjacent compacted ones into one.
Result<Compactor::Outcome> Compactor::rewrite(std::span<const Sealed> group, Run& run) {
  if (run.room() == 0) return Outcome::NoMore;
  const SegmentHeader& first = group.front().header;
  const auto writer = CompactedWriter::begin(files_, directory_, first.id, first.base, group.back().end);
  if (!writer) return give_up(group.front(), writer.error(), Cause::Disk);
  std::uint64_t bytes_before = 0;
  for (const Sealed& segment : group) {
    if (base::planted(base::Bug::ForgetLastOfMerged) && group.size() > 1 && &segment == &group.back()) continue;
    const auto source = segments_.find(segment.header.base);
    if (!source && (source.error().code == ErrorCode::NotFound || !segments_.contains(segment.header.base)))
      return Outcome::LeftAlone;  // freed meanwhile
    if (!source) return give_up(segment, source.error(), Cause::Source);
    Cause cause = Cause::Disk;
    const auto copied = copy(**writer, *source, segment, run, cause);
    if (cause == Cause::NoRoom) {
      too_large_[first.base] = {run.room(), (*writer)->keepers()};
      return Outcome::LeftAlone;
    }
    if (!copied) return give_up(segment, copied.error(), cause);
    bytes_before +=
        source->compacted ? source->compacted->header().file_bytes() : file_offset(segment.header, segment.end);
  }
  const auto written = (*writer)->finish();
  if (!written) return give_up(group.front(), written.error(), Cause::Disk);
  ATHANOR_TRY(outcome, replace(**writer, group));
  if (outcome != Outcome::Done) return outcome;
  for (const Sealed& segment : group) known_.erase(segment.header.base);
  too_large_.erase(first.base);
  if (group.size() > 1) {
    run.done.merged += group.size() - 1;
    return outcome;
  }
  ++run.done.segments;
  run.done.bytes_before += bytes_before;
  run.done.bytes_after += written->file_bytes();
  return outcome;
}

Result<void> Compactor::copy(CompactedWriter& writer, const SegmentSet::Found& source, const Sealed& segment,
                             const Run& run, Cause& cause) {
  std::uint64_t read = 0, written = writer.bytes();
  std::optional<Error> error;
  const auto take = [&](const RecordView& record) {
    const auto kept_by = run.keepers.keepers_of(record.type, record.time, record.payload);
    const std::uint64_t size = record_bytes(record.payload.size());
    if (base::planted(base::Bug::DropLastOfCompactedSegment) && record.position + size == segment.end) return true;
    if (!kept_by.empty() && writer.bytes_max() + size > run.room()) {
      cause = Cause::NoRoom;
      return false;
    }
    if (!kept_by.empty()) {
      if (const auto appended = writer.append(record, kept_by); !appended) error = appended.error();
    }
    read += size;
    const std::uint64_t bytes = read + writer.bytes() - written;
    if (bytes < kStepBytes || error) return !error;
    read = 0;
    written = writer.bytes();
    if (!run.go_on({.bytes = bytes, .bytes_left = run.bytes_left})) {
      cause = Cause::Ended;
      error = Error{ErrorCode::Unavailable, "The compaction was ended.", {}};
    }
    return !error;
  };
  if (source.compacted) {
    if (const auto scanned = source.compacted->scan(segment.header.base, take); !scanned) {
      cause = Cause::Source;
      return scanned.error();
    }
  } else {
    const auto scanned = scan_segment(*source.file, segment.header, segment.header.base, segment.end, take);
    if (!scanned || scanned->end == ScanEnd::BadRecord) cause = Cause::Source;
    if (!scanned) return scanned.error();
    if (cause == Cause::Source) {
      return corrupt(fmt::format("the record at byte {} (position {}) cannot be read.",
                                 file_offset(segment.header, scanned->position), scanned->position));
    }
  }
  return error ? Result<void>{*error} : Result<void>{};
}

Result<Compactor::Outcome> Compactor::replace(CompactedWriter& writer, std::span<const Sealed> group) {
  const std::lock_guard lock(names_);
  const SegmentHeader& first = group.front().header;
  for (const Sealed& segment : group) {
    if (!segments_.contains(segment.header.base)) return Outcome::LeftAlone;  // freed meanwhile
  }
  const auto remove_others = [&]() -> Result<void> {
    for (const Sealed& segment : group.subspan(is_compacted(group.front()) ? 1 : 0))
      ATHANOR_CHECK(files_.remove(directory_ + "/" + file_name(segment.header)));
    return files_.sync_directory(directory_);
  };
  if (base::planted(base::Bug::RemoveBeforeMerged) && group.size() > 1) ATHANOR_CHECK(remove_others());
  if (const auto placed = writer.put_in_place(); !placed) {
    if (placed.error().code != ErrorCode::DiskFull) return placed.error();
    return give_up(group.front(), placed.error(), Cause::Disk);
  }
  segments_.now_compacted(first.base, group.back().end);
  if (is_compacted(group.front()) && group.size() == 1) return Outcome::Done;
  if (base::planted(base::Bug::RemoveBeforeMerged) && group.size() > 1) return Outcome::Done;
  ATHANOR_CHECK(remove_others());
  return Outcome::Done;
}

Compactor::Outcome Compactor::give_up(const Sealed& segment, const Error& error, Cause cause) {
  // Wrong bytes stay wrong. What the disk fails to read today may be readable another day.
  if (cause == Cause::Source && error.code == ErrorCode::Corrupt) {
    leave_alone(segment, error);
    return Outcome::LeftAlone;
  }
  // The old files have everything: whatever became of the new one, trying again loses nothing.
  if (cause != Cause::Ended && error.code != ErrorCode::DiskFull && report_) {
    report_(fmt::format("{} {} compacted this time: {} {}", file_name(segment.header),
                        cause == Cause::Source ? "cannot be read and is not" : "is not", error.message, error.detail));
  }
  return Outcome::NoMore;
}

void Compactor::leave_alone(const Sealed& segment, const Error& error) {
  left_alone_.insert(segment.header.base);
  if (!report_) return;
  report_(fmt::format("{}/{} is damaged and is left as it is: {} {} Stop the server and run athanor log verify.",
                      directory_, file_name(segment.header), error.message, error.detail));
}

}  // namespace athanor::storage
