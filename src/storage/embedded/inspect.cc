#include "storage/embedded/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "io/read_bytes.h"
#include "log/records_lost.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/segment_file.h"
#include "storage/embedded/snapshot_file.h"

namespace athanor::storage {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kProgressBytes = 16 << 20;  // between two calls
constexpr std::size_t kReadBytes = 1 << 20;

class Inspector {
 public:
  Inspector(io::FileSystem& files, const std::string& directory, const Inspecting& inspecting)
      : files_(files), directory_(directory), inspecting_(inspecting) {}

  Result<Inspection> run();

 private:
  Result<void> list_files();
  static Result<std::optional<std::uint64_t>> base_in_header(const io::File& file, SegmentKind kind);
  static void tell_wrong_name(ForeignFile& file, const std::set<std::uint64_t>& named);
  Result<void> choose_kinds();
  Result<void> look_at_twin(const SegmentReport& compacted, SegmentReport& plain, std::uint64_t end);
  Result<bool> is_sound_plain(std::uint64_t base, std::uint64_t end) const;
  Result<void> look_at_mark();
  Result<void> look_at_snapshots();
  Result<void> set_strays_aside();
  Result<bool> is_stray(std::size_t index);
  void look_at_beginning();
  Result<void> look_at_segment(std::size_t index);
  Result<void> look_at_compacted(SegmentReport& segment);
  Result<CompactedHeader> read_compacted(SegmentReport& segment, const io::File& file);
  Result<void> scan_blocks(SegmentReport& segment, const io::File& file, const CompactedHeader& header);
  Result<void> read_header(SegmentReport& segment, const io::File& file);
  Result<void> find_id(SegmentReport& segment, const io::File& file, std::string_view header_bytes);
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

  io::FileSystem& files_;
  const std::string& directory_;
  const Inspecting& inspecting_;

