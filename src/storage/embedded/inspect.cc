#include "storage/embedded/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "io/read_bytes.h"
#include "log/records_lost.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/inspect_files.h"
#include "storage/embedded/salvaged_files.h"
#include "storage/embedded/segment_file.h"
#include "storage/embedded/snapshot_file.h"

namespace athanor::storage {
namespace {

constexpr std::uint64_t kProgressBytes = 16 << 20;  // between two calls
constexpr std::size_t kReadBytes = 1 << 20;

class Inspector {
 public:
  Inspector(io::FileSystem& files, const std::string& directory, const Inspecting& inspecting)
      : salvaged_(files),
        files_(inspecting.reads_past_refused ? salvaged_ : files),
        directory_(directory),
        inspecting_(inspecting) {}

  Result<Inspection> run();

 private:
  Result<void> look_at_mark();
  Result<void> look_at_snapshots();
  void look_at_beginning();
  Result<void> look_at_segment(std::size_t index);
  Result<void> look_at_plain(SegmentReport& segment, bool last);
  Result<void> look_at_compacted(SegmentReport& segment);
  Result<CompactedHeader> read_compacted(SegmentReport& segment, const io::File& file);
  void compare_with_next(SegmentReport& segment, std::uint64_t end);
  Result<void> set_refused_aside();
  bool tell_refused(const std::string& name);
  Result<void> scan_blocks(SegmentReport& segment, const io::File& file, const CompactedHeader& header);
  Result<void> read_header(SegmentReport& segment, const io::File& file);
  Result<void> find_end_of_tail(SegmentReport& tail, const io::File& file);
  Result<void> scan(SegmentReport& segment, const io::File& file);
  Result<void> tell_gap(const SegmentReport& segment, const io::File& file, const Gap& gap);
  static Result<std::uint64_t> bytes_up_to_zeros(const io::File& file, std::uint64_t offset);
  bool take(const RecordView& record);
  void tell_progress(std::uint64_t bytes);

  void damaged(std::string file, std::uint64_t offset, std::uint64_t bytes, std::string what) {
    found_.damages.push_back({std::move(file), offset, bytes, std::move(what), found_.records, 0});
  }
  void witness(std::uint64_t position) { durable_ = std::max(durable_, position); }
  std::string path_of(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }

  const RefusedSectors& refused_of(const std::string& name) const {
    static const RefusedSectors kNone;
    const auto refused = salvaged_.refused().find(path_of(name));
    return refused == salvaged_.refused().end() ? kNone : refused->second;
  }

  SalvagedFiles salvaged_;
  io::FileSystem& files_;
  const std::string& directory_;
  const Inspecting& inspecting_;

