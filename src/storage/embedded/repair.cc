#include "storage/embedded/repair.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "log/codec.h"
#include "log/records_lost.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/new_file.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/salvaged_files.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

constexpr std::uint64_t kLostBytesMax = record_bytes(limits::kRecordBytes);  // of one record
// In one place: one file of the largest size that can be configured. Our choice: if more seems to be missing, the
// evidence is more likely another log's.
constexpr std::uint64_t kLostAtOnceBytesMax = (1ULL << 32) + kLostBytesMax;

Error cannot(std::string why) { return {ErrorCode::IllegalStatus, std::move(why), {}}; }

Error cannot_fill(const std::string& witness, const Gap& gap) {
  return cannot(fmt::format(
      "{} shows that the log continued up to position {}, but {} bytes before that are missing. If it belongs to "
      "another log, move it away first. If it belongs to this one, restore a backup: those records are lost.",
      witness, gap.until, gap.until - gap.from));
}

bool is_compacted(const SegmentReport& segment) { return segment.header.kind == SegmentKind::Compacted; }

bool needs_repair(const SegmentReport& segment) {
  return !segment.is_header_sound || !segment.gaps.empty() || segment.is_refused ||
         (is_compacted(segment) && !segment.is_index_sound);
}

// Null when it is sound.
const Damage* mark_damage(const Inspection& found) {
  const auto damage = std::ranges::find(found.damages, kCommitMarkName, &Damage::file);
  return damage == found.damages.end() ? nullptr : &*damage;
}

// The first segments, whose files are missing.
std::optional<Gap> missing_front(const Inspection& found) {
  const std::uint64_t first = found.segments[0].header.base;
  return found.begin < first ? std::optional{Gap{found.begin, first}} : std::nullopt;
}

// The last segment, whose file is missing.
std::optional<Gap> missing_tail(const Inspection& found) {
  return found.misses_tail() ? std::optional{Gap{found.segments.back().until, found.end}} : std::nullopt;
}

// The file whose records begin at `base`.
std::string file_at(const Inspection& found, std::uint64_t base) {
  const auto at = std::ranges::find(found.segments, base, [](const SegmentReport& one) { return one.header.base; });
  return at == found.segments.end() ? segment_name(base) : file_name(at->header);
}

// How much is missing at the end of the log, according to a snapshot or the mark.
std::uint64_t lost_end_bytes(const Inspection& found) {
  const SegmentReport& last = found.segments.back();
  if (is_compacted(last)) return found.end - last.until;
  const bool is_lost = !last.gaps.empty() && last.gaps.back().until == last.until;
  return is_lost ? last.until - last.gaps.back().from : 0;
}

// A payload that decodes and takes `bytes` bytes when padded.
std::string filling(std::uint64_t bytes) {
  log::RecordsLost lost{std::string(bytes, '\0')};
  std::string payload = log::encode(lost);
  while (payload.size() > bytes) {
    lost.filling.pop_back();
    payload = log::encode(lost);
  }
  return payload;
}

// A file made of pieces, put in place when it is complete and durable.
class Replacement {
 public:
  static Result<Replacement> begin(io::FileSystem& files, const std::string& directory, const std::string& name) {
    ATHANOR_TRY(file, NewFile::begin(files, directory, name));
    return Replacement(files, directory, std::move(file));
  }

  Result<void> append(std::string_view bytes) {
    ATHANOR_CHECK(file_->write_at(size_, bytes));
    size_ += bytes.size();
    return {};
  }

  Result<void> append_from(const io::File& file, const std::string& path, std::uint64_t from, std::uint64_t to) {
    return read_in_pieces(file, path, from, to, [&](std::string_view piece) { return append(piece); });
  }

  // The records of a segment that is rewritten, at the same places.
  Result<void> append_records_of(const SegmentReport& segment, const io::File& file, std::uint64_t from,
                                 std::uint64_t to, std::uint64_t id) {
    ATHANOR_TRY(copied, copy_records(file, segment.header, from, to, *file_, id));
    size_ += to - from;
    if (copied.end == ScanEnd::Limit) return {};
    return corrupt(segment_name(segment.header.base) + " has changed since it was checked.");
  }

  Result<void> finish() {
    ATHANOR_CHECK(file_->sync());
    ATHANOR_CHECK(file_.take_name());
    return files_->sync_directory(directory_);
  }

