// Which files of a directory are the log's; inspect.cc judges what stands in them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/inspect.h"

namespace athanor::storage {

// Fills `found`, in the order of the functions: the next needs what the one before it found. Errors are those of
// reading only.
class InspectedFiles {
 public:
  InspectedFiles(io::FileSystem& files, const std::string& directory, Inspection& found)
      : files_(files), directory_(directory), found_(found) {}

  // Those whose names say that they are segments or snapshots. A segment whose header says another place is foreign.
  Result<void> list();
  // One segment for each position, where files of both kinds, or compacted ones, have it. The snapshots are judged.
  Result<void> choose_kinds();
  // Foreign is a segment, too, in which nothing can be read and for which the others leave no place. `durable` is what
  // mark, snapshots and names prove.
  Result<void> set_strays_aside(std::uint64_t durable);

 private:
  Result<void> list_segment(const SegmentHeader& named, const io::File& file, std::uint64_t bytes);
  void tell_wrong_name(ForeignFile& file) const;
  Result<void> look_at_twin(const SegmentReport& compacted, SegmentReport& plain, std::uint64_t end);
  Result<bool> is_sound_plain(std::uint64_t base, std::uint64_t end) const;
  Result<bool> is_stray(std::size_t index, std::uint64_t durable) const;
  std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

  io::FileSystem& files_;
  const std::string& directory_;
  Inspection& found_;
  std::vector<SegmentReport> twins_;  // compacted ones beside a plain one
  std::set<std::uint64_t> own_;       // bases of those whose headers say what their names say
};

}  // namespace athanor::storage
