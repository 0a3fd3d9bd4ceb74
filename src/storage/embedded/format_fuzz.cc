// Whatever the bytes in the log's files, reading them terminates and stays in bounds.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "storage/embedded/format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace athanor::storage;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const SegmentHeader segment{.id = 0, .base = 0};
  if (const auto record = parse_record(bytes, segment, 0)) {
    std::string again;
    append_record(again, segment.id, *record, padded_crc(record->payload));
    ATHANOR_ASSERT(again == bytes.substr(0, again.size()));
  }
  (void)decode_segment_header(bytes);
  (void)decode_snapshot(bytes, 0);
  (void)decode_commit_mark(bytes);
  (void)segment_base_of(bytes);
  (void)snapshot_position_of(bytes);
  return 0;
}
