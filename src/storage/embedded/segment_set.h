// The segments that a log currently has, found by position, for readers on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/format.h"

namespace athanor::storage {

class SegmentSet {
 public:
  // `headers`: ascending, at least one, the last of them plain; `tail` is its open file. `files` must outlive the set.
  // At most `open_files_max` other files stay open for readers.
  SegmentSet(io::FileSystem& files, std::string directory, const std::vector<SegmentHeader>& headers,
             std::shared_ptr<const io::File> tail, std::size_t open_files_max);

  struct Found {
    SegmentHeader header;
    std::uint64_t end = 0;                 // where the next segment begins, or kNoLimit
    std::shared_ptr<const io::File> file;  // stays readable if the segment is dropped meanwhile; null when compacted
    std::shared_ptr<const CompactedFile> compacted;  // null when plain
    std::string path;
  };

  // The segment that holds `position`. NotFound when that has been trimmed, Corrupt when its file is missing. May open
  // the file and read its index.
  Result<Found> find(std::uint64_t position) const;

  std::uint64_t first_base() const;
  void add(const SegmentHeader& header, std::shared_ptr<const io::File> file);

  // Forgets the segments whose records are all before `floor`, but never the last one; returns them in ascending order.
  std::vector<SegmentHeader> drop_before(std::uint64_t floor);

  struct Sealed {
    SegmentHeader header;  // gives the kind
    std::uint64_t end = 0;
  };
  // The segments whose records are all before `limit`, but never the last one; ascending.
  std::vector<Sealed> sealed_before(std::uint64_t limit) const;
  bool contains(std::uint64_t base) const;
  // From now on the records of [base, end), in one segment or several, are read from the compacted file of that base,
  // which must already have its name.
  void now_compacted(std::uint64_t base, std::uint64_t end);

 private:
  struct Segment {
    SegmentHeader header;
    mutable std::shared_ptr<const io::File> file;  // null while closed, or compacted
    mutable std::shared_ptr<const CompactedFile> compacted;
  };
  void keep_open(std::uint64_t base) const;

  io::FileSystem& files_;
  const std::string directory_;
  const std::size_t open_files_max_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Segment> segments_;  // by base
  mutable std::deque<std::uint64_t> opened_;   // bases of sealed segments whose files are open, oldest first
};

}  // namespace athanor::storage
