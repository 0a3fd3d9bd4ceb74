#include "storage/embedded/compacted_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/assert.h"
#include "base/planted.h"
#include "io/read_bytes.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {
namespace {

// Synced at intervals, so that the log's own small writes never queue behind one large one at the end.
constexpr std::uint64_t kSyncEveryBytes = 1 << 20;

Result<CompactedHeader> read_header_at(const io::File& file, std::uint64_t offset) {
  ATHANOR_TRY(bytes, io::read_bytes(file, offset, kCompactedHeaderBytes));
  return decode_compacted_header(bytes);
}

}  // namespace

Result<std::unique_ptr<CompactedWriter>> CompactedWriter::begin(io::FileSystem& files, const std::string& directory,
                                                                std::uint64_t segment_id, std::uint64_t base,
                                                                std::uint64_t end) {
  ATHANOR_TRY(file, NewFile::begin(files, directory, compacted_name(base)));
  return std::unique_ptr<CompactedWriter>(
      new CompactedWriter(files, directory, std::move(file), {.id = segment_id, .base = base, .end = end}));
}

CompactedWriter::CompactedWriter(io::FileSystem& files, std::string directory, NewFile file,
                                 const CompactedHeader& header)
    : files_(files), directory_(std::move(directory)), file_(std::move(file)), header_(header) {}

Result<void> CompactedWriter::append(const RecordView& record, std::span<const std::uint64_t> keepers) {
  builder_.append(record);
  ++header_.records;
  for (const std::uint64_t keeper : keepers) {
    KeeperTotal& total =
        keepers_.try_emplace(keeper, KeeperTotal{.keeper = keeper, .newest = record.time}).first->second;
    ++total.records;
    total.newest = std::max(total.newest, record.time);
  }
  return builder_.bytes() < kBlockBytes ? Result<void>{} : write_block();
}

Result<void> CompactedWriter::append_all(const CompactedFile& source, std::uint64_t from) {
  Result<void> appended;
  ATHANOR_CHECK(source.scan(from, [&](const RecordView& record) {
    appended = append(record, {});
    return appended.has_value();
  }));
  return appended;
}

std::vector<KeeperTotal> CompactedWriter::keepers() const {
  const auto totals = std::views::values(keepers_);
  return {totals.begin(), totals.end()};
}

Result<void> CompactedWriter::write_block() {
  const BlockPlace place{.first = builder_.first(), .offset = offset_};
  const std::uint32_t records = builder_.records();
  const std::string bytes = builder_.finish(header_.id, compressor_);
  // The files that hold the records now are removed afterwards, so a block that cannot be decompressed is caught here.
  const auto again = parse_block(bytes, header_);
  ATHANOR_ASSERT(again != nullptr && again->records.size() == records);
  index_.blocks.push_back(place);
  return write(bytes);
}

Result<void> CompactedWriter::write(std::string_view bytes) {
  ATHANOR_CHECK(file_->write_at(offset_, bytes));
  offset_ += bytes.size();
  if (offset_ - synced_ < kSyncEveryBytes) return {};
  synced_ = offset_;
  return file_->sync();
}

Result<CompactedHeader> CompactedWriter::finish() {
  if (builder_.records() > 0) ATHANOR_CHECK(write_block());
  index_.keepers = keepers();
  header_.index_offset = offset_;
  const std::string index = encode_compacted_index(index_, header_);
  const std::string header = encode_compacted_header(header_);
  ATHANOR_CHECK(write(index + header));
  ATHANOR_CHECK(file_->write_at(0, header));
  if (!base::planted(base::Bug::SkipCompactedSync)) ATHANOR_CHECK(file_->sync());
  return header_;
}

Result<void> CompactedWriter::put_in_place() {
  ATHANOR_CHECK(file_.take_name());
  if (base::planted(base::Bug::SkipCompactedDirectorySync)) return {};
  auto synced = files_.sync_directory(directory_);
  if (!synced && synced.error().code == ErrorCode::DiskFull) synced.error().code = ErrorCode::Unavailable;
  return synced;
}

