// For tests: a temporary directory.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/assert.h"

namespace athanor::io {

// A directory under `home`, removed with its content when the object is destroyed.
class TestDirectory {
 public:
  explicit TestDirectory(const std::filesystem::path& home = std::filesystem::temp_directory_path()) {
    std::string pattern = home / "athanor-test-XXXXXX";
    ATHANOR_ASSERT(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

  // Where syncs cost nothing: for tests that crash only the program, after which unsynced bytes are still there.
  static std::filesystem::path in_memory() {
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  }

 private:
  std::string path_;
};

}  // namespace athanor::io
