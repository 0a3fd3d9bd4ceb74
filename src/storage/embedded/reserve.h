// Room that is held back on the disk by a file of nothing, for the day when everything else is used up.
//
// With it given up, what was accepted already can be written, and what makes room can be done: deletions, snapshots,
// freeing, compaction. It is given up in two parts, so that a compaction, which may use up what is free, takes no
// commit's place. File systems that copy on write do not keep what is held back this way.
#pragma once

#include <atomic>
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

  // Holds all of it back again, where the disk has that and `beside` free. Else DiskFull, and all is as before.
  Result<void> fill(std::uint64_t beside);
  // Holds a part of which as much again is free: a half, or a quarter, and so on; in the end nothing.
  Result<void> hold_part();
  // Gives half of it to the disk, or the part that is held. False when there is nothing left to give.
  bool give_up();
  // Any thread.
  std::uint64_t held_bytes() const { return held_bytes_; }

 private:
  Result<void> hold(std::uint64_t bytes, std::uint64_t beside);

  io::FileSystem& files_;
  const std::string path_;
  const std::uint64_t size_bytes_;
  std::unique_ptr<io::File> file_;  // null until it is first filled
  std::atomic<std::uint64_t> held_bytes_ = 0;
};

}  // namespace athanor::storage