 private:
  Replacement(io::FileSystem& files, std::string directory, NewFile file)
      : files_(&files), directory_(std::move(directory)), file_(std::move(file)) {}

  io::FileSystem* files_;
  std::string directory_;
  NewFile file_;
  std::uint64_t size_ = 0;
};

class Repair;

// An action, and the sentence that describes it to the person who has to agree.
struct Step {
  std::string says;
  std::function<Result<void>(Repair&)> act;
};

class Repair {
 public:
  Repair(io::FileSystem& files, const std::string& directory, const Inspection& found, const std::string& quarantine,
         base::Random& random)
      : files_(files),
        directory_(directory),
        quarantine_(directory + "/" + quarantine),
        found_(found),
        random_(random) {}

  Result<void> run(const std::vector<Step>& steps);

  // The actions of the steps.
  Result<void> move_away(const std::string& name);
  Result<void> make_segment(const Gap& gap);
  Result<void> replace_segment(const SegmentReport& segment);
  Result<void> replace_compacted(const SegmentReport& segment);
  Result<void> replace_mark();

 private:
  Result<void> write_note(const std::vector<Step>& steps);
  Result<void> keep_copy(const std::string& name);
  static Result<void> append_lost(Replacement& to, const SegmentHeader& segment, const Gap& gap);

  SalvagedFiles files_;
  const std::string& directory_;
  const std::string quarantine_;
  const Inspection& found_;
  base::Random& random_;
};

Result<void> Repair::run(const std::vector<Step>& steps) {
  ATHANOR_CHECK(files_.create_directories(quarantine_));
  ATHANOR_CHECK(write_note(steps));
  for (const Step& step : steps) ATHANOR_CHECK(step.act(*this));
  return {};
}

Result<void> Repair::write_note(const std::vector<Step>& steps) {
  std::string note = "Files of the log as they were before athanor log repair.\n\nFound:\n";
  for (const Damage& damage : found_.damages) note += fmt::format("  {} {}\n", damage.file, damage.what);
  note += "\nDone:\n";
  for (const Step& step : steps) note += fmt::format("  {}\n", step.says);
  ATHANOR_TRY(file, files_.open(quarantine_ + "/note.txt", io::OpenMode::Create));
  ATHANOR_CHECK(file->write_at(0, note));
  ATHANOR_CHECK(file->sync());
  return files_.sync_directory(quarantine_);
}

Result<void> Repair::keep_copy(const std::string& name) {
  const std::string path = directory_ + "/" + name;
  ATHANOR_TRY(file, files_.open(path, io::OpenMode::Read));
  ATHANOR_TRY(size, file->size_bytes());
  ATHANOR_TRY(copy, Replacement::begin(files_, quarantine_, name));
  ATHANOR_CHECK(copy.append_from(*file, path, 0, size));
  return copy.finish();
}

Result<void> Repair::move_away(const std::string& name) {
  ATHANOR_CHECK(files_.rename(directory_ + "/" + name, quarantine_ + "/" + name));
  ATHANOR_CHECK(files_.sync_directory(quarantine_));
  return files_.sync_directory(directory_);
}

Result<void> Repair::make_segment(const Gap& gap) {
  const SegmentHeader header{random_.next(), gap.from};
  ATHANOR_TRY(made, Replacement::begin(files_, directory_, segment_name(header.base)));
  ATHANOR_CHECK(made.append(encode_segment_header(header)));
  ATHANOR_CHECK(append_lost(made, header, gap));
  return made.finish();
}

Result<void> Repair::replace_segment(const SegmentReport& segment) {
  const std::string name = segment_name(segment.header.base);
  ATHANOR_CHECK(keep_copy(name));
  ATHANOR_TRY(file, files_.open(directory_ + "/" + name, io::OpenMode::Read));
  ATHANOR_TRY(next, Replacement::begin(files_, directory_, name));
  // With a record missing it is a different segment: an earlier backup must not take it for the one that it holds.
  const SegmentHeader header{segment.gaps.empty() ? segment.header.id : random_.next(), segment.header.base};
  ATHANOR_CHECK(next.append(encode_segment_header(header)));
  std::uint64_t position = segment.header.base;
  for (const Gap& gap : segment.gaps) {
    ATHANOR_CHECK(next.append_records_of(segment, *file, position, gap.from, header.id));
    ATHANOR_CHECK(append_lost(next, header, gap));
    position = gap.until;
  }
  ATHANOR_CHECK(next.append_records_of(segment, *file, position, segment.until, header.id));
  return next.finish();
}

