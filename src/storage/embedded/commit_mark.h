// A note beside the log: which part of it is durable, and what has been freed.
//
// It is written after each commit but not synced: the next commit proves the same by itself
// (RecordView::durable_before), and the kernel writes the note back within seconds. It lets recovery tell a last commit
// that was damaged later from a commit that never completed, and a lost file from a freed one. A mark that cannot be
// read proves nothing and is rewritten.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/format.h"

namespace athanor::storage {

// The extent in the mark of `directory`; nullopt when there is none or it cannot be read. UnknownFormat, naming the
// path, when another version wrote it.
Result<std::optional<Extent>> read_commit_mark(io::FileSystem& files, const std::string& directory);

class CommitMark {
 public:
  // Opens the mark of `directory`, or creates it; its name is durable once the caller has synced the directory.
  static Result<CommitMark> open(io::FileSystem& files, const std::string& directory);

  Result<void> write(const Extent& extent);
  Result<void> sync() { return file_->sync(); }

 private:
  explicit CommitMark(std::unique_ptr<io::File> file) : file_(std::move(file)) {}

  std::unique_ptr<io::File> file_;
};

}  // namespace athanor::storage
