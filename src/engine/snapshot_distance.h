// How much log lies between two snapshots.
#pragma once

#include <algorithm>
#include <cstdint>

namespace athanor::engine {

// Bytes of log after the last snapshot at which the next is due; `every` is the operator's setting.
//
// A snapshot of a million messages costs as much as the log of tens of thousands of events, but the longer the log, the
// longer the next start. So snapshots are no more than a 64th of what is written, as long as they are no further apart
// than eight times `every`, which a start reads in half a second. Beyond that they are at most a third of it: a start
// reads a log of twice the snapshot's size.
constexpr std::uint64_t snapshot_distance(std::uint64_t every, std::uint64_t last_snapshot_bytes) {
  const std::uint64_t stretched = std::clamp(64 * last_snapshot_bytes, every, 8 * every);
  return std::max(stretched, 2 * last_snapshot_bytes);
}

}  // namespace athanor::engine
