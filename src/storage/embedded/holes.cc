#include "storage/embedded/holes.h"

#include <iterator>
#include <utility>

#include "log/records_lost.h"
#include "storage/embedded/segment_file.h"

namespace athanor::storage {

Result<std::optional<std::uint64_t>> Holes::end_at(const SegmentSet::Found& segment, std::uint64_t to,
                                                   std::uint64_t position) {
  const auto end_in = [position](const Ends& ends) -> std::optional<std::uint64_t> {
    const auto next = ends.upper_bound(position);
    if (next == ends.begin() || std::prev(next)->second <= position) return std::nullopt;
    return std::prev(next)->second;
  };
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = by_segment_.find(segment.header.base); known != by_segment_.end())
      return end_in(known->second);
  }
  // Without the lock, so that no thread waits for another's disk: two that come at once both read.
  ATHANOR_TRY(ends, find_in(segment, to));
  const std::lock_guard lock(mutex_);
  return end_in(by_segment_.insert_or_assign(segment.header.base, std::move(ends)).first->second);
}

Result<Holes::Ends> Holes::find_in(const SegmentSet::Found& segment, std::uint64_t to) {
  Ends ends;
  for (std::optional<std::uint64_t> next = segment.header.base; next;) {
    ATHANOR_TRY(scanned, scan_segment(*segment.file, segment.header, *next, to, [&](const RecordView& record) {
                  if (record.type == log::RecordsLost::kType)
                    ends.emplace(record.position, record.position + record_bytes(record.payload.size()));
                  return true;
                }));
    ATHANOR_TRY(found, find_record(*segment.file, segment.header, scanned.position + kRecordAlignment, to));
    next = found;
  }
  return ends;
}

}  // namespace athanor::storage
