#include "storage/embedded/compacted_format.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/limits.h"
#include "log/codec.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/format_bytes.h"

namespace athanor::storage {
namespace {

constexpr std::string_view kMagic = "ATHNRCMP";
constexpr std::uint32_t kBlockMagic = 0x4B4C4241;  // "ABLK"
constexpr std::size_t kKeeperBytes = 24;
constexpr std::size_t kPlaceBytes = 16;
// The largest file offset (off_t).
constexpr std::uint64_t kFileBytesMax = std::numeric_limits<std::int64_t>::max();
// A block takes records until it holds kBlockBytes, and the last one may have any size.
constexpr std::size_t kRawBytesMax = kBlockBytes + limits::kRecordBytes + 64;

bool is_sound_header(std::string_view bytes) {
  return get<std::uint32_t>(bytes, kCompactedHeaderBytes - 4) == crc32c(0, bytes.substr(0, kCompactedHeaderBytes - 4));
}

std::uint32_t crc_of_index(std::uint64_t segment_id, std::string_view bytes) {
  char id[8];
  put(id, 0, segment_id);
  return crc32c(crc32c(0, {id, sizeof id}), bytes);
}

// Lets a header be trusted before the rest of the block has been read.
std::uint32_t header_check(std::string_view block) { return crc32c(0, block.substr(4, kBlockHeaderBytes - 8)); }

// Unsigned, so that the difference of any two times wraps around, and back.
std::uint64_t ticks(base::Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

// False when the raw bytes are not exactly that many records, ascending within the segment.
bool parse_records(Block& block, std::uint32_t count, std::uint64_t first, const CompactedHeader& segment) {
  std::string_view rest = block.raw;
  std::uint64_t position = first;
  std::uint64_t time = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint64_t distance = 0, later = 0, type = 0, size = 0;
    if (!log::take_varint(rest, distance) || !log::take_varint(rest, later) || !log::take_varint(rest, type) ||
        !log::take_varint(rest, size)) {
      return false;
    }
    if (distance > (segment.end - position) / kRecordAlignment || (i > 0) != (distance > 0)) return false;
    if (type > std::numeric_limits<log::RecordType>::max() || size > rest.size()) return false;
    position += distance * kRecordAlignment;
    time += static_cast<std::uint64_t>(log::codec::unzigzag(later));
    block.records.push_back({.position = position,
                             .durable_before = position,
                             .type = static_cast<log::RecordType>(type),
                             .time = base::Time{base::Duration{static_cast<std::int64_t>(time)}},
                             .payload = rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  return rest.empty() && position < segment.end;
}

}  // namespace

std::uint64_t CompactedHeader::index_bytes() const {
  return std::uint64_t{keepers} * kKeeperBytes + std::uint64_t{blocks} * kPlaceBytes;
}

std::string encode_compacted_header(const CompactedHeader& header) {
  std::string bytes(kCompactedHeaderBytes, '\0');
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  put(bytes.data(), 8, kFormatVersion);
  put(bytes.data(), 12, header.blocks);
  put(bytes.data(), 16, header.id);
  put(bytes.data(), 24, header.base);
  put(bytes.data(), 32, header.end);
  put(bytes.data(), 40, header.index_offset);
  put(bytes.data(), 48, header.records);
  put(bytes.data(), 52, header.keepers);
  put(bytes.data(), 56, header.index_crc);
  put(bytes.data(), 60, crc32c(0, {bytes.data(), kCompactedHeaderBytes - 4}));
  return bytes;
}

Result<CompactedHeader> decode_compacted_header(std::string_view bytes) {
  if (bytes.size() != kCompactedHeaderBytes)
    return corrupt(fmt::format("ends at byte {}, within its header.", bytes.size()));
  if (auto refused = refuse_version(bytes, kMagic, "compacted segment", is_sound_header)) return *std::move(refused);
  const CompactedHeader header{.id = get<std::uint64_t>(bytes, 16),
                               .base = get<std::uint64_t>(bytes, 24),
                               .end = get<std::uint64_t>(bytes, 32),
                               .index_offset = get<std::uint64_t>(bytes, 40),
                               .blocks = get<std::uint32_t>(bytes, 12),
                               .records = get<std::uint32_t>(bytes, 48),
                               .keepers = get<std::uint32_t>(bytes, 52),
                               .index_crc = get<std::uint32_t>(bytes, 56)};
  // Checked even with a sound checksum: another writer may have made it.
  const bool is_possible = header.end >= header.base && header.index_offset >= kCompactedHeaderBytes &&
                           header.index_offset <= kFileBytesMax && header.file_bytes() <= kFileBytesMax;
  if (!is_sound_header(bytes) || !is_possible) {
    return corrupt(fmt::format("is damaged between byte 0 and byte {}, in its header.", bytes.size()));
  }
  return header;
}

std::string encode_compacted_index(const CompactedIndex& index, CompactedHeader& header) {
  header.keepers = static_cast<std::uint32_t>(index.keepers.size());
  header.blocks = static_cast<std::uint32_t>(index.blocks.size());
  std::string bytes(header.index_bytes(), '\0');
  std::size_t at = 0;
  const auto append = [&]<class T>(T value) {
    put(bytes.data(), at, value);
    at += sizeof value;
  };
  for (const KeeperTotal& total : index.keepers) {
    append(total.keeper);
    append(total.records);
    append(static_cast<std::int64_t>(total.newest.time_since_epoch().count()));
  }
  for (const BlockPlace& place : index.blocks) {
    append(place.first);
    append(place.offset);
  }
  header.index_crc = crc_of_index(header.id, bytes);
  return bytes;
}

std::optional<CompactedIndex> decode_compacted_index(std::string_view bytes, const CompactedHeader& header) {
  if (bytes.size() != header.index_bytes() || crc_of_index(header.id, bytes) != header.index_crc) return std::nullopt;
  CompactedIndex index;
  for (std::uint32_t i = 0; i < header.keepers; ++i, bytes.remove_prefix(kKeeperBytes)) {
    index.keepers.push_back({.keeper = get<std::uint64_t>(bytes, 0),
                             .records = get<std::uint64_t>(bytes, 8),
                             .newest = base::Time{base::Duration{get<std::int64_t>(bytes, 16)}}});
  }
  for (std::uint32_t i = 0; i < header.blocks; ++i, bytes.remove_prefix(kPlaceBytes))
    index.blocks.push_back({.first = get<std::uint64_t>(bytes, 0), .offset = get<std::uint64_t>(bytes, 8)});
  return index;
}

void BlockBuilder::append(const RecordView& record) {
  if (records_ == 0) first_ = position_ = record.position;
  // Differences are small, and similar from record to record.
  log::put_varint(raw_, (record.position - position_) / kRecordAlignment);
  log::put_varint(raw_, log::codec::zigzag(static_cast<std::int64_t>(ticks(record.time) - ticks(time_))));
  log::put_varint(raw_, record.type);
  log::put_varint(raw_, record.payload.size());
  raw_ += record.payload;
  position_ = record.position;
  time_ = record.time;
  ++records_;
}

std::string BlockBuilder::finish(std::uint64_t segment_id, Compressor& compressor) {
  const std::string compressed = compressor.compress(raw_);
  std::string block(kBlockHeaderBytes, '\0');
  put(block.data(), 4, kBlockMagic);
  put(block.data(), 8, segment_id);
  put(block.data(), 16, first_);
  put(block.data(), 24, records_);
  put(block.data(), 28, static_cast<std::uint32_t>(compressed.size()));
  put(block.data(), 32, static_cast<std::uint32_t>(raw_.size()));
  put(block.data(), 36, header_check(block));
  block += compressed;
  block.resize(aligned(block.size()));
  put(block.data(), 0, crc32c(0, std::string_view{block}.substr(4)));
  *this = {};
  return block;
}

std::optional<std::size_t> parse_block_size(std::string_view bytes, const CompactedHeader& segment) {
  if (bytes.size() < kBlockHeaderBytes || get<std::uint32_t>(bytes, 4) != kBlockMagic ||
      get<std::uint64_t>(bytes, 8) != segment.id || get<std::uint32_t>(bytes, 36) != header_check(bytes)) {
    return std::nullopt;
  }
  const auto first = get<std::uint64_t>(bytes, 16);
  if (first < segment.base || first >= segment.end) return std::nullopt;
  // Checked before the block is read. Bytes that do not compress grow only slightly.
  const auto raw = get<std::uint32_t>(bytes, 32), compressed = get<std::uint32_t>(bytes, 28);
  if (raw > kRawBytesMax || compressed > 2 * kRawBytesMax) return std::nullopt;
  return kBlockHeaderBytes + aligned(compressed);
}

std::shared_ptr<const Block> parse_block(std::string_view bytes, const CompactedHeader& segment) {
  const auto size = parse_block_size(bytes, segment);
  if (!size || *size > bytes.size()) return nullptr;
  bytes = bytes.substr(0, *size);
  const auto raw_bytes = get<std::uint32_t>(bytes, 32);
  if (get<std::uint32_t>(bytes, 0) != crc32c(0, bytes.substr(4))) return nullptr;
  auto raw = decompress(bytes.substr(kBlockHeaderBytes, get<std::uint32_t>(bytes, 28)), raw_bytes);
  if (!raw) return nullptr;
  auto block = std::make_shared<Block>();
  block->raw = *std::move(raw);
  if (!parse_records(*block, get<std::uint32_t>(bytes, 24), get<std::uint64_t>(bytes, 16), segment)) return nullptr;
  return block;
}

}  // namespace athanor::storage
