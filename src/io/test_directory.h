// For tests: a directory of their own.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/assert.h"

namespace athanor::io {

// Under `home`; gone with the object, and all that is in it.
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

  // Where syncs cost nothing: for tests of what a crash of the program does, which keeps what is not synced.
  static std::filesystem::path in_memory() {
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  }

 private:
  std::string path_;
};

}  // namespace athanor::io
