// Where earlier repairs have put log::RecordsLost, for whoever comes with a position inside one of them: it was a
// record's beginning when a snapshot, an archive or a message took it down, and is none any more.
//
// Known only by reading a segment from its beginning, so that is done when a position needs it and never before.
// While a log is open no hole comes into being.
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
  // Where the lost record ends that covers `position` of the plain `segment`, whose records end at `to`; nullopt when
  // none does. Blocks for as long as reading the segment takes, once for each segment; what is damaged in it is passed
  // over. Errors are those of reading only. Any thread.
  Result<std::optional<std::uint64_t>> end_at(const SegmentSet::Found& segment, std::uint64_t to,
                                              std::uint64_t position);

 private:
  using Ends = std::map<std::uint64_t, std::uint64_t>;  // of lost records, by their beginnings
  static Result<Ends> find_in(const SegmentSet::Found& segment, std::uint64_t to);

  std::mutex mutex_;
  std::map<std::uint64_t, Ends> by_segment_;  // by base
};

}  // namespace athanor::storage
