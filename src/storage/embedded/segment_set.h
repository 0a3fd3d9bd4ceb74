// The segments that a log has at the moment, found by position, for readers on any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/format.h"

namespace athanor::storage {

class SegmentSet {
 public:
  // `headers`: rising, at least one; `tail` is the open file of the last. `files` outlives the set.
  SegmentSet(io::FileSystem& files, std::string directory, const std::vector<SegmentHeader>& headers,
             std::shared_ptr<const io::File> tail);

  struct Found {
    SegmentHeader header;
    std::uint64_t end = 0;                 // where the next segment begins, or no limit
    std::shared_ptr<const io::File> file;  // stays readable when the segment is dropped meanwhile
    std::string path;
  };

  // The segment that holds `position`. NotFound when that has been trimmed. May open the file.
  Result<Found> find(std::uint64_t position) const;

  std::uint64_t first_base() const;
  void add(const SegmentHeader& header, std::shared_ptr<const io::File> file);

  // Forgets the segments all of whose records are before `floor`, never the last one; returns their bases, rising.
  std::vector<std::uint64_t> drop_before(std::uint64_t floor);

 private:
  struct Segment {
    SegmentHeader header;
    mutable std::shared_ptr<const io::File> file;  // null while closed
  };

  io::FileSystem& files_;
  const std::string directory_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Segment> segments_;  // by base
  mutable std::deque<std::uint64_t> opened_;   // bases of closed segments' open files, the oldest first
};

}  // namespace athanor::storage
