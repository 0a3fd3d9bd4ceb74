// Where earlier repairs have put log::RecordsLost, for lookups of a position inside one: it was the beginning of a
// record when a snapshot, an archive or a message noted it, and no longer is.
//
// This can only be learned by reading a segment from its beginning, so that is done on demand. No hole is created while
// a log is open.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "storage/embedded/segment_set.h"

namespace athanor::storage {

class Holes {
 public:
  // The end of the log::RecordsLost that covers `position` of the plain `segment`, whose records end at `to`; nullopt
  // when none does. Blocks while the segment is read, once for each segment; damage in it is skipped. Only read errors
  // are returned. Any thread.
  Result<std::optional<std::uint64_t>> end_at(const SegmentSet::Found& segment, std::uint64_t to,
                                              std::uint64_t position);

 private:
  using Ends = std::map<std::uint64_t, std::uint64_t>;  // of lost records, by their beginnings
  static Result<Ends> find_in(const SegmentSet::Found& segment, std::uint64_t to);

  std::mutex mutex_;
  std::map<std::uint64_t, Ends> by_segment_;  // by base
};

}  // namespace athanor::storage
