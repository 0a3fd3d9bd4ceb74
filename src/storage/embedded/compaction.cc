#include "storage/embedded/compaction.h"

#include <fmt/format.h>

#include <utility>

#include "base/planted.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

// Between two calls of go_on; as much as one block holds.
constexpr std::uint64_t kStepBytes = kBlockBytes;

}  // namespace

Result<log::Compacted> Compactor::run(std::uint64_t limit, const log::Keepers& keepers,
                                      const std::function<bool(std::uint64_t)>& go_on) {
  log::Compacted done;
  const std::vector<Sealed> sealed = segments_.sealed_before(limit);
  // What has been freed needs no memory any more.
  const std::uint64_t first = segments_.first_base();
  keepers_of_.erase(keepers_of_.begin(), keepers_of_.lower_bound(first));
  left_alone_.erase(left_alone_.begin(), left_alone_.lower_bound(first));
  for (const Sealed& segment : sealed) {
    if (left_alone_.contains(segment.header.base)) continue;
    if (!go_on(0)) break;
    const auto worth = is_worth_it(segment, keepers);
    if (!worth) {
      leave_alone(segment, worth.error());
      continue;
    }
    if (!*worth) continue;
    ATHANOR_TRY(outcome, rewrite(segment, keepers, go_on, done));
    if (outcome == Outcome::NoMore) break;
  }
  return done;
}

// A plain segment always is. A compacted one when at least half of what it holds is kept by nobody any more.
Result<bool> Compactor::is_worth_it(const Sealed& segment, const log::Keepers& keepers) {
  if (segment.header.kind == SegmentKind::Plain) return true;
  auto known = keepers_of_.find(segment.header.base);
  if (known == keepers_of_.end()) {
    auto file = CompactedFile::open(files_, directory_, segment.header.base);
    if (!file && !segments_.contains(segment.header.base)) return false;
    if (!file) return std::move(file).error();
    known = keepers_of_.emplace(segment.header.base, (*file)->index().keepers).first;
  }
  std::uint64_t records = 0, kept = 0;
  for (const KeeperTotal& total : known->second) {
    records += total.records;
    if (keepers.keeps(total.keeper, total.newest)) kept += total.records;
  }
  return kept < records && kept <= records / 2;
}

Result<Compactor::Outcome> Compactor::rewrite(const Sealed& segment, const log::Keepers& keepers,
                                              const std::function<bool(std::uint64_t)>& go_on, log::Compacted& done) {
  const auto source = segments_.find(segment.header.base);
  if (!source && (source.error().code == ErrorCode::NotFound || !segments_.contains(segment.header.base)))
    return Outcome::LeftAlone;  // freed meanwhile
  if (!source) {
    leave_alone(segment, source.error());
    return Outcome::LeftAlone;
  }
  auto writer = CompactedWriter::begin(files_, directory_, segment.header.id, segment.header.base, segment.end);
  Cause cause = Cause::Disk;
  Result<CompactedHeader> written =
      writer ? write(**writer, *source, segment, keepers, go_on, cause) : Result<CompactedHeader>{writer.error()};
  if (!written) {
    if (cause == Cause::Source) {
      leave_alone(segment, written.error());
      return Outcome::LeftAlone;
    }
    // The old file has everything: whatever became of the new one, nothing is lost by trying again another day.
    if (cause == Cause::Disk && written.error().code != ErrorCode::DiskFull && report_) {
      report_(fmt::format("{} is not compacted this time: {} {}", file_name(segment.header), written.error().message,
                          written.error().detail));
    }
    return Outcome::NoMore;
  }
  ATHANOR_TRY(outcome, replace(**writer, segment.header));
  if (outcome != Outcome::Done) return outcome;
  keepers_of_.erase(segment.header.base);
  ++done.segments;
  done.bytes_before +=
      source->compacted ? source->compacted->header().file_bytes() : file_offset(segment.header, segment.end);
  done.bytes_after += written->file_bytes();
  return outcome;
}

Result<CompactedHeader> Compactor::write(CompactedWriter& writer, const SegmentSet::Found& source,
                                         const Sealed& segment, const log::Keepers& keepers,
                                         const std::function<bool(std::uint64_t)>& go_on, Cause& cause) {
  std::uint64_t read = 0, written = 0;
  std::optional<Error> error;
  const auto take = [&](const RecordView& record) {
    const auto kept_by = keepers.keepers_of(record.type, record.time, record.payload);
    const std::uint64_t size = record_bytes(record.payload.size());
    if (base::planted(base::Bug::DropLastOfCompactedSegment) && record.position + size == segment.end) return true;
    if (!kept_by.empty()) {
      if (const auto appended = writer.append(record, kept_by); !appended) error = appended.error();
    }
    read += size;
    const std::uint64_t bytes = read + writer.bytes() - written;
    if (bytes < kStepBytes || error) return !error;
    read = 0;
    written = writer.bytes();
    if (!go_on(bytes)) {
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
      return Error{ErrorCode::Corrupt,
                   fmt::format("the record at byte {} (position {}) cannot be read.",
                               file_offset(segment.header, scanned->position), scanned->position),
                   {}};
    }
  }
  if (error) return *error;
  return writer.finish();
}

Result<Compactor::Outcome> Compactor::replace(CompactedWriter& writer, const SegmentHeader& segment) {
  const std::lock_guard lock(names_);
  if (!segments_.contains(segment.base)) return Outcome::LeftAlone;
  if (const auto placed = writer.put_in_place(); !placed) return placed.error();
  segments_.now_compacted(segment.base);
  if (segment.kind == SegmentKind::Compacted) return Outcome::Done;
  ATHANOR_CHECK(files_.remove(directory_ + "/" + segment_name(segment.base)));
  ATHANOR_CHECK(files_.sync_directory(directory_));
  return Outcome::Done;
}

void Compactor::leave_alone(const Sealed& segment, const Error& error) {
  left_alone_.insert(segment.header.base);
  if (!report_) return;
  report_(fmt::format("{}/{} is damaged and stays as it is: {} {} Stop the server and run athanor log verify.",
                      directory_, file_name(segment.header), error.message, error.detail));
}

}  // namespace athanor::storage
