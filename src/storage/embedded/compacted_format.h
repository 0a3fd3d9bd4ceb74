// The bytes of a compacted segment: what is left of an old segment when only the records that are still needed are
// kept. docs/formats/log.md says the same in words.
//
// Only bytes: compacted_file.h reads and writes the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/embedded/compression.h"
#include "storage/embedded/format.h"

namespace athanor::storage {

// At the beginning of the file, with a copy at its end.
inline constexpr std::size_t kCompactedHeaderBytes = 64;
inline constexpr std::size_t kBlockHeaderBytes = 40;
// Bytes of records in one block before compression; the record that fills a block ends it. Reading one record
// decompresses its whole block, and smaller blocks compress worse.
inline constexpr std::size_t kBlockBytes = 256 * 1'024;

struct CompactedHeader {
  std::uint64_t id = 0;    // of the segment that it was made from; in every checksum of the file
  std::uint64_t base = 0;  // it covers the positions [base, end)
  std::uint64_t end = 0;
  std::uint64_t index_offset = 0;  // where the blocks end
  std::uint32_t blocks = 0;
  std::uint32_t records = 0;
  std::uint32_t keepers = 0;
  std::uint32_t index_crc = 0;

  std::uint64_t index_bytes() const;
  std::uint64_t file_bytes() const { return index_offset + index_bytes() + kCompactedHeaderBytes; }
  friend bool operator==(const CompactedHeader&, const CompactedHeader&) = default;
};
std::string encode_compacted_header(const CompactedHeader& header);
// Corrupt and UnknownFormat like decode_segment_header.
Result<CompactedHeader> decode_compacted_header(std::string_view bytes);

// Who keeps records of the segment (log::Keepers), how many, and when the newest of them was appended.
struct KeeperTotal {
  std::uint64_t keeper = 0;
  std::uint64_t records = 0;
  base::Time newest{};
  friend bool operator==(const KeeperTotal&, const KeeperTotal&) = default;
};
struct BlockPlace {
  std::uint64_t first = 0;   // position of its first record
  std::uint64_t offset = 0;  // in the file
  friend bool operator==(const BlockPlace&, const BlockPlace&) = default;
};
struct CompactedIndex {
  std::vector<KeeperTotal> keepers;  // ascending
  std::vector<BlockPlace> blocks;    // ascending
};
// Also sets the counts and the checksum in `header`.
std::string encode_compacted_index(const CompactedIndex& index, CompactedHeader& header);
// nullopt when the bytes are not the index that the header describes.
std::optional<CompactedIndex> decode_compacted_index(std::string_view bytes, const CompactedHeader& header);

// The records of a block before compression.
class BlockBuilder {
 public:
  void append(const RecordView& record);
  std::size_t bytes() const { return raw_.size(); }
  std::uint64_t first() const { return first_; }
  std::uint32_t records() const { return records_; }

  // The block as stored in the file, a multiple of kRecordAlignment long; empties the builder.
  std::string finish(std::uint64_t segment_id, Compressor& compressor);

 private:
  std::string raw_;
  std::uint64_t first_ = 0;
  std::uint64_t position_ = 0;  // of the last record
  base::Time time_{};
  std::uint32_t records_ = 0;
};

// The size in bytes of the block whose header (kBlockHeaderBytes) is at the front of `bytes`; nullopt when there is no
// block header of this segment.
std::optional<std::size_t> parse_block_size(std::string_view bytes, const CompactedHeader& segment);

struct Block {
  std::vector<RecordView> records;  // ascending, within the segment
  std::string raw;                  // the bytes they borrow from
};
// The block at the front of `bytes`; null when it is not whole and sound.
std::shared_ptr<const Block> parse_block(std::string_view bytes, const CompactedHeader& segment);

}  // namespace athanor::storage
