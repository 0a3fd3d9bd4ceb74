// Room that is held back on the disk by a file of nothing, for the day when everything else is used up.
//
// With it given up, what was accepted already can be written, and what makes room can be done: deletions, snapshots,
// freeing. File systems that copy on write do not keep what is held back this way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::storage {

class Reserve {
 public:
  // Of `size_bytes` in `directory`; 0 holds nothing back. `files` outlives the reserve. Holds what is left of a former
  // one.
  Reserve(io::FileSystem& files, const std::string& directory, std::uint64_t size_bytes);

  // Holds all of it back again. DiskFull when the disk has not that much room; what it has stays free.
  Result<void> fill();
  // Gives all of it to the disk. False when there is nothing left to give.
  bool give_up();

 private:
  io::FileSystem& files_;
  const std::string path_;
  const std::uint64_t size_bytes_;
  std::unique_ptr<io::File> file_;  // null until it is first filled
  bool whole_ = false;
};

}  // namespace athanor::storage
