// Whatever the bytes of a compacted segment, reading them terminates, stays in bounds, and trusts no bad checksum.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "storage/embedded/compacted_format.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/format_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace athanor::storage;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const CompactedHeader segment{.id = 0, .base = 0, .end = 1ULL << 40};
  (void)decode_compacted_header(bytes);
  (void)parse_block(bytes, segment);
  // Checksums stop a fuzzer, so the same bytes are tried again with correct ones, as an index and as a block's records.
  CompactedHeader header = segment;
  header.keepers = static_cast<std::uint32_t>(size % 3);
  if (size >= header.index_bytes()) {
    header.blocks = static_cast<std::uint32_t>((size - header.index_bytes()) / 16);
    (void)decode_compacted_index(bytes.substr(0, header.index_bytes()), header);
  }
  if (size < kBlockHeaderBytes) return 0;
  std::string block{bytes};
  block.resize(aligned(block.size()));
  put(block.data(), 4, std::uint32_t{0x4B4C4241});
  put(block.data(), 8, segment.id);
  put(block.data(), 28, static_cast<std::uint32_t>(size - kBlockHeaderBytes));
  put(block.data(), 36, crc32c(0, std::string_view{block}.substr(4, kBlockHeaderBytes - 8)));
  put(block.data(), 0, crc32c(0, std::string_view{block}.substr(4)));
  if (const auto parsed = parse_block(block, segment)) {
    for (const RecordView& record : parsed->records) {
      ATHANOR_ASSERT(record.position < segment.end);
      ATHANOR_ASSERT(record.payload.empty() ||
                     (record.payload.data() >= parsed->raw.data() &&
                      record.payload.data() + record.payload.size() <= parsed->raw.data() + parsed->raw.size()));
    }
  }
  return 0;
}
