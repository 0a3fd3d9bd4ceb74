#include "storage/embedded/segment_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/planted.h"
#include "io/read_bytes.h"
#include "storage/embedded/new_file.h"

namespace athanor::storage {
namespace {

constexpr std::size_t kScanBytes = 1 << 20;  // read or written at once

// The bytes of a segment from an advancing position on, read in large pieces.
class Window {
 public:
  Window(const io::File& file, const SegmentHeader& segment, std::uint64_t to)
      : file_(file), segment_(segment), to_(to) {}

  // The bytes at `position`: at least `size` of them, or all there are before `to`. Valid until the next call.
  Result<std::string_view> at(std::uint64_t position, std::size_t size) {
    if (position < start_ || position + size > start_ + bytes_.size()) ATHANOR_CHECK(refill(position, size));
    return std::string_view(bytes_).substr(position - start_);
  }

 private:
  Result<void> refill(std::uint64_t position, std::size_t size) {
    const std::uint64_t left = to_ - position;
    bytes_.clear();
    start_ = position;
    return io::append_bytes(file_, file_offset(segment_, position),
                            std::min<std::uint64_t>(std::max(size, kScanBytes), left), bytes_);
  }

  const io::File& file_;
  const SegmentHeader& segment_;
  const std::uint64_t to_;
  std::uint64_t start_ = 0;
  std::string bytes_;
};

}  // namespace

Result<std::shared_ptr<io::File>> create_segment(io::FileSystem& files, const std::string& directory,
                                                 const SegmentHeader& header, std::uint64_t zeros) {
  ATHANOR_TRY(created, NewFile::begin(files, directory, segment_name(header.base)));
  std::string beginning = encode_segment_header(header);
  beginning.resize(beginning.size() + zeros);
  ATHANOR_CHECK(created->write_at(0, beginning));
  ATHANOR_CHECK(created->sync());
  ATHANOR_TRY(file, created.take_name());
  if (!base::planted(base::Bug::SkipDirectorySync)) ATHANOR_CHECK(files.sync_directory(directory));
  return std::shared_ptr<io::File>(std::move(file));
}

Result<SegmentHeader> read_segment_header(const io::File& file, const std::string& path, std::uint64_t base) {
  ATHANOR_TRY(bytes, io::read_bytes(file, 0, kSegmentHeaderBytes));
  auto header = decode_segment_header(bytes);
  if (!header) return about_file(path, header.error());
  if (header->base != base) {
    return corrupt(
        fmt::format("{} holds the records from position {} on (byte 24): it has been renamed.", path, header->base));
  }
  return header;
}

Result<Scanned> scan_segment(const io::File& file, const SegmentHeader& segment, std::uint64_t from, std::uint64_t to,
                             const std::function<bool(const RecordView&)>& visit) {
  Window window(file, segment, to);
  std::uint64_t position = from;
  while (position < to) {
    ATHANOR_TRY(header, window.at(position, kRecordHeaderBytes));
    const auto size = parse_record_size(header, segment, position);
    if (!size) return Scanned{position, ScanEnd::BadRecord};
    ATHANOR_TRY(bytes, window.at(position, *size));
    const auto record = parse_record(bytes, segment, position);
    if (!record) return Scanned{position, ScanEnd::BadRecord};
    position += *size;
    if (!visit(*record)) return Scanned{position, ScanEnd::Visitor};
  }
  return Scanned{position, ScanEnd::Limit};
}

std::string bad_record(const SegmentHeader& segment, std::uint64_t position) {
  return fmt::format("is damaged at byte {}: the record there (position {}) cannot be read.",
                     file_offset(segment, position), position);
}

Result<Scanned> copy_records(const io::File& file, const SegmentHeader& segment, std::uint64_t from, std::uint64_t to,
                             io::File& target, std::uint64_t id) {
  std::uint64_t offset = file_offset(segment, from);
  std::string bytes;
  Result<void> written;
  const auto write = [&] {
    written = target.write_at(offset, bytes);
    offset += bytes.size();
    bytes.clear();
    return written.has_value();
  };
  ATHANOR_TRY(scanned, scan_segment(file, segment, from, to, [&](const RecordView& record) {
                append_record(bytes, id, record, padded_crc(record.payload));
                return bytes.size() < kScanBytes || write();
              }));
  if (written) write();
  if (!written) return written.error();
  return scanned;
}

Result<std::optional<std::uint64_t>> find_record(const io::File& file, const SegmentHeader& segment, std::uint64_t from,
                                                 std::uint64_t to) {
  Window window(file, segment, to);
  for (std::uint64_t position = from; position < to; position += kRecordAlignment) {
    ATHANOR_TRY(header, window.at(position, kRecordHeaderBytes));
    if (header.size() < kRecordHeaderBytes) break;  // the file ends
    const auto size = parse_record_size(header, segment, position);
    if (!size) continue;
    ATHANOR_TRY(bytes, window.at(position, *size));
    if (parse_record(bytes, segment, position)) return std::optional{position};
  }
  return std::optional<std::uint64_t>{};
}

Result<std::optional<std::uint64_t>> find_segment_id(const io::File& file, std::string_view header_bytes,
                                                     std::uint64_t base, std::uint64_t end) {
  ATHANOR_TRY(bytes, io::read_bytes(file, kSegmentHeaderBytes, 2 * record_bytes(limits::kRecordBytes)));
  if (header_bytes.size() >= kSegmentIdEnd) {
    const std::uint64_t id = segment_id_in(header_bytes);
    ATHANOR_TRY(found, find_record(file, {id, base}, base, end));
    if (found) return std::optional{id};
    for (int bit = 0; bit < 64; ++bit) {
      if (parse_record(bytes, {id ^ 1ULL << bit, base}, base)) return std::optional{id ^ 1ULL << bit};
    }
  }
  const auto id = derive_segment_id(bytes, base);
  if (!id) return id;
  const auto next = *parse_record_size(bytes, {*id, base}, base);
  return parse_record(std::string_view{bytes}.substr(next), {*id, base}, base + next) ? id : std::nullopt;
}

}  // namespace athanor::storage