// Made of the sound blocks. The keepers of their records are not recorded: the next compaction finds them out.
Result<void> Repair::replace_compacted(const SegmentReport& segment) {
  const std::string name = file_name(segment.header);
  ATHANOR_CHECK(keep_copy(name));
  ATHANOR_TRY(file, files_.open(directory_ + "/" + name, io::OpenMode::Read));
  ATHANOR_TRY(size, file->size_bytes());
  const std::uint64_t id = segment.is_readable ? segment.header.id : random_.next();
  ATHANOR_TRY(next, CompactedWriter::begin(files_, directory_, id, segment.header.base, segment.until));
  for (const BlockPlace& place : segment.blocks) {
    ATHANOR_TRY(block, read_block(*file, {.id = id, .base = segment.header.base, .end = kNoLimit, .index_offset = size},
                                  place.offset));
    if (!block) return corrupt(name + " has changed since it was checked.");
    for (const RecordView& record : block->records) {
      if (record.position + record_bytes(record.payload.size()) <= segment.until)
        ATHANOR_CHECK(next->append(record, {}));
    }
  }
  ATHANOR_CHECK(next->finish());
  return next->put_in_place();
}

// These records claim that everything before them is durable: the file gets its name only once it is.
Result<void> Repair::append_lost(Replacement& to, const SegmentHeader& segment, const Gap& gap) {
  for (std::uint64_t position = gap.from; position < gap.until;) {
    const std::uint64_t left = gap.until - position;
    std::uint64_t bytes = std::min(left, kLostBytesMax);
    if (left > bytes && left - bytes < kRecordHeaderBytes) bytes -= kRecordHeaderBytes;
    const std::string payload = filling(bytes - kRecordHeaderBytes);
    std::string record;
    append_record(
        record, segment.id,
        {.position = position, .durable_before = position, .type = log::RecordsLost::kType, .payload = payload},
        padded_crc(payload));
    ATHANOR_CHECK(to.append(record));
    position += bytes;
  }
  return {};
}

Result<void> Repair::replace_mark() {
  const std::string name{kCommitMarkName};
  if (auto kept = keep_copy(name); !kept && kept.error().code != ErrorCode::NotFound) return kept;
  ATHANOR_TRY(next, Replacement::begin(files_, directory_, name));
  ATHANOR_CHECK(next.append(encode_commit_mark({.begin = found_.begin, .end = found_.durable})));
  return next.finish();
}

// Gaps lie between records, or between a record and a place that was the end of one.
bool is_fillable(const Gap& gap) {
  return gap.until % kRecordAlignment == 0 && gap.until - gap.from >= kRecordHeaderBytes;
}

std::string losing(const Gap& gap) {
  return fmt::format("the {} bytes from position {} to {} are lost", gap.until - gap.from, gap.from, gap.until);
}

// An error saying why no server could start on the result, if none could.
Result<void> check_whole(const Inspection& found) {
  for (const ForeignFile& file : found.foreign) {
    if (!file.own_name.empty())
      return cannot(fmt::format("{} has the wrong name: rename it to {} first.", file.name, file.own_name));
  }
  if (found.segments.empty()) return cannot("No file with records is left: restore a backup.");
  if (!found.can_rebuild_state()) {
    return cannot(
        "No snapshot can be read, and the beginning of the log has been freed or compacted: the state cannot be "
        "known any more. Restore a backup.");
  }
  if (lost_end_bytes(found) > kLostAtOnceBytesMax) {
    const bool is_marked = found.mark && found.mark->end == found.end;
    return cannot_fill(is_marked ? std::string{kCommitMarkName} : snapshot_name(found.end),
                       {found.end - lost_end_bytes(found), found.end});
  }
  return {};
}

std::string rewriting(const SegmentReport& segment) {
  return fmt::format("{} is copied into the quarantine{} and written again", file_name(segment.header),
                     segment.is_refused ? ", with zeros where the disk refuses it," : "");
}

