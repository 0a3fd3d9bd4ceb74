#include "storage/embedded/inspect_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "io/read_bytes.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

// The base in a sound header, whatever the file's name.
Result<std::optional<std::uint64_t>> base_in_header(const io::File& file, SegmentKind kind) {
  ATHANOR_TRY(bytes, io::read_bytes(file, 0, kind == SegmentKind::Plain ? kSegmentHeaderBytes : kCompactedHeaderBytes));
  if (kind == SegmentKind::Plain) {
    const auto header = decode_segment_header(bytes);
    return header ? std::optional{header->base} : std::nullopt;
  }
  const auto header = decode_compacted_header(bytes);
  return header ? std::optional{header->base} : std::nullopt;
}

}  // namespace

Result<void> InspectedFiles::list() {
  ATHANOR_TRY(names, files_.list(directory_));
  for (const std::string& name : names) {  // sorting by name sorts by position
    const auto base = base_in_name(name);
    const auto position = snapshot_position_of(name);
    if (!base && !position) continue;
    ATHANOR_TRY(file, files_.open(path_of(name), io::OpenMode::Read));
    ATHANOR_TRY(size, file->size_bytes());
    found_.bytes += size;
    if (position) found_.snapshots.push_back({.position = *position, .bytes = size});
    if (!base) continue;
    const auto kind = segment_base_of(name) ? SegmentKind::Plain : SegmentKind::Compacted;
    ATHANOR_CHECK(list_segment({.id = 0, .base = *base, .kind = kind}, *file, size));
  }
  for (ForeignFile& file : found_.foreign) tell_wrong_name(file);
  return {};
}

Result<void> InspectedFiles::list_segment(const SegmentHeader& named, const io::File& file, std::uint64_t bytes) {
  ATHANOR_TRY(in_header, base_in_header(file, named.kind));
  if (in_header.value_or(named.base) != named.base) {
    const SegmentHeader own{.id = 0, .base = *in_header, .kind = named.kind};
    found_.foreign.push_back({file_name(named), bytes, {}, file_name(own)});
    return {};
  }
  if (in_header) own_.insert(named.base);
  // Both kinds exist when the server died before removing the plain one, which has everything.
  if (!found_.segments.empty() && found_.segments.back().header.base == named.base) {
    twins_.push_back(found_.segments.back());
    found_.segments.pop_back();
  }
  found_.segments.push_back({.header = named, .file_bytes = bytes});
  return {};
}

// The file is a copy, or has been renamed.
void InspectedFiles::tell_wrong_name(ForeignFile& file) const {
  const std::uint64_t base = *base_in_name(file.own_name);
  const bool is_copy = own_.contains(base);
  file.problem = fmt::format("holds the records from position {} on: {}.", base,
                             is_copy ? "it is a copy with the wrong name" : "it has been renamed");
  if (is_copy) file.own_name.clear();
}

Result<void> InspectedFiles::choose_kinds() {
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
  // The next start removes these: the segment that they were merged into has their contents, if it is sound.
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

// The plain segment of that base has everything. If it is damaged, or unrelated to the compacted one, the next start
// does without one of the two, whichever that is.
Result<void> InspectedFiles::look_at_twin(const SegmentReport& compacted, SegmentReport& plain, std::uint64_t end) {
  const std::uint64_t base = compacted.header.base;
  const auto made = check_made_from_plain(files_, directory_, base, end);
  if (!made && made.error().code != ErrorCode::Corrupt) return made.error();
  std::string problem =
      fmt::format("was not made from {}: it is from another log, or from another time, or one of them is damaged.",
                  segment_name(base));
  if (made) {
    ATHANOR_TRY(is_plain_sound, is_sound_plain(base, end));
    // Also where nothing depends on it: a start reads it, and cannot if the disk refuses to.
    ATHANOR_TRY(is_sound, is_sound_compacted(files_, directory_, base));
    if (is_plain_sound) return {};
    if (is_sound && end <= found_.sound_snapshot().value_or(0)) {
      problem = fmt::format("is damaged: {} has everything that is needed from it.", compacted_name(base));
      found_.foreign.push_back({segment_name(base), plain.file_bytes, std::move(problem), {}});
      plain = compacted;
      return {};
    }
    problem = fmt::format("is {}: {} has everything that can be read from it.",
                          is_sound ? "newer than every snapshot" : "damaged", segment_name(base));
  }
  found_.foreign.push_back({compacted_name(base), compacted.file_bytes, std::move(problem), {}});
  return {};
}

Result<bool> InspectedFiles::is_sound_plain(std::uint64_t base, std::uint64_t end) const {
  ATHANOR_TRY(file, files_.open(path_of(segment_name(base)), io::OpenMode::Read));
  ATHANOR_TRY(bytes, io::read_bytes(*file, 0, kSegmentHeaderBytes));
  const auto header = decode_segment_header(bytes);
  if (!header) return false;
  ATHANOR_TRY(scanned, scan_segment(*file, *header, base, end, [](const RecordView&) { return true; }));
  return scanned.end == ScanEnd::Limit;
}

// The name of an unreadable file proves nothing either: trusting it might fill the log up to anywhere, or give up the
// records of the file before it.
Result<void> InspectedFiles::set_strays_aside(std::uint64_t durable) {
  for (std::size_t i = found_.segments.size(); i-- > 1;) {
    ATHANOR_TRY(stray, is_stray(i, durable));
    if (!stray) continue;
    const auto at = found_.segments.begin() + static_cast<std::ptrdiff_t>(i);
    const std::string problem = "holds nothing that can be read, and there is no place for it between the other files.";
    found_.foreign.push_back({segment_name(at->header.base), at->file_bytes, problem, {}});
    found_.segments.erase(at);
  }
  return {};
}

// Whether the file before it has the records there, or ends earlier while nothing says that the log continues.
Result<bool> InspectedFiles::is_stray(std::size_t index, std::uint64_t durable) const {
  const SegmentReport& looked_at = found_.segments[index];
  const SegmentReport& before = found_.segments[index - 1];
  const std::uint64_t base = looked_at.header.base;
  ATHANOR_TRY(file, files_.open(path_of(file_name(looked_at.header)), io::OpenMode::Read));
  ATHANOR_TRY(bytes, io::read_bytes(*file, 0, kSegmentHeaderBytes));
  const auto header = decode_segment_header(bytes);
  if (looked_at.header.kind != SegmentKind::Plain || header || header.error().code != ErrorCode::Corrupt) return false;
  const bool last = index + 1 == found_.segments.size();
  const std::uint64_t until = last ? kNoLimit : found_.segments[index + 1].header.base;
  ATHANOR_TRY(id, find_segment_id(*file, bytes, base, until));
  if (id) return false;
  const std::string path = path_of(file_name(before.header));
  ATHANOR_TRY(file_before, files_.open(path, io::OpenMode::Read));
  if (before.header.kind == SegmentKind::Compacted) {
    const auto compacted = read_compacted_header(*file_before, path, before.header.base);
    return compacted && compacted->end > base;
  }
  if (last && base > durable && file_offset(before.header, base) > before.file_bytes) return true;
  ATHANOR_TRY(bytes_before, io::read_bytes(*file_before, 0, kSegmentHeaderBytes));
  const auto header_before = decode_segment_header(bytes_before);
  if (!header_before) return false;
  const std::uint64_t aligned = (base + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  ATHANOR_TRY(record, find_record(*file_before, *header_before, aligned, kNoLimit));
  return record.has_value();
}

}  // namespace athanor::storage
