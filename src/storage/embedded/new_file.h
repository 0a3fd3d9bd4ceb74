// A file that stands under its name whole, or not at all: it is written under another one and renamed.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::storage {

class NewFile {
 public:
  // To become `directory`/`name`. What an attempt before has left of it goes.
  static Result<NewFile> begin(io::FileSystem& files, const std::string& directory, const std::string& name);
  NewFile(NewFile&&) = default;
  // Half a file would keep a full disk full: not yet in its place, it is removed. Where that fails the next attempt
  // does it, or the next start.
  ~NewFile();

  io::File& operator*() const { return *file_; }
  io::File* operator->() const { return file_.get(); }

  // Replaces what has the name. The caller has synced the file before, and syncs the directory behind.
  Result<std::unique_ptr<io::File>> take_name();

 private:
  NewFile(io::FileSystem& files, std::string path, std::unique_ptr<io::File> file);

  io::FileSystem* files_;
  std::string path_;
  std::unique_ptr<io::File> file_;  // null: in its place, or moved from
};

}  // namespace athanor::storage