Step step_of_compacted(const SegmentReport& segment) {
  std::string says = rewriting(segment);
  if (!segment.is_readable) says += ", empty";
  for (const Gap& gap : segment.gaps)
    says += fmt::format("; what was kept from position {} to {} is lost", gap.from, gap.until);
  return {says + ".", [&segment](Repair& repair) { return repair.replace_compacted(segment); }};
}

Result<Step> step_of_segment(const Inspection& found, const SegmentReport& segment) {
  const std::string name = file_name(segment.header);
  std::string says = rewriting(segment);
  if (!segment.is_header_sound) says += segment.is_readable ? ", with its header" : ", empty";
  for (const Gap& gap : segment.gaps) {
    if (!is_fillable(gap)) return cannot(fmt::format("{} holds a gap that no record can fill.", name));
    if (gap.until - gap.from > kLostAtOnceBytesMax) return cannot_fill(file_at(found, gap.until), gap);
    says += "; " + losing(gap);
  }
  return Step{says + ".", [&segment](Repair& repair) { return repair.replace_segment(segment); }};
}

Result<Step> step_of_missing(const Gap& gap) {
  if (gap.from < gap.until && !is_fillable(gap))
    return cannot(fmt::format("{} is missing, and no record can fill its place.", segment_name(gap.from)));
  return Step{fmt::format("{} is created again, without its records; {}.", segment_name(gap.from), losing(gap)),
              [gap](Repair& repair) { return repair.make_segment(gap); }};
}

Step step_of_snapshot(const Inspection& found, const std::string& name) {
  return {fmt::format("{} is moved into the quarantine. The state is rebuilt from {}; nothing is lost.", name,
                      found.sound_snapshot() ? "another snapshot" : "the log's beginning"),
          [name](Repair& repair) { return repair.move_away(name); }};
}

// The steps hold references to `found`.
Result<std::vector<Step>> steps_of(const Inspection& found) {
  std::vector<Step> steps;
  if (found.is_sound()) return steps;
  ATHANOR_CHECK(check_whole(found));
  for (const ForeignFile& file : found.foreign) {
    steps.push_back({fmt::format("{} is moved into the quarantine; nothing is lost.", file.name),
                     [&file](Repair& repair) { return repair.move_away(file.name); }});
  }
  for (const SegmentReport& segment : found.segments) {
    if (!needs_repair(segment)) continue;
    ATHANOR_TRY(step, is_compacted(segment) ? step_of_compacted(segment) : step_of_segment(found, segment));
    steps.push_back(std::move(step));
  }
  for (const auto& gap : {missing_tail(found), missing_front(found)}) {
    if (!gap) continue;
    ATHANOR_TRY(step, step_of_missing(*gap));
    steps.push_back(std::move(step));
  }
  for (const SnapshotReport& snapshot : found.snapshots) {
    if (!snapshot.problem.empty()) steps.push_back(step_of_snapshot(found, snapshot_name(snapshot.position)));
  }
  // Last, since what the mark says holds only then.
  if (const Damage* damage = mark_damage(found)) {
    steps.push_back({fmt::format("{} is {}; nothing is lost.", kCommitMarkName,
                                 damage->bytes == 0 ? "written again" : "copied into the quarantine and written again"),
                     [](Repair& repair) { return repair.replace_mark(); }});
  }
  return steps;
}

}  // namespace

Result<std::vector<std::string>> plan_repair(const Inspection& found) {
  ATHANOR_TRY(steps, steps_of(found));
  std::vector<std::string> plan;
  for (Step& step : steps) plan.push_back(std::move(step.says));
  return plan;
}

Result<std::string> new_quarantine(io::FileSystem& files, const std::string& directory, base::Time now) {
  ATHANOR_TRY(names, files.list(directory));
  const std::string of_time = "quarantine-" + base::to_iso8601_basic(now);
  std::string name = of_time;
  for (int number = 2; std::ranges::binary_search(names, name); ++number) name = fmt::format("{}-{}", of_time, number);
  return name;
}

Result<void> repair(io::FileSystem& files, const std::string& directory, const Inspection& found,
                    const std::string& quarantine, base::Random& random) {
  ATHANOR_TRY(steps, steps_of(found));
  if (steps.empty()) return {};
  return Repair(files, directory, found, quarantine, random).run(steps);
}

}  // namespace athanor::storage
