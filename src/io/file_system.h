// The interface to the disk, for all storage: io/posix_file_system.h is the real one, sim/disk.h the faulty one.
//
// What is not synced may be lost or torn in a power cut: a file's bytes until `sync`, a name until `sync_directory`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace athanor::io {

class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes at `offset` into `out`; returns how many, fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const = 0;
  // Writes all of `bytes` at `offset`, growing the file if needed. After an error it is unknown what was written.
  virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  // fdatasync: blocks until what was written is on stable storage. An error is final: the log stops for good.
  virtual Result<void> sync() = 0;
  virtual Result<std::uint64_t> size_bytes() const = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Makes it at least `size` bytes long, with disk space for them: zeros where nothing was written. DiskFull takes no
  // space where the file system reports how much is free; otherwise some of it may remain taken.
  virtual Result<void> allocate(std::uint64_t size) = 0;
};

enum class OpenMode : std::uint8_t { Read, ReadWrite, Create };  // Create: fails when the file exists

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted; without . and ..
  virtual Result<void> create_directories(const std::string& path) = 0;             // syncs the parents it made
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // Locks `path` and its directory against a second server until the returned object is destroyed, even if the file at
  // `path` is removed meanwhile. AlreadyExists when either is locked; after two seconds if the holder is a process that
  // a killed server was starting.
  virtual Result<std::unique_ptr<File>> lock(const std::string& path) = 0;
};

// A file to write into; an existing one keeps its content.
inline Result<std::unique_ptr<File>> open_or_create(FileSystem& files, const std::string& path) {
  auto file = files.open(path, OpenMode::ReadWrite);
  if (!file && file.error().code == ErrorCode::NotFound) return files.open(path, OpenMode::Create);
  return file;
}

}  // namespace athanor::io