  Inspection found_;
  std::vector<SegmentReport> twins_;  // compacted ones beside a plain one
  std::uint64_t durable_ = 0, bytes_done_ = 0, bytes_told_ = 0;
  bool stopped_ = false;  // the visitor has seen enough
};

Result<Inspection> Inspector::run() {
  ATHANOR_CHECK(list_files());
  ATHANOR_CHECK(look_at_mark());
  ATHANOR_CHECK(look_at_snapshots());
  ATHANOR_CHECK(choose_kinds());
  ATHANOR_CHECK(set_strays_aside());
  for (const ForeignFile& file : found_.foreign) damaged(file.name, 0, file.bytes, file.problem);
  look_at_beginning();
  for (std::size_t i = 0; i < found_.segments.size() && !stopped_; ++i) ATHANOR_CHECK(look_at_segment(i));
  found_.end = found_.segments.empty() ? durable_ : found_.segments.back().until;
  // Its last file is missing; what was in it is beyond repair, but not where it ended.
  if (found_.misses_tail()) found_.end = std::max(found_.end, durable_);
  found_.durable = durable_;
  for (const SnapshotReport& snapshot : found_.snapshots) {
    if (!snapshot.problem.empty()) damaged(snapshot_name(snapshot.position), 0, snapshot.bytes, snapshot.problem);
  }
  if (found_.is_sound() && !found_.can_rebuild_state()) {
    damaged(
        "snapshot-*", 0, 0,
        fmt::format("is missing: the log before position {} has been freed or compacted, and no snapshot holds what "
                    "the state was there.",
                    found_.whole_from()));
  }
  for (Damage& damage : found_.damages) {
    const bool is_of_segment = segment_base_of(damage.file) || compacted_base_of(damage.file);
    const bool is_foreign = std::ranges::find(found_.foreign, damage.file, &ForeignFile::name) != found_.foreign.end();
    if (!is_of_segment || is_foreign) damage.records_before = found_.records;
    damage.records_after = found_.records - damage.records_before;
  }
  return std::move(found_);
}

Result<void> Inspector::list_files() {
  ATHANOR_TRY(names, files_.list(directory_));
  std::set<std::uint64_t> named;  // bases of those whose headers say what their names say
  for (const std::string& name : names) {
    const auto plain = segment_base_of(name);
    const auto compacted = compacted_base_of(name);
    const auto base = plain ? plain : compacted;
    const auto position = snapshot_position_of(name);
    if (!base && !position) continue;
    ATHANOR_TRY(file, files_.open(path_of(name), io::OpenMode::Read));
    ATHANOR_TRY(size, file->size_bytes());
    found_.bytes += size;
    const auto kind = plain ? SegmentKind::Plain : SegmentKind::Compacted;
    if (base) {
      ATHANOR_TRY(in_header, base_in_header(*file, kind));
      if (in_header.value_or(*base) != *base) {
        found_.foreign.push_back({name, size, {}, file_name({.id = 0, .base = *in_header, .kind = kind})});
        continue;
      }
      if (in_header) named.insert(*base);
    }
    // Both kinds are there where the server died before the plain one went, which has everything.
    if (base && !found_.segments.empty() && found_.segments.back().header.base == *base) {
      twins_.push_back(found_.segments.back());
      found_.segments.pop_back();
    }
    if (base) found_.segments.push_back({.header = {.id = 0, .base = *base, .kind = kind}, .file_bytes = size});
    if (position) found_.snapshots.push_back({.position = *position, .bytes = size});
  }
  for (ForeignFile& file : found_.foreign) tell_wrong_name(file, named);
  return {};  // sorted by name is sorted by position
}

Result<void> Inspector::choose_kinds() {
  std::vector<std::uint64_t> bases;
  for (const SegmentReport& segment : found_.segments) bases.push_back(segment.header.base);
  for (const SegmentReport& twin : twins_) {
    const auto next = std::ranges::upper_bound(bases, twin.header.base);
    SegmentReport& plain = found_.segments[static_cast<std::size_t>(next - bases.begin()) - 1];
    ATHANOR_CHECK(look_at_twin(twin, plain, next == bases.end() ? kNoLimit : *next));
  }
  std::set<std::uint64_t> compacted;
  for (const SegmentReport& segment : found_.segments) {
    if (segment.header.kind == SegmentKind::Compacted) compacted.insert(segment.header.base);
  }
  // What the next start removes: it has what stands in them from the one that they became part of, if that is sound.
  ATHANOR_TRY(merged, find_merged(files_, directory_, bases, compacted));
  std::map<std::uint64_t, bool> is_sound;
  for (const auto& [base, one] : merged) {
    if (is_sound.contains(one)) continue;
    ATHANOR_TRY(sound, is_sound_compacted(files_, directory_, one));
    is_sound[one] = sound;
  }
  std::erase_if(found_.segments, [&](const SegmentReport& segment) {
    const auto one = merged.find(segment.header.base);
    return one != merged.end() && is_sound[one->second];
  });
  return {};
}

// What a sound header says, whatever the file's name.
Result<std::optional<std::uint64_t>> Inspector::base_in_header(const io::File& file, SegmentKind kind) {
  ATHANOR_TRY(bytes, io::read_bytes(file, 0, kind == SegmentKind::Plain ? kSegmentHeaderBytes : kCompactedHeaderBytes));
  if (kind == SegmentKind::Plain) {
    const auto header = decode_segment_header(bytes);
    return header ? std::optional{header->base} : std::nullopt;
  }
  const auto header = decode_compacted_header(bytes);
  return header ? std::optional{header->base} : std::nullopt;
}

// It is a copy, or has been renamed: `named` are the bases of those that have their own names.
void Inspector::tell_wrong_name(ForeignFile& file, const std::set<std::uint64_t>& named) {
  const auto plain = segment_base_of(file.own_name);
  const std::uint64_t base = plain ? *plain : *compacted_base_of(file.own_name);
  const bool is_copy = named.contains(base);
  file.problem = fmt::format("holds the records from position {} on: {}.", base,
                             is_copy ? "it is a copy under a wrong name" : "it has been renamed");
  if (is_copy) file.own_name.clear();
}

// The plain one of its base has everything. Where it is damaged, or has nothing to do with the compacted one, the next
// start does without one of them, whichever is to stay.
Result<void> Inspector::look_at_twin(const SegmentReport& compacted, SegmentReport& plain, std::uint64_t end) {
  const std::uint64_t base = compacted.header.base;
  const auto made = check_made_from_plain(files_, directory_, base, end);
  if (!made && made.error().code != ErrorCode::Corrupt) return made.error();
  std::string problem =
      fmt::format("was not made from {} beside it: it is another log's, or of another time, or one of them is damaged.",
                  segment_name(base));
  if (made) {
    ATHANOR_TRY(is_plain_sound, is_sound_plain(base, end));
    if (is_plain_sound) return {};
    ATHANOR_TRY(is_sound, is_sound_compacted(files_, directory_, base));
    if (is_sound && end <= found_.sound_snapshot().value_or(0)) {
      problem = fmt::format("is damaged: {} beside it has what is needed of it.", compacted_name(base));
      found_.foreign.push_back({segment_name(base), plain.file_bytes, std::move(problem), {}});
      plain = compacted;
      return {};
    }
    problem = fmt::format("is {}: {} beside it has all that can be read of it.",
                          is_sound ? "newer than every snapshot" : "damaged", segment_name(base));
  }
  found_.foreign.push_back({compacted_name(base), compacted.file_bytes, std::move(problem), {}});
  return {};
}

Result<bool> Inspector::is_sound_plain(std::uint64_t base, std::uint64_t end) const {
  ATHANOR_TRY(file, files_.open(path_of(segment_name(base)), io::OpenMode::Read));
  ATHANOR_TRY(bytes, io::read_bytes(*file, 0, kSegmentHeaderBytes));
  const auto header = decode_segment_header(bytes);
  if (!header) return false;
  ATHANOR_TRY(scanned, scan_segment(*file, *header, base, end, [](const RecordView&) { return true; }));
  return scanned.end == ScanEnd::Limit;
}

Result<void> Inspector::look_at_mark() {
  const std::string name{kCommitMarkName};
  auto file = files_.open(path_of(name), io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound) {
    if (found_.segments.empty() && found_.snapshots.empty())
      return not_found(fmt::format("{} holds no log.", directory_));
    damaged(name, 0, 0, "is missing. The next start writes it anew.");
    return {};
  }
  if (!file) return std::move(file).error();
  ATHANOR_TRY(bytes, io::read_bytes(**file, 0, kCommitMarkBytes));
  const auto extent = decode_commit_mark(bytes);
  if (extent) {
    found_.mark = *extent;
    witness(extent->end);
  } else if (extent.error().code == ErrorCode::UnknownFormat) {
    return Error{ErrorCode::UnknownFormat, fmt::format("{} {}", path_of(name), extent.error().message), {}};
  } else {
    damaged(name, 0, kCommitMarkBytes, extent.error().message + " The next start writes it anew.");
  }
  return {};
}

Result<void> Inspector::look_at_snapshots() {
  for (SnapshotReport& snapshot : found_.snapshots) {
    const auto read = read_snapshot(files_, directory_, log::LogPosition{snapshot.position}, inspecting_.check_state);
    tell_progress(snapshot.bytes);
    // The name of a damaged one proves nothing: whoever believed it might fill the log up to anywhere.
    if (read) {
      witness(snapshot.position);
      continue;
    }
    if (read.error().code != ErrorCode::Corrupt) return read.error();
    // Without the path, which its message begins with.
    snapshot.problem = read.error().message.substr(path_of(snapshot_name(snapshot.position)).size() + 1);
  }
  return {};
}

// The name of a file in which nothing can be read proves nothing either: whoever believed it might fill the log up to
// anywhere, or give up the records of the file before.
Result<void> Inspector::set_strays_aside() {
  for (std::size_t i = found_.segments.size(); i-- > 1;) {
    ATHANOR_TRY(stray, is_stray(i));
    if (!stray) continue;
    const auto at = found_.segments.begin() + static_cast<std::ptrdiff_t>(i);
    const std::string problem = "holds nothing that can be read, and the other files leave no place for it.";
    found_.foreign.push_back({segment_name(at->header.base), at->file_bytes, problem, {}});
    found_.segments.erase(at);
  }
  return {};
}

// That the file before it has the records there, or ends before, and nothing says that the log goes on.
Result<bool> Inspector::is_stray(std::size_t index) {
  SegmentReport looked_at = found_.segments[index];
  const SegmentReport& before = found_.segments[index - 1];
  const std::uint64_t base = looked_at.header.base;
  ATHANOR_TRY(file, files_.open(path_of(file_name(looked_at.header)), io::OpenMode::Read));
  ATHANOR_TRY(bytes, io::read_bytes(*file, 0, kSegmentHeaderBytes));
  const auto header = decode_segment_header(bytes);
  if (looked_at.header.kind != SegmentKind::Plain || header || header.error().code != ErrorCode::Corrupt) return false;
  looked_at.until = index + 1 < found_.segments.size() ? found_.segments[index + 1].header.base : kNoLimit;
  ATHANOR_CHECK(find_id(looked_at, *file, bytes));
  if (looked_at.is_readable) return false;
  const std::string path = path_of(file_name(before.header));
  ATHANOR_TRY(file_before, files_.open(path, io::OpenMode::Read));
  if (before.header.kind == SegmentKind::Compacted) {
    const auto compacted = read_compacted_header(*file_before, path, before.header.base);
    return compacted && compacted->end > base;
  }
  if (looked_at.until == kNoLimit && base > durable_ && file_offset(before.header, base) > before.file_bytes)
    return true;
  ATHANOR_TRY(bytes_before, io::read_bytes(*file_before, 0, kSegmentHeaderBytes));
  const auto header_before = decode_segment_header(bytes_before);
  if (!header_before) return false;
  const std::uint64_t aligned = (base + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  ATHANOR_TRY(record, find_record(*file_before, *header_before, aligned, kNoLimit));
  return record.has_value();
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
  if (segment.header.kind == SegmentKind::Compacted) return look_at_compacted(segment);
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

// The header, or its copy, and the index; what they say that the files around deny is damage, too.
Result<CompactedHeader> Inspector::read_compacted(SegmentReport& segment, const io::File& file) {
  const std::string name = file_name(segment.header);
  std::optional<std::string> problem;
  const auto header = read_compacted_header(file, path_of(name), segment.header.base, &problem);
  if (!header) {
    if (header.error().code != ErrorCode::Corrupt) return header.error();
    if (segment.until == kNoLimit) segment.until = std::max(durable_, segment.header.base);
    segment.gaps.push_back({segment.header.base, segment.until});
    damaged(name, 0, kCompactedHeaderBytes,
            "has a damaged header, and so has its copy, or is another file's: nothing in it can be read.");
    return CompactedHeader{};
  }
  segment.header.id = header->id;
  segment.is_header_sound = !problem;
  segment.is_readable = true;
  if (problem) damaged(name, 0, kCompactedHeaderBytes, "has a damaged header. Its copy at the end is sound.");
  if (segment.until == kNoLimit) {
    segment.until = header->end;
    damaged(segment_name(header->end), 0, 0, fmt::format("is missing: {} cannot be the last file of the log.", name));
  } else if (header->end > segment.until) {
    segment.is_header_sound = false;
    damaged(name, 32, 8,
            fmt::format("ends at position {}, behind the beginning of the next file at position {}: one of them is "
                        "another log's, or of another time.",
                        header->end, segment.until));
  } else if (header->end < segment.until) {
    segment.is_header_sound = false;
    segment.gaps.push_back({header->end, segment.until});
    damaged(name, 32, 8,
            fmt::format("ends at position {}, and the next file begins at position {}: {} is missing.", header->end,
                        segment.until, segment_name(header->end)));
  }
  const std::uint64_t there = std::min(segment.file_bytes, header->file_bytes());
  if (segment.file_bytes != header->file_bytes()) {
    segment.is_header_sound = false;
    damaged(name, there, segment.file_bytes - there,
            fmt::format("is {} bytes long, and should be {}.", segment.file_bytes, header->file_bytes()));
    return header;
  }
  ATHANOR_TRY(bytes, io::read_bytes(file, header->index_offset, header->index_bytes() + kCompactedHeaderBytes));
  const std::string_view view = bytes;
  segment.is_index_sound = decode_compacted_index(view.substr(0, header->index_bytes()), *header).has_value();
  if (!segment.is_index_sound) {
    damaged(name, header->index_offset, header->index_bytes(),
            "has a damaged index. Its records can be found without.");
  }
  if (!problem && view.substr(header->index_bytes()) != encode_compacted_header(*header)) {
    segment.is_header_sound = false;
    damaged(name, header->index_offset + header->index_bytes(), kCompactedHeaderBytes,
            "has a damaged copy of its header. The one in front is sound.");
  }
  return header;
}

// One block after the other: each says how long it is. Behind a bad one they are looked for.
Result<void> Inspector::scan_blocks(SegmentReport& segment, const io::File& file, const CompactedHeader& header) {
  std::uint64_t position = segment.header.base;  // behind the last record that could be read
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
    if (block->records.front().position >= segment.until) break;  // those are the next file's
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
  if (header.error().code != ErrorCode::Corrupt)
    return Error{header.error().code, fmt::format("{} {}", path_of(name), header.error().message), {}};
  ATHANOR_CHECK(find_id(segment, file, bytes));
  if (!segment.is_readable) {
    damaged(name, 0, kSegmentHeaderBytes, "has a damaged header, and nothing that follows it can be read.");
    return {};
  }
  // What it should be is known, so the damage is where it differs.
  const std::string sound = encode_segment_header(segment.header);
  const auto first = static_cast<std::uint64_t>(std::ranges::mismatch(bytes, sound).in1 - bytes.begin());
  damaged(name, first, kSegmentHeaderBytes - first, "has a damaged header. Its records can be read all the same.");
  return {};
}

// The id as it stands in a damaged header, or with one of its bits put right; else as the records' checksums give it.
Result<void> Inspector::find_id(SegmentReport& segment, const io::File& file, std::string_view header_bytes) {
  const std::uint64_t base = segment.header.base;
  const auto believe = [&](std::uint64_t id) {
    segment.header.id = id;
    segment.is_readable = true;
    return Result<void>{};
  };
  ATHANOR_TRY(bytes, io::read_bytes(file, kSegmentHeaderBytes, 2 * record_bytes(limits::kRecordBytes)));
  if (header_bytes.size() >= kSegmentIdEnd) {
    const std::uint64_t id = segment_id_in(header_bytes);
    ATHANOR_TRY(found, find_record(file, {id, base}, base, segment.until));
    if (found) return believe(id);
    for (int bit = 0; bit < 64; ++bit) {
      if (parse_record(bytes, {id ^ 1ULL << bit, base}, base)) return believe(id ^ 1ULL << bit);
    }
  }
  const auto id = derive_segment_id(bytes, base);
  if (!id) return {};
  const auto next = *parse_record_size(bytes, {*id, base}, base);
  return parse_record(std::string_view{bytes}.substr(next), {*id, base}, base + next) ? believe(*id) : Result<void>{};
}

// Where the log ends: behind the last record that anything proves durable, or that nothing unsound stands before.
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

// How many bytes from `offset` on, without the zeros at the end of the file.
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
  bool is_empty = gap.until == segment.until;
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

bool Inspector::take(const RecordView& record) {
  const std::uint64_t bytes = record_bytes(record.payload.size());
  tell_progress(bytes);
  if (record.type == log::RecordsLost::kType) {
    found_.lost_bytes += bytes;
    return true;
  }
  for (SnapshotReport& snapshot : found_.snapshots) {
    if (snapshot.problem.empty() && refutes_snapshot(record, snapshot.position))
      snapshot.problem = "is another log's: its position is inside a record.";
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
