// Disk space held back by an otherwise useless file, for the day when everything else is used up.
//
// Once it is released, what was already accepted can be written, and what frees space can be done: deletions,
// snapshots, trimming, compaction. It is released in two parts, so that a compaction, which may use all free space,
// leaves room for commits. Copy-on-write file systems do not keep space that is held back this way.
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
  // A reserve of `size_bytes` in `directory`; 0 holds nothing back. `files` must outlive it. Takes over what is left of
  // an earlier one.
  Reserve(io::FileSystem& files, const std::string& directory, std::uint64_t size_bytes);

  // Holds all of it back again if the disk has that and `beside` bytes free. Otherwise DiskFull, with nothing changed.
  Result<void> fill(std::uint64_t beside);
  // Holds a half of it, or a quarter, and so on, down to nothing: the first part that leaves as much again free.
  Result<void> hold_part();
  // Releases half of it, or the part that is held. False when there is nothing left to release.
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