Result<CompactedHeader> read_compacted_header(const io::File& file, const std::string& path, std::uint64_t base,
                                              std::optional<std::string>* problem) {
  auto header = read_header_at(file, 0);
  if (!header && header.error().code == ErrorCode::UnknownFormat) return about_file(path, header.error());
  if (!header && header.error().code != ErrorCode::Corrupt) return header.error();  // a disk error names the file
  if (!header) {
    const std::string message = header.error().message;
    ATHANOR_TRY(size, file.size_bytes());
    if (size >= 2 * kCompactedHeaderBytes) header = read_header_at(file, size - kCompactedHeaderBytes);
    if (!header) return corrupt(fmt::format("{} {}", path, message));
    if (problem != nullptr) *problem = message;
  }
  if (header->base != base) {
    return corrupt(
        fmt::format("{} holds the records from position {} on (byte 24): it has been renamed.", path, header->base));
  }
  return header;
}

Result<void> check_made_from_plain(io::FileSystem& files, const std::string& directory, std::uint64_t base,
                                   std::uint64_t end) {
  const std::string path = directory + "/" + compacted_name(base);
  ATHANOR_TRY(file, files.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_compacted_header(*file, path, base));
  const std::string plain_path = directory + "/" + segment_name(base);
  ATHANOR_TRY(plain_file, files.open(plain_path, io::OpenMode::Read));
  ATHANOR_TRY(bytes, io::read_bytes(*plain_file, 0, kSegmentHeaderBytes));
  const auto plain = decode_segment_header(bytes);
  if (!plain && plain.error().code != ErrorCode::Corrupt) return about_file(plain_path, plain.error());
  const bool is_namesake = !plain || (plain->id == header.id && plain->base == base);
  if (is_namesake && header.end == end) return {};
  return corrupt(
      fmt::format("{} was not made from {}: it is from another log, or from another time. Nothing was "
                  "changed.",
                  path, segment_name(base)));
}

Result<bool> is_sound_compacted(io::FileSystem& files, const std::string& directory, std::uint64_t base) {
  const auto file = CompactedFile::open(files, directory, base);
  if (!file && file.error().code == ErrorCode::Corrupt) return false;
  if (!file) return file.error();
  std::uint32_t records = 0;
  const auto scanned = (*file)->scan(base, [&](const RecordView&) { return ++records > 0; });
  if (!scanned && scanned.error().code != ErrorCode::Corrupt) return scanned.error();
  return scanned && records == (*file)->header().records;
}

Result<std::map<std::uint64_t, std::uint64_t>> find_merged(io::FileSystem& files, const std::string& directory,
                                                           const std::vector<std::uint64_t>& bases,
                                                           const std::set<std::uint64_t>& compacted) {
  std::map<std::uint64_t, std::uint64_t> merged;
  for (const std::uint64_t base : compacted) {
    if (merged.contains(base)) continue;
    const std::string path = directory + "/" + compacted_name(base);
    ATHANOR_TRY(file, files.open(path, io::OpenMode::Read));
    const auto header = read_compacted_header(*file, path, base);
    if (!header && header.error().code != ErrorCode::Corrupt) return header.error();
    if (!header) continue;
    const auto next = std::ranges::upper_bound(bases, base);
    const auto end = std::ranges::lower_bound(bases, header->end);
    // If no segment begins at that end, or a plain one comes before it, this was not a merge.
    if (end == bases.end() || *end != header->end) continue;
    if (!std::all_of(next, end, [&](std::uint64_t one) { return compacted.contains(one); })) continue;
    for (auto one = next; one < end; ++one) merged[*one] = base;
  }
  return merged;
}

