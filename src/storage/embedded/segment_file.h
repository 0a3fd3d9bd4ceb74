// One file of the log: made whole before it has its name, read record by record.
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

// Where in its file the record at `position` stands.
constexpr std::uint64_t file_offset(const SegmentHeader& segment, std::uint64_t position) {
  return kSegmentHeaderBytes + (position - segment.base);
}

// Makes the segment with `zeros` bytes after its header, durably: once its name can be seen, its header is whole. That
// a segment exists also proves that everything before its base is durable; callers create it only then.
Result<std::shared_ptr<io::File>> create_segment(io::FileSystem& files, const std::string& directory,
                                                 const SegmentHeader& header, std::uint64_t zeros);

// The header of the segment whose name says `base`. Corrupt, naming the path, when it is not what it should be.
Result<SegmentHeader> read_segment_header(const io::File& file, const std::string& path, std::uint64_t base);

enum class ScanEnd : std::uint8_t { Limit, Visitor, BadRecord };

struct Scanned {
  std::uint64_t position = 0;  // behind the last record visited
  ScanEnd end = ScanEnd::Limit;
};

// Visits the records in [from, to) in order, until `visit` returns false or there is no sound record. Errors are
// those of reading only. The views borrow from the scan's own buffer, for the call.
Result<Scanned> scan_segment(const io::File& file, const SegmentHeader& segment, std::uint64_t from, std::uint64_t to,
                             const std::function<bool(const RecordView&)>& visit);

// Writes the records in [from, to) to the same places of `target`, where the segment has another id. Ends where
// scan_segment does; what is written is not synced.
Result<Scanned> copy_records(const io::File& file, const SegmentHeader& segment, std::uint64_t from, std::uint64_t to,
                             io::File& target, std::uint64_t id);

// Where in [from, to) the first sound record stands, for whoever goes on behind a bad one; nullopt when there is none.
Result<std::optional<std::uint64_t>> find_record(const io::File& file, const SegmentHeader& segment, std::uint64_t from,
                                                 std::uint64_t to);

// The id of the segment of that base which ends at `end`, where its header is damaged: as it stands in `header_bytes`,
// or with one of its bits put right; else as the records' checksums give it. nullopt when none of these fits.
Result<std::optional<std::uint64_t>> find_segment_id(const io::File& file, std::string_view header_bytes,
                                                     std::uint64_t base, std::uint64_t end);

}  // namespace athanor::storage
