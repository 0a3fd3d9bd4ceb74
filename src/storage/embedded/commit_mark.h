// A note beside the log: what of it is durable, and what has been freed.
//
// It is written after each commit and not synced: the next commit proves as much by itself
// (RecordView::durable_before), and the kernel writes the note back within seconds. It lets recovery tell the last
// commit, damaged later, from a commit that never came to its end, and a lost file from a freed one. What cannot be
// read proves nothing and is written anew.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/format.h"

namespace athanor::storage {

class CommitMark {
 public:
  // Opens the mark of `directory`, or creates it; its name is durable when the caller has synced the directory.
  static Result<CommitMark> open(io::FileSystem& files, const std::string& directory);

  // What the mark says; nullopt when it cannot be read.
  const std::optional<Extent>& extent() const { return extent_; }

  Result<void> write(const Extent& extent);
  Result<void> sync() { return file_->sync(); }

 private:
  CommitMark(std::unique_ptr<io::File> file, std::optional<Extent> extent) : file_(std::move(file)), extent_(extent) {}

  std::unique_ptr<io::File> file_;
  std::optional<Extent> extent_;
};

}  // namespace athanor::storage
