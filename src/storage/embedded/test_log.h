// A log in a temporary directory, and ways to damage its files, for tests of what reads damaged logs.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/random.h"
#include "io/passing_files.h"
#include "io/posix_file_system.h"
#include "io/test_directory.h"
#include "storage/embedded/format.h"
#include "storage/embedded/open.h"

namespace athanor::storage {

inline bool operator==(const RecordView& a, const RecordView& b) {
  return a.position == b.position && a.type == b.type && a.time == b.time && a.payload == b.payload;
}

// Keeps old records of an even type, by keeper 0 or 2.
class EvenTypes final : public log::Keepers {
 public:
  static bool keeps(log::RecordType type) { return type % 2 == 0; }
  std::vector<std::uint64_t> keepers_of(log::RecordType type, base::Time, std::string_view) const override {
    return keeps(type) ? std::vector<std::uint64_t>{type % 4U} : std::vector<std::uint64_t>{};
  }
  bool keeps(std::uint64_t, base::Time) const override { return true; }
};

// The real files. `is_read` is called after each read from a file opened for reading, and may change what came of it.
class WatchedReads final : public io::PassingFiles {
 public:
  using IsRead = std::function<void(const std::string& path, std::uint64_t offset, Result<std::size_t>& read)>;

  WatchedReads(io::FileSystem& files, IsRead is_read) : PassingFiles(files), is_read_(std::move(is_read)) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    ATHANOR_TRY(file, PassingFiles::open(path, mode));
    if (mode != io::OpenMode::Read) return std::move(file);
    return std::make_unique<File>(std::move(file), path, is_read_);
  }

 private:
  class File final : public io::File {
   public:
    File(std::unique_ptr<io::File> file, std::string path, const IsRead& is_read)
        : file_(std::move(file)), path_(std::move(path)), is_read_(is_read) {}
    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
      auto read = file_->read_at(offset, out, size);
      is_read_(path_, offset, read);
      return read;
    }
    Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
      return file_->write_at(offset, bytes);
    }
    Result<void> sync() override { return file_->sync(); }
    Result<std::uint64_t> size_bytes() const override { return file_->size_bytes(); }
    Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
    Result<void> allocate(std::uint64_t size) override { return file_->allocate(size); }

   private:
    const std::unique_ptr<io::File> file_;
    const std::string path_;
    const IsRead is_read_;
  };

  const IsRead is_read_;
};

// The files on a disk that refuses (EIO) every read with that byte of the file at `path`.
inline WatchedReads refusing(io::FileSystem& files, const std::string& path, std::uint64_t byte) {
  return {files, [=](const std::string& read_from, std::uint64_t offset, Result<std::size_t>& read) {
            if (read_from == path && offset <= byte && byte < offset + read.value_or(0))
              read = Error{ErrorCode::Unavailable, "EIO", {}};
          }};
}

class TestLog {
 public:
  // Compacted segments are never merged.
  static EmbeddedLogSettings settings() {
    return {.segment_bytes = 3'000, .fill_ahead_bytes = 512, .compacted_neighbours_min = 1'000, .seed = 7};
  }
  Result<std::unique_ptr<log::Log>> open() { return open_embedded_log(files, directory, settings()); }

  // Appends `count` records of all sizes in batches, with snapshots after the given numbers of them, and closes the
  // log. Another seed also gives segments other ids, as if the log had taken a different course.
  void fill(int count, std::vector<int> snapshot_after, std::uint64_t seed = 1) {
    base::Random random{seed};
    auto settings = TestLog::settings();
    settings.seed = seed;
    auto log = open_embedded_log(files, directory, settings);
    ATHANOR_ASSERT(log);
    for (int i = 0; i < count; ++i) {
      std::string payload(random.one_in(10) ? 1'500 + random.below(3'000) : random.below(300), '\0');
      for (char& c : payload) c = static_cast<char>(random.next());
      const auto type = static_cast<log::RecordType>(100 + random.below(600));
      const base::Time time{base::Duration{1'700'000'000'000 + static_cast<std::int64_t>(records.size()) * 1'000}};
      const auto position = (*log)->append(type, time, payload);
      ATHANOR_ASSERT(position);
      records.push_back({*position, type, time, std::move(payload)});
      const bool saves = std::find(snapshot_after.begin(), snapshot_after.end(), i + 1) != snapshot_after.end();
      if (saves || random.one_in(3) || i + 1 == count) ATHANOR_ASSERT((*log)->commit());
      if (saves)
        ATHANOR_ASSERT((*log)->save_snapshot({(*log)->end(), "state at " + std::to_string((*log)->end().value)}));
    }
    end = (*log)->end().value;
  }

  // Compacts what the older snapshot does not need; afterwards `records` has only those that are still there.
  void compact(const log::Keepers& keepers = EvenTypes{}) {
    auto log = open();
    ATHANOR_ASSERT(log);
    const auto done = (*log)->compact((*log)->end(), keepers, [](const log::CompactionStep&) { return true; });
    ATHANOR_ASSERT(done && done->segments > 0);  // otherwise the test would test nothing
    std::erase_if(records, [&](const log::Record& record) { return !(*log)->read(record.position); });
  }

  std::string path(const std::string& name) const { return directory + "/" + name; }
  std::vector<std::string> names(std::string_view ending = "") {
    auto found = *files.list(directory);
    std::erase_if(found, [&](const std::string& name) {
      return !name.ends_with(ending) || std::filesystem::is_directory(path(name)) || name == kLockName;
    });
    return found;
  }
  std::string contents(const std::string& name) {
    const auto file = *files.open(path(name), io::OpenMode::Read);
    std::string bytes(*file->size_bytes(), '\0');
    ATHANOR_ASSERT(file->read_at(0, bytes.data(), bytes.size()));
    return bytes;
  }
  void flip(const std::string& name, std::uint64_t offset, unsigned bit = 0) {
    const auto file = *files.open(path(name), io::OpenMode::ReadWrite);
    char byte = 0;
    ATHANOR_ASSERT(*file->read_at(offset, &byte, 1) == 1);
    byte = static_cast<char>(byte ^ (1 << bit));
    ATHANOR_ASSERT(file->write_at(offset, {&byte, 1}));
  }
  void overwrite(const std::string& name, std::uint64_t offset, std::string_view bytes) {
    ATHANOR_ASSERT((*files.open(path(name), io::OpenMode::ReadWrite))->write_at(offset, bytes));
  }
  void truncate(const std::string& name, std::uint64_t size) {
    ATHANOR_ASSERT((*files.open(path(name), io::OpenMode::ReadWrite))->truncate(size));
  }
  // Where the meaningful bytes of a file end.
  std::uint64_t used_bytes(const std::string& name) {
    const auto base = segment_base_of(name);
    if (!base) return contents(name).size();
    std::uint64_t until = end;
    for (const std::string& other : names(".seg")) {
      if (*segment_base_of(other) > *base) until = std::min(until, *segment_base_of(other));
    }
    return kSegmentHeaderBytes + until - *base;
  }
  // Save a copy of the directory, and restore it.
  void keep() { copy(directory, home.path() + "/kept"); }
  void bring_back() { copy(home.path() + "/kept", directory); }

  const io::TestDirectory home;
  std::string directory = home.path() + "/data";
  io::PosixFileSystem files;
  std::vector<log::Record> records;  // all that was ever appended
  std::uint64_t end = 0;

 private:
  static void copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
};

}  // namespace athanor::storage
