// Which files of a directory belong to the log; inspect.cc judges their contents.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/inspect.h"

namespace athanor::storage {

// Fills `found`. Call the functions in this order: each needs what the one before it found. All errors are read errors.
class InspectedFiles {
 public:
  InspectedFiles(io::FileSystem& files, const std::string& directory, Inspection& found)
      : files_(files), directory_(directory), found_(found) {}

  // Lists the files named as segments or snapshots. A segment whose header gives another base is foreign.
  Result<void> list();
  // Chooses one segment where files of both kinds, or several compacted ones, cover a position. Judges the snapshots.
  Result<void> choose_kinds();
  // A segment is also foreign when nothing in it can be read and the others leave no place for it. `durable` is what
  // the mark, the snapshots and the names prove.
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
  std::vector<SegmentReport> twins_;  // compacted segments beside a plain one
  std::set<std::uint64_t> own_;       // bases of segments whose headers agree with their names
};

}  // namespace athanor::storage