Result<std::shared_ptr<const Block>> read_block(const io::File& file, const CompactedHeader& header,
                                                std::uint64_t offset) {
  ATHANOR_TRY(bytes, io::read_bytes(file, offset, kBlockHeaderBytes));
  const auto size = parse_block_size(bytes, header);
  if (!size || offset + *size > header.index_offset) return std::shared_ptr<const Block>{};
  ATHANOR_CHECK(io::append_bytes(file, offset + bytes.size(), *size - bytes.size(), bytes));
  return parse_block(bytes, header);
}

Result<std::shared_ptr<const CompactedFile>> CompactedFile::open(io::FileSystem& files, const std::string& directory,
                                                                 std::uint64_t base) {
  std::string path = directory + "/" + compacted_name(base);
  ATHANOR_TRY(file, files.open(path, io::OpenMode::Read));
  ATHANOR_TRY(header, read_compacted_header(*file, path, base));
  ATHANOR_TRY(size, file->size_bytes());
  // The size is checked first: a damaged header must not make us read an index of gigabytes.
  ATHANOR_TRY(bytes,
              io::read_bytes(*file, header.index_offset, size == header.file_bytes() ? header.index_bytes() : 0));
  auto index = decode_compacted_index(bytes, header);
  if (!index) {
    return corrupt("A part of the log cannot be read.",
                   fmt::format("{} is damaged between byte {} and byte {}, in its index.", path, header.index_offset,
                               header.index_offset + header.index_bytes()));
  }
  return std::shared_ptr<const CompactedFile>(
      new CompactedFile(std::move(path), std::move(file), header, *std::move(index)));
}

// The last block that begins at or before `position`, or the first.
std::size_t CompactedFile::block_of(std::uint64_t position) const {
  const auto next = std::ranges::upper_bound(index_.blocks, position, {}, &BlockPlace::first);
  return next == index_.blocks.begin() ? 0 : static_cast<std::size_t>(next - index_.blocks.begin() - 1);
}

Result<std::shared_ptr<const Block>> CompactedFile::block(std::size_t number) const {
  {
    const std::lock_guard lock(mutex_);
    if (last_ && last_number_ == number) return last_;
  }
  ATHANOR_TRY(found, read_sound_block(number));
  const std::lock_guard lock(mutex_);
  last_number_ = number;
  last_ = found;
  return found;
}

Result<std::shared_ptr<const Block>> CompactedFile::read_sound_block(std::size_t number) const {
  const BlockPlace& place = index_.blocks[number];
  ATHANOR_TRY(block, read_block(*file_, header_, place.offset));
  if (!block || block->records.empty() || block->records.front().position != place.first) {
    return corrupt("A record of the log cannot be read.",
                   fmt::format("{}, byte {}: no sound block of the records from position {} on.", path_, place.offset,
                               place.first));
  }
  return block;
}

Result<log::Record> CompactedFile::read(std::uint64_t position) const {
  const Error gone = not_found("This record of the log was not kept: nothing needed it any more.");
  const std::size_t number = block_of(position);
  if (number >= index_.blocks.size()) return gone;
  ATHANOR_TRY(found, block(number));
  const auto record = std::ranges::lower_bound(found->records, position, {}, &RecordView::position);
  if (record == found->records.end() || record->position != position) return gone;
  return record_of(*record);
}

Result<std::uint64_t> CompactedFile::scan(std::uint64_t from,
                                          const std::function<bool(const RecordView&)>& visit) const {
  for (std::size_t number = block_of(from); number < index_.blocks.size(); ++number) {
    ATHANOR_TRY(found, block(number));
    for (const RecordView& record : found->records) {
      if (record.position < from) continue;
      if (!visit(record)) return record.position + record_bytes(record.payload.size());
    }
  }
  // A reader that has reached the end continues elsewhere.
  const std::lock_guard lock(mutex_);
  last_ = nullptr;
  return header_.end;
}

}  // namespace athanor::storage
