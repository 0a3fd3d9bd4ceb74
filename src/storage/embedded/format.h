// The bytes of the embedded log's files, and their names. docs/formats/log.md and snapshot.md say the same in words.
//
// Only bytes: segment_file.h, snapshot_file.h and commit_mark.h read and write the files.
//
// In this folder a position is a plain number, since offsets in files are computed from it; log::LogPosition is what
// the log::Log interface makes of it.
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

// One page: the records of a segment begin on a page of their own, so that writing them never touches the header's.
inline constexpr std::size_t kSegmentHeaderBytes = 4'096;
inline constexpr std::size_t kRecordHeaderBytes = 24;
// Records begin at multiples of this. It costs 3.5 bytes per record on average (64 would cost 32), and makes the search
// for records after a damaged one eight times shorter.
inline constexpr std::size_t kRecordAlignment = 8;

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + kRecordAlignment - 1) & ~(kRecordAlignment - 1); }
constexpr std::size_t record_bytes(std::size_t payload_bytes) { return kRecordHeaderBytes + aligned(payload_bytes); }

// How a segment's file stores its records: all of them one after the other, or only the kept ones in compressed blocks
// (compacted_format.h).
enum class SegmentKind : std::uint8_t { Plain, Compacted };

struct SegmentHeader {
  std::uint64_t id = 0;    // random; in every checksum, so that bytes of another file, or bytes that a sender put into
                           // a payload, never pass for a record of this segment
  std::uint64_t base = 0;  // the position of the first record
  SegmentKind kind = SegmentKind::Plain;
};

// `bytes`: kSegmentHeaderBytes of them. Corrupt when they are not one of our headers, UnknownFormat when they are one
// of another version; the message continues the sentence "<path> ".
std::string encode_segment_header(const SegmentHeader& header);
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

struct RecordView {
  std::uint64_t position = 0;
  std::uint64_t durable_before = 0;  // everything before it was durable when the record was written
  log::RecordType type = 0;
  base::Time time{};
  std::string_view payload;  // borrows from the parsed bytes
};
log::Record record_of(const RecordView& view);

// Whether a snapshot at `position` cannot belong to the record's log: no state ends inside a record, except inside one
// that a repair put in the place of several.
bool refutes_snapshot(const RecordView& record, std::uint64_t position);

// Appends the record to `out`. `payload_crc` is padded_crc(payload): the most expensive part, computed before the
// position is known.
void append_record(std::string& out, std::uint64_t segment_id, const RecordView& record, std::uint32_t payload_crc);
std::uint32_t padded_crc(std::string_view payload);

// The size in bytes of the record whose header (kRecordHeaderBytes) is at the front of `bytes`; nullopt when that is
// not the header of a record at `position` of `segment`.
std::optional<std::size_t> parse_record_size(std::string_view bytes, const SegmentHeader& segment,
                                             std::uint64_t position);
// What such a header says about its record, without the payload.
RecordView view_of_header(std::string_view bytes, std::uint64_t position);
// The record at the front of `bytes`; nullopt when it is not whole and sound.
std::optional<RecordView> parse_record(std::string_view bytes, const SegmentHeader& segment, std::uint64_t position);

// The id as read from a header that may be damaged; it ends at byte kSegmentIdEnd.
inline constexpr std::size_t kSegmentIdEnd = 24;
std::uint64_t segment_id_in(std::string_view header_bytes);
// Recovers a segment's id from the checksum of the record at `position`, which is at the front of `bytes`. The result
// may be a different number, but has the same effect on every checksum, so the segment can be read with it as before.
// nullopt when no id would make the payload that of a sound record. This does not check the record's own header, since
// the id is made to fit it: trust an id only when it fits the next record, too.
std::optional<std::uint64_t> derive_segment_id(std::string_view bytes, std::uint64_t position);

// A snapshot file is this header followed by the state.
inline constexpr std::size_t kSnapshotHeaderBytes = 40;
std::string encode_snapshot_header(std::uint64_t position, std::string_view state);
// The state within the whole file's `bytes`; Corrupt like decode_segment_header.
Result<std::string_view> decode_snapshot(std::string_view bytes, std::uint64_t position);

// The commit mark: the range of positions in which the log is durable and has not been freed.
inline constexpr std::size_t kCommitMarkBytes = 40;
struct Extent {
  std::uint64_t begin = 0;  // of the first segment, or later
  std::uint64_t end = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};
std::string encode_commit_mark(const Extent& extent);
// Corrupt when the bytes are incomplete or damaged, UnknownFormat like decode_segment_header.
Result<Extent> decode_commit_mark(std::string_view bytes);

// Names: the position in 16 hexadecimal digits, so that names sort as positions do.
inline constexpr std::string_view kLockName = "lock";
inline constexpr std::string_view kCommitMarkName = "commit";
inline constexpr std::string_view kReserveName = "reserve";
inline constexpr std::string_view kTemporarySuffix = ".tmp";  // still being written; removed at the next start
std::string segment_name(std::uint64_t base);
std::string compacted_name(std::uint64_t base);
std::string file_name(const SegmentHeader& segment);
std::string snapshot_name(std::uint64_t position);
std::optional<std::uint64_t> segment_base_of(std::string_view name);
std::optional<std::uint64_t> compacted_base_of(std::string_view name);
std::optional<std::uint64_t> snapshot_position_of(std::string_view name);
std::optional<std::uint64_t> base_in_name(std::string_view name);      // of a segment of either kind
std::optional<std::uint64_t> position_in_name(std::string_view name);  // of a segment or a snapshot

// What a decode function says, about the file at `path`.
Error about_file(std::string_view path, const Error& error);

}  // namespace athanor::storage
