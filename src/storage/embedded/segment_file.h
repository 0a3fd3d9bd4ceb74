// One file of the log: complete before it gets its name, read record by record.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/format.h"

namespace athanor::storage {

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// The offset of the record at `position` in its file.
constexpr std::uint64_t file_offset(const SegmentHeader& segment, std::uint64_t position) {
  return kSegmentHeaderBytes + (position - segment.base);
}

// Creates the segment durably, with `zeros` zero bytes after its header: once its name is visible, its header is
// complete. A segment's existence also proves that everything before its base is durable; callers create it only then.
Result<std::shared_ptr<io::File>> create_segment(io::FileSystem& files, const std::string& directory,
                                                 const SegmentHeader& header, std::uint64_t zeros);

// The header of the segment whose name says `base`. Corrupt, naming the path, when it is invalid or of another base.
Result<SegmentHeader> read_segment_header(const io::File& file, const std::string& path, std::uint64_t base);

enum class ScanEnd : std::uint8_t { Limit, Visitor, BadRecord };

struct Scanned {
  std::uint64_t position = 0;  // just after the last record visited
  ScanEnd end = ScanEnd::Limit;
};

// Visits the records in [from, to) in order, until `visit` returns false or there is no sound record. Only read errors
// are returned. The views borrow from the scan's own buffer and are valid only during the call.
Result<Scanned> scan_segment(const io::File& file, const SegmentHeader& segment, std::uint64_t from, std::uint64_t to,
                             const std::function<bool(const RecordView&)>& visit);

// "is damaged at byte 4096: the record there (position 0) cannot be read.", of a record that is not sound.
std::string bad_record(const SegmentHeader& segment, std::uint64_t position);

// Writes the records in [from, to) to the same places of `target`, whose segment has the id `id`. Ends where
// scan_segment would; does not sync.
Result<Scanned> copy_records(const io::File& file, const SegmentHeader& segment, std::uint64_t from, std::uint64_t to,
                             io::File& target, std::uint64_t id);

// The position of the first sound record in [from, to), to continue after a bad one; nullopt when there is none.
Result<std::optional<std::uint64_t>> find_record(const io::File& file, const SegmentHeader& segment, std::uint64_t from,
                                                 std::uint64_t to);

// The id of the segment from `base` to `end` when its header is damaged: as found in `header_bytes`, or with one bit
// corrected; otherwise derived from the records' checksums. nullopt when none of these fits.
Result<std::optional<std::uint64_t>> find_segment_id(const io::File& file, std::string_view header_bytes,
                                                     std::uint64_t base, std::uint64_t end);

}  // namespace athanor::storage
