// The bytes of the embedded log's files, and their names. docs/formats/log.md and snapshot.md say the same in words.
//
// Only bytes: segment_file.h, snapshot_file.h and commit_mark.h read and write the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"

namespace athanor::storage {

inline constexpr std::uint32_t kFormatVersion = 1;

// A page: the data of a segment begins at a page of its own, so that no write of records touches the header's.
inline constexpr std::size_t kSegmentHeaderBytes = 4'096;
inline constexpr std::size_t kRecordHeaderBytes = 24;
// Records begin at multiples of this. It costs 3.5 bytes a record on average (64 would cost 32), and makes looking for
// records behind a damaged one eight times shorter.
inline constexpr std::size_t kRecordAlignment = 8;

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + kRecordAlignment - 1) & ~(kRecordAlignment - 1); }
constexpr std::size_t record_bytes(std::size_t payload_bytes) { return kRecordHeaderBytes + aligned(payload_bytes); }

// In which kind of file the records of a segment stand: one after the other, or those that are kept in compressed
// blocks (compacted_format.h).
enum class SegmentKind : std::uint8_t { Plain, Compacted };

struct SegmentHeader {
  std::uint64_t id = 0;    // drawn by chance; in every checksum, so that bytes of another file, or bytes that a sender
                           // put into a payload, never pass for a record of this segment
  std::uint64_t base = 0;  // the position of the first record
  SegmentKind kind = SegmentKind::Plain;
};

// `bytes`: kSegmentHeaderBytes of them. Corrupt when they are no header of ours, UnknownFormat when they are one of
// another version; the message goes on from "<path> ".
std::string encode_segment_header(const SegmentHeader& header);
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

struct RecordView {
  std::uint64_t position = 0;
  std::uint64_t durable_before = 0;  // everything before it was durable when the record was written
  log::RecordType type = 0;
  base::Time time{};
  std::string_view payload;  // borrows from what was parsed
};
log::Record record_of(const RecordView& view);

// Whether a snapshot at `position` cannot be of the record's log: no state ends inside a record, but for those that a
// repair puts in the place of several.
bool refutes_snapshot(const RecordView& record, std::uint64_t position);

// Appends the record to `out`. `payload_crc` is padded_crc(payload): the longest part of the work, done before the
// position is known.
void append_record(std::string& out, std::uint64_t segment_id, const RecordView& record, std::uint32_t payload_crc);
std::uint32_t padded_crc(std::string_view payload);

// How many bytes the record takes whose header (kRecordHeaderBytes) is at the front of `bytes`; nullopt when no header
// of a record at `position` of `segment` is there.
std::optional<std::size_t> parse_record_size(std::string_view bytes, const SegmentHeader& segment,
                                             std::uint64_t position);
// What such a header says of its record, without the payload.
RecordView view_of_header(std::string_view bytes, std::uint64_t position);
// The record at the front of `bytes`; nullopt when it is not whole and sound.
std::optional<RecordView> parse_record(std::string_view bytes, const SegmentHeader& segment, std::uint64_t position);

// The id in the front of a header that may be damaged; it ends at byte kSegmentIdEnd.
inline constexpr std::size_t kSegmentIdEnd = 24;
std::uint64_t segment_id_in(std::string_view header_bytes);
// A segment's id again, from the record at `position` at the front of `bytes`: what its checksum says of the id. It is
// another number with the same effect on every checksum, so the segment reads with it as it did. nullopt when the
// payload is none of a sound record, whatever the id. The record's own header is not checked by this, since the id is
// made to fit it: believe an id only when it fits the next record, too.
std::optional<std::uint64_t> derive_segment_id(std::string_view bytes, std::uint64_t position);

// A snapshot file is this header, then the state.
inline constexpr std::size_t kSnapshotHeaderBytes = 40;
std::string encode_snapshot_header(log::LogPosition position, std::string_view state);
// The state within the whole file's `bytes`; Corrupt like decode_segment_header.
Result<std::string_view> decode_snapshot(std::string_view bytes, log::LogPosition position);

// The commit mark: between which positions the log is durable and has not been freed.
inline constexpr std::size_t kCommitMarkBytes = 40;
struct Extent {
  std::uint64_t begin = 0;  // of the first segment, or later
  std::uint64_t end = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};
std::string encode_commit_mark(const Extent& extent);
// Corrupt when the bytes are not whole and sound, UnknownFormat like decode_segment_header.
Result<Extent> decode_commit_mark(std::string_view bytes);

// Names: the position in 16 hexadecimal digits, so that names sort as positions do.
inline constexpr std::string_view kLockName = "lock";
inline constexpr std::string_view kCommitMarkName = "commit";
inline constexpr std::string_view kReserveName = "reserve";
inline constexpr std::string_view kTemporarySuffix = ".tmp";  // what was being written; removed at the next start
std::string segment_name(std::uint64_t base);
std::string compacted_name(std::uint64_t base);
std::string file_name(const SegmentHeader& segment);
std::string snapshot_name(std::uint64_t position);
std::optional<std::uint64_t> segment_base_of(std::string_view name);
std::optional<std::uint64_t> compacted_base_of(std::string_view name);
std::optional<std::uint64_t> snapshot_position_of(std::string_view name);

}  // namespace athanor::storage
