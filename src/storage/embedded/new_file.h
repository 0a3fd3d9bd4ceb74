// A file that appears under its name complete or not at all: it is written under another name and renamed.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::storage {

class NewFile {
 public:
  // Begins the file that will become `directory`/`name`. Removes what an earlier attempt left.
  static Result<NewFile> begin(io::FileSystem& files, const std::string& directory, const std::string& name);
  NewFile(NewFile&&) = default;
  // Removes the file if it has not taken its name: half a file would keep a full disk full. If that fails, the next
  // attempt or the next start removes it.
  ~NewFile();

  io::File& operator*() const { return *file_; }
  io::File* operator->() const { return file_.get(); }

  // Replaces any file of that name. The caller must have synced the file, and must sync the directory afterwards.
  Result<std::unique_ptr<io::File>> take_name();

 private:
  NewFile(io::FileSystem& files, std::string path, std::unique_ptr<io::File> file);

  io::FileSystem* files_;
  std::string path_;
  std::unique_ptr<io::File> file_;  // null once it has its name, or was moved from
};

}  // namespace athanor::storage