  Inspection found_;
  std::uint64_t durable_ = 0, bytes_done_ = 0, bytes_told_ = 0;
  bool stopped_ = false;  // the visitor has seen enough
};

Result<Inspection> Inspector::run() {
  InspectedFiles listed(files_, directory_, found_);
  ATHANOR_CHECK(listed.list());
  ATHANOR_CHECK(look_at_mark());
  ATHANOR_CHECK(look_at_snapshots());
  ATHANOR_CHECK(listed.choose_kinds());
  ATHANOR_CHECK(listed.set_strays_aside(durable_));
  ATHANOR_CHECK(set_refused_aside());
  for (const ForeignFile& file : found_.foreign) {
    damaged(file.name, 0, file.bytes, file.problem);
    tell_refused(file.name);
  }
  look_at_beginning();
  for (std::size_t i = 0; i < found_.segments.size() && !stopped_; ++i) ATHANOR_CHECK(look_at_segment(i));
  found_.end = found_.segments.empty() ? durable_ : found_.segments.back().until;
  // The last file is missing: its contents are beyond repair, but where it ended is known.
  if (found_.misses_tail()) found_.end = std::max(found_.end, durable_);
  found_.durable = durable_;
  for (const SnapshotReport& snapshot : found_.snapshots) {
    const std::string name = snapshot_name(snapshot.position);
    if (snapshot.problem.empty()) continue;
    damaged(name, 0, snapshot.bytes, snapshot.problem);
    tell_refused(name);
  }
  if (found_.is_sound() && !found_.can_rebuild_state()) {
    damaged("snapshot-*", 0, 0,
            fmt::format("is missing: the log before position {} has been freed or compacted, and no snapshot holds the "
                        "state at that position.",
                        found_.whole_from()));
  }
  for (Damage& damage : found_.damages) {
    const bool is_of_segment = base_in_name(damage.file).has_value();
    const bool is_foreign = std::ranges::find(found_.foreign, damage.file, &ForeignFile::name) != found_.foreign.end();
    if (!is_of_segment || is_foreign) damage.records_before = found_.records;
    damage.records_after = found_.records - damage.records_before;
  }
  return std::move(found_);
}

Result<void> Inspector::look_at_mark() {
  const std::string name{kCommitMarkName};
  auto file = files_.open(path_of(name), io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound) {
    if (found_.segments.empty() && found_.snapshots.empty())
      return not_found(fmt::format("{} holds no log.", directory_));
    damaged(name, 0, 0, "is missing. The next start writes it again.");
    return {};
  }
  if (!file) return std::move(file).error();
  ATHANOR_TRY(bytes, io::read_bytes(**file, 0, kCommitMarkBytes));
  const auto extent = decode_commit_mark(bytes);
  if (extent) {
    found_.mark = *extent;
    witness(extent->end);
  } else if (extent.error().code == ErrorCode::UnknownFormat) {
    return about_file(path_of(name), extent.error());
  } else {
    damaged(name, 0, kCommitMarkBytes,
            refused_of(name).empty() ? extent.error().message + " The next start writes it again." : "cannot be read.");
  }
  tell_refused(name);
  return {};
}

Result<void> Inspector::look_at_snapshots() {
  for (SnapshotReport& snapshot : found_.snapshots) {
    const auto read = read_snapshot(files_, directory_, snapshot.position, inspecting_.check_state);
    tell_progress(snapshot.bytes);
    if (!read && read.error().code != ErrorCode::Corrupt) return read.error();
    // The name of a damaged one proves nothing: trusting it might fill the log up to anywhere.
    if (read) witness(snapshot.position);
    const std::string name = snapshot_name(snapshot.position);
    if (!refused_of(name).empty()) {
      snapshot.problem = "cannot be read.";
    } else if (!read) {
      // Without the path, which its message begins with.
      snapshot.problem = read.error().message.substr(path_of(name).size() + 1);
    }
  }
  return {};
}

// A start reads some of the files that others stand for before it removes them, and could not.
Result<void> Inspector::set_refused_aside() {
  std::set<std::string> told;
  for (const SegmentReport& segment : found_.segments) told.insert(file_name(segment.header));
  for (const ForeignFile& file : found_.foreign) told.insert(file.name);
  for (const auto& [path, sectors] : salvaged_.refused()) {
    const std::string name = path.substr(directory_.size() + 1);
    if (sectors.empty() || !base_in_name(name) || told.contains(name)) continue;
    ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
    ATHANOR_TRY(size, file->size_bytes());
    found_.foreign.push_back({name, size, "cannot be read, and other files have all that is needed from it.", {}});
  }
  return {};
}

void Inspector::look_at_beginning() {
  const std::uint64_t first = found_.segments.empty() ? durable_ : found_.segments[0].header.base;
  found_.begin = found_.mark ? std::min(found_.mark->begin, first) : first;
  if (found_.begin == first && (!found_.segments.empty() || durable_ == 0)) return;
  damaged(segment_name(found_.begin), 0, 0,
          fmt::format("is missing: the records from position {} to {} are gone.", found_.begin, first));
}

Result<void> Inspector::look_at_segment(std::size_t index) {
  SegmentReport& segment = found_.segments[index];
  const bool last = index + 1 == found_.segments.size();
  segment.until = last ? kNoLimit : found_.segments[index + 1].header.base;
  if (segment.until <= inspecting_.from) return {};
  if (segment.header.kind == SegmentKind::Compacted) {
    ATHANOR_CHECK(look_at_compacted(segment));
  } else {
    ATHANOR_CHECK(look_at_plain(segment, last));
  }
  segment.is_refused = tell_refused(file_name(segment.header));
  return {};
}

Result<void> Inspector::look_at_plain(SegmentReport& segment, bool last) {
  ATHANOR_TRY(file, files_.open(path_of(segment_name(segment.header.base)), io::OpenMode::Read));
  ATHANOR_CHECK(read_header(segment, *file));
  if (last) ATHANOR_CHECK(find_end_of_tail(segment, *file));
  const std::uint64_t told = bytes_done_;
  ATHANOR_CHECK(scan(segment, *file));
  if (!stopped_) tell_progress(told + segment.file_bytes - bytes_done_);
  return {};
}

Result<void> Inspector::look_at_compacted(SegmentReport& segment) {
  ATHANOR_TRY(file, files_.open(path_of(file_name(segment.header)), io::OpenMode::Read));
  ATHANOR_TRY(header, read_compacted(segment, *file));
  const std::uint64_t told = bytes_done_;
  if (segment.is_readable) ATHANOR_CHECK(scan_blocks(segment, *file, header));
  if (!stopped_) tell_progress(told + segment.file_bytes - bytes_done_);
  return {};
}

// Reads the header, or its copy, and the index; where they contradict the neighbouring files, that is damage too.
Result<CompactedHeader> Inspector::read_compacted(SegmentReport& segment, const io::File& file) {
  const std::string name = file_name(segment.header);
  std::optional<std::string> problem;
  const auto header = read_compacted_header(file, path_of(name), segment.header.base, &problem);
  if (!header) {
    if (header.error().code != ErrorCode::Corrupt) return header.error();
    if (segment.until == kNoLimit) segment.until = std::max(durable_, segment.header.base);
    segment.gaps.push_back({segment.header.base, segment.until});
    damaged(name, 0, kCompactedHeaderBytes,
            "has a damaged header and a damaged copy of it, or belongs to another file: nothing in it can be read.");
    return CompactedHeader{};
  }
  segment.header.id = header->id;
  segment.is_header_sound = !problem;
  segment.is_readable = true;
  if (problem) damaged(name, 0, kCompactedHeaderBytes, "has a damaged header. Its copy at the end is sound.");
  compare_with_next(segment, header->end);
  const std::uint64_t there = std::min(segment.file_bytes, header->file_bytes());
  if (segment.file_bytes != header->file_bytes()) {
    segment.is_header_sound = false;
    damaged(name, there, segment.file_bytes - there,
            fmt::format("is {} bytes long, but should be {}.", segment.file_bytes, header->file_bytes()));
    return header;
  }
  ATHANOR_TRY(bytes, io::read_bytes(file, header->index_offset, header->index_bytes() + kCompactedHeaderBytes));
  const std::string_view view = bytes;
  segment.is_index_sound = decode_compacted_index(view.substr(0, header->index_bytes()), *header).has_value();
  if (!segment.is_index_sound) {
    damaged(name, header->index_offset, header->index_bytes(),
            "has a damaged index. Its records can be found without it.");
  }
  if (!problem && view.substr(header->index_bytes()) != encode_compacted_header(*header)) {
    segment.is_header_sound = false;
    damaged(name, header->index_offset + header->index_bytes(), kCompactedHeaderBytes,
            "has a damaged copy of its header. The header itself is sound.");
  }
  return header;
}

// `end`: where its header says that it ends.
void Inspector::compare_with_next(SegmentReport& segment, std::uint64_t end) {
  const std::string name = file_name(segment.header);
  if (segment.until == kNoLimit) {
    segment.until = end;
    damaged(segment_name(end), 0, 0, fmt::format("is missing: {} cannot be the last file of the log.", name));
  } else if (end > segment.until) {
    segment.is_header_sound = false;
    damaged(name, 32, 8,
            fmt::format("ends at position {}, after the beginning of the next file at position {}: one of them is "
                        "from another log, or from another time.",
                        end, segment.until));
  } else if (end < segment.until) {
    segment.is_header_sound = false;
    segment.gaps.push_back({end, segment.until});
    damaged(name, 32, 8,
            fmt::format("ends at position {}, and the next file begins at position {}: {} is missing.", end,
                        segment.until, segment_name(end)));
  }
}

// One block after the other, since each says how long it is. After a bad one the next is searched for.
Result<void> Inspector::scan_blocks(SegmentReport& segment, const io::File& file, const CompactedHeader& header) {
  std::uint64_t position = segment.header.base;  // after the last record that could be read
  std::optional<std::uint64_t> bad;              // where a bad block begins
  const auto end_bad = [&](std::uint64_t offset, std::uint64_t until) {
    segment.gaps.push_back({position, until});
    damaged(file_name(segment.header), *bad, offset - *bad,
            fmt::format("is damaged at byte {}: what was kept of the records from position {} to {} cannot be read.",
                        *bad, position, until));
    bad.reset();
  };
  const std::uint64_t blocks_end = std::min(header.index_offset, segment.file_bytes);
  for (std::uint64_t offset = kCompactedHeaderBytes; offset < blocks_end && !stopped_;) {
    ATHANOR_TRY(block, read_block(file, header, offset));
    if (!block || block->records.empty() || block->records.front().position < position) {
      if (!bad) bad = offset;
      offset += kRecordAlignment;
      continue;
    }
    if (block->records.front().position >= segment.until) break;  // those belong to the next file
    if (bad) end_bad(offset, block->records.front().position);
    segment.blocks.push_back({block->records.front().position, offset});
    for (const RecordView& record : block->records) {
      const std::uint64_t end = record.position + record_bytes(record.payload.size());
      if (end > segment.until) break;
      position = end;
      if (!take(record)) break;
    }
    ATHANOR_TRY(bytes, io::read_bytes(file, offset, kBlockHeaderBytes));
    offset += parse_block_size(bytes, header).value_or(kRecordAlignment);
  }
  if (bad) end_bad(blocks_end, segment.until);
  return {};
}

Result<void> Inspector::read_header(SegmentReport& segment, const io::File& file) {
  const std::string name = segment_name(segment.header.base);
  ATHANOR_TRY(bytes, io::read_bytes(file, 0, kSegmentHeaderBytes));
  const auto header = decode_segment_header(bytes);
  if (header) {
    segment.header = *header;
    segment.is_header_sound = segment.is_readable = true;
    return {};
  }
  if (header.error().code != ErrorCode::Corrupt) return about_file(path_of(name), header.error());
  ATHANOR_TRY(id, find_segment_id(file, bytes, segment.header.base, segment.until));
  if (!id) {
    damaged(name, 0, kSegmentHeaderBytes, "has a damaged header, and nothing that follows it can be read.");
    return {};
  }
  segment.header.id = *id;
  segment.is_readable = true;
  // What the header should be is known, so the damage is where it differs.
  const std::string sound = encode_segment_header(segment.header);
  const auto first = static_cast<std::uint64_t>(std::ranges::mismatch(bytes, sound).in1 - bytes.begin());
  damaged(name, first, kSegmentHeaderBytes - first, "has a damaged header. Its records can still be read.");
  return {};
}

// Where the log ends: after the last record that is proven durable or has nothing unsound before it.
Result<void> Inspector::find_end_of_tail(SegmentReport& tail, const io::File& file) {
  witness(tail.header.base);
  tail.until = durable_;
  if (!tail.is_readable) return {};
  std::vector<std::uint64_t> bad;
  for (std::optional<std::uint64_t> next = tail.header.base; next;) {
    ATHANOR_TRY(scanned, scan_segment(file, tail.header, *next, kNoLimit, [&](const RecordView& record) {
                  witness(record.durable_before);
                  return true;
                }));
    bad.push_back(scanned.position);
    ATHANOR_TRY(found, find_record(file, tail.header, scanned.position + kRecordAlignment, kNoLimit));
    next = found;
  }
  const auto torn = std::ranges::find_if(bad, [&](std::uint64_t position) { return position >= durable_; });
  tail.until = torn == bad.end() ? durable_ : *torn;
  ATHANOR_TRY(torn_bytes, bytes_up_to_zeros(file, file_offset(tail.header, tail.until)));
  found_.torn_bytes = torn_bytes;
  return {};
}

// The number of bytes from `offset` on, not counting the zeros at the end of the file.
Result<std::uint64_t> Inspector::bytes_up_to_zeros(const io::File& file, std::uint64_t offset) {
  std::uint64_t last = offset;
  for (std::uint64_t at = offset;; at += kReadBytes) {
    ATHANOR_TRY(bytes, io::read_bytes(file, at, kReadBytes));
    const auto found = bytes.find_last_not_of('\0');
    if (found != std::string::npos) last = at + found + 1;
    if (bytes.size() < kReadBytes) return last - offset;
  }
}

Result<void> Inspector::scan(SegmentReport& segment, const io::File& file) {
  std::uint64_t position = segment.header.base;
  while (position < segment.until && !stopped_) {
    std::optional<std::uint64_t> next;
    if (segment.is_readable) {
      ATHANOR_TRY(scanned, scan_segment(file, segment.header, position, segment.until,
                                        [&](const RecordView& record) { return take(record); }));
      position = scanned.position;
      if (scanned.end != ScanEnd::BadRecord) return {};
      ATHANOR_TRY(found, find_record(file, segment.header, position + kRecordAlignment, segment.until));
      next = found;
    }
    const Gap gap{position, next.value_or(segment.until)};
    segment.gaps.push_back(gap);
    if (segment.is_readable) ATHANOR_CHECK(tell_gap(segment, file, gap));
    position = gap.until;
  }
  return {};
}

Result<void> Inspector::tell_gap(const SegmentReport& segment, const io::File& file, const Gap& gap) {
  const std::string name = segment_name(segment.header.base);
  const std::uint64_t offset = file_offset(segment.header, gap.from);
  ATHANOR_TRY(header, io::read_bytes(file, offset, kRecordHeaderBytes));
  const auto size = parse_record_size(header, segment.header, gap.from);
  const std::uint64_t there = segment.file_bytes < offset ? 0 : segment.file_bytes - offset;
  const std::uint64_t bytes = std::min(there, gap.until - gap.from);
  bool is_empty = gap.until == segment.until && sectors_in(refused_of(name), offset, offset + bytes).empty();
  if (is_empty) {
    ATHANOR_TRY(filled, bytes_up_to_zeros(file, offset));
    is_empty = filled == 0;
  }
  if (is_empty) {
    damaged(
        name, offset, bytes,
        fmt::format("ends at byte {}: the records from position {} to {} are gone. It was cut off, or {} is missing.",
                    std::min(offset, segment.file_bytes), gap.from, gap.until, segment_name(gap.from)));
  } else if (size && *size == gap.until - gap.from) {
    const RecordView record = view_of_header(header, gap.from);
    damaged(name, offset, bytes,
            fmt::format("is damaged at byte {}: the record there (position {}, type {}, {}) cannot be read.", offset,
                        gap.from, record.type, base::to_iso8601_millis(record.time)));
  } else {
    damaged(name, offset, bytes,
            fmt::format("is damaged at byte {}: the records from position {} to {} cannot be read.", offset, gap.from,
                        gap.until));
  }
  return {};
}

// Adds to each damage of the file what the disk refuses there, and as damage what it refuses elsewhere.
// Returns whether it refuses anything.
bool Inspector::tell_refused(const std::string& name) {
  const RefusedSectors& refused = refused_of(name);
  RefusedSectors untold = refused;
  for (Damage& damage : found_.damages) {
    if (damage.file != name) continue;
    const RefusedSectors here = sectors_in(refused, damage.offset, damage.offset + damage.bytes);
    if (here.empty()) continue;
    std::uint64_t bytes = 0;
    for (const auto& [offset, size] : here) {
      bytes += size;
      untold.erase(offset);
    }
    damage.what += fmt::format(" The disk refuses to read {} bytes from byte {} on.", bytes, here.begin()->first);
  }
  while (!untold.empty()) {
    const std::uint64_t from = untold.begin()->first;
    std::uint64_t until = from;
    for (auto sector = untold.begin(); sector != untold.end() && sector->first == until;) {
      until += sector->second;
      sector = untold.erase(sector);
    }
    damaged(name, from, until - from,
            fmt::format("cannot be read at byte {}: the disk refuses {} bytes.", from, until - from));
  }
  return !refused.empty();
}

bool Inspector::take(const RecordView& record) {
  const std::uint64_t bytes = record_bytes(record.payload.size());
  tell_progress(bytes);
  if (record.type == log::RecordsLost::kType) {
    found_.lost_bytes += bytes;
    return true;
  }
  for (SnapshotReport& snapshot : found_.snapshots) {
    if (snapshot.problem.empty() && refutes_snapshot(record, snapshot.position))
      snapshot.problem = "is from another log: its position is inside a record.";
  }
  ++found_.records;
  stopped_ = inspecting_.visit && !inspecting_.visit(record);
  return !stopped_;
}

void Inspector::tell_progress(std::uint64_t bytes) {
  bytes_done_ += bytes;
  if (!inspecting_.progress || bytes_done_ - bytes_told_ < kProgressBytes) return;
  bytes_told_ = bytes_done_;
  inspecting_.progress(bytes_done_, found_.bytes);
}

}  // namespace

std::uint64_t Inspection::whole_from() const {
  std::uint64_t from = begin;
  for (const SegmentReport& segment : segments) {
    if (segment.header.kind == SegmentKind::Compacted) from = segment.until;
  }
  return from;
}

std::optional<std::uint64_t> Inspection::sound_snapshot() const {
  for (auto snapshot = snapshots.rbegin(); snapshot != snapshots.rend(); ++snapshot) {
    if (snapshot->problem.empty()) return snapshot->position;
  }
  return std::nullopt;
}

Result<Inspection> inspect(io::FileSystem& files, const std::string& directory, const Inspecting& inspecting) {
  return Inspector(files, directory, inspecting).run();
}

}  // namespace athanor::storage
