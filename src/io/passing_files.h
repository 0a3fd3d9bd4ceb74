// Forwards every call to another file system; derived classes override some.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace athanor::io {

// `files` must outlive it.
class PassingFiles : public FileSystem {
 public:
  explicit PassingFiles(FileSystem& files) : files_(files) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    return files_.open(path, mode);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override { return files_.list(directory); }
  Result<void> create_directories(const std::string& path) override { return files_.create_directories(path); }
  Result<void> rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
  Result<void> remove(const std::string& path) override { return files_.remove(path); }
  Result<void> sync_directory(const std::string& path) override { return files_.sync_directory(path); }
  Result<std::unique_ptr<File>> lock(const std::string& path) override { return files_.lock(path); }

 private:
  FileSystem& files_;
};

}  // namespace athanor::io
