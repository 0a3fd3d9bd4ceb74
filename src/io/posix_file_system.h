// The real disk: io/file_system.h over POSIX calls, positioned reads and writes, fdatasync.
//
// Every call blocks. A File may be read by many threads while one writes. Descriptors do not survive exec, so that
// function processes hold neither the log nor its lock. Files in a locked directory, by paths that begin with the
// lock's, are still found after the directory is moved, and another that takes its name is not touched.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace athanor::io {

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> create_directories(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<File>> lock(const std::string& path) override;

 private:
  class Directory;
  class HeldFile;
  struct Place;
  Place place_of(const std::string& path) const;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::weak_ptr<const Directory>> held_;
};

}  // namespace athanor::io
