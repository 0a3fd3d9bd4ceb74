#include "io/crash_points.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace athanor::io {
namespace {

// Counts down to the one crash. Any thread.
class Countdown {
 public:
  Countdown(std::string_view point, std::uint64_t occurrence, std::span<const CrashPoints> parts,
            std::function<void()> crash)
      : point_(point), left_(occurrence), parts_(parts.begin(), parts.end()), crash_(std::move(crash)) {}

  std::string_view kind_of(std::string_view path) const {
    for (const CrashPoints& part : parts_) {
      if (const std::string_view kind = part.kind_of(path); !kind.empty()) return kind;
    }
    return {};
  }
  // Whether a point of this kind and step is listed at all.
  bool knows(std::string_view kind, std::string_view step) const {
    return std::ranges::any_of(parts_, [&](const CrashPoints& part) {
      return std::ranges::any_of(part.names, [&](std::string_view name) { return is(name, kind, step); });
    });
  }
  void pass(std::string_view kind, std::string_view step) {
    if (is_at(kind, step) && left_.fetch_sub(1) == 1) crash_();
  }
  bool is_at(std::string_view kind, std::string_view step) const { return is(point_, kind, step); }

 private:
  static bool is(std::string_view name, std::string_view kind, std::string_view step) {
    return name.size() == kind.size() + 1 + step.size() && name.starts_with(kind) && name.ends_with(step);
  }

  const std::string_view point_;
  std::atomic<std::uint64_t> left_;
  const std::vector<CrashPoints> parts_;
  const std::function<void()> crash_;
};

// Runs `act` between the points before and after it.
template <class Act>
auto around(Countdown& countdown, std::string_view kind, std::string_view what, Act act) {
  countdown.pass(kind, fmt::format("before_{}", what));
  auto done = act();
  if (done) countdown.pass(kind, fmt::format("after_{}", what));
  return done;
}

class WatchedFile final : public File {
 public:
  WatchedFile(std::unique_ptr<File> file, std::shared_ptr<const std::string> path, Countdown& countdown)
      : file_(std::move(file)), path_(std::move(path)), countdown_(countdown) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
    return file_->read_at(offset, out, size);
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    // Zeros are space prepared for later writes, in parts that do so: a step of its own.
    const bool zeros =
        bytes.find_first_not_of('\0') == std::string_view::npos && countdown_.knows(kind(), "torn_zeros");
    return around(countdown_, kind(), zeros ? "zeros" : "write", [&]() -> Result<void> {
      const std::string_view torn = zeros ? "torn_zeros" : "torn_write";
      if (countdown_.is_at(kind(), torn)) {
        const std::size_t half = bytes.size() / 2;
        ATHANOR_CHECK(file_->write_at(offset, bytes.substr(0, half)));
        countdown_.pass(kind(), torn);
        return file_->write_at(offset + half, bytes.substr(half));
      }
      return file_->write_at(offset, bytes);
    });
  }
  Result<void> sync() override {
    return around(countdown_, kind(), "sync", [&] { return file_->sync(); });
  }
  Result<std::uint64_t> size_bytes() const override { return file_->size_bytes(); }
  Result<void> truncate(std::uint64_t size) override {
    return around(countdown_, kind(), "truncate", [&] { return file_->truncate(size); });
  }

  Result<void> allocate(std::uint64_t size) override { return file_->allocate(size); }

 private:
  std::string_view kind() const { return countdown_.kind_of(*path_); }

  const std::unique_ptr<File> file_;
  const std::shared_ptr<const std::string> path_;  // changes when the file is renamed
  Countdown& countdown_;
};

class WatchedFileSystem final : public FileSystem {
 public:
  WatchedFileSystem(FileSystem& files, std::string_view point, std::uint64_t occurrence,
                    std::span<const CrashPoints> parts, std::function<void()> crash)
      : files_(files), countdown_(point, occurrence, parts, std::move(crash)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    if (mode == OpenMode::Read) return files_.open(path, mode);
    if (mode == OpenMode::ReadWrite) return watched(path, files_.open(path, mode));
    return watched(path,
                   around(countdown_, countdown_.kind_of(path), "create", [&] { return files_.open(path, mode); }));
  }
  Result<std::vector<std::string>> list(const std::string& directory) override { return files_.list(directory); }
  Result<void> create_directories(const std::string& path) override { return files_.create_directories(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return around(countdown_, countdown_.kind_of(from), "rename", [&]() -> Result<void> {
      ATHANOR_CHECK(files_.rename(from, to));
      const std::lock_guard lock(mutex_);
      if (const auto open = paths_.find(from); open != paths_.end()) *open->second = to;
      return {};
    });
  }
  Result<void> remove(const std::string& path) override {
    return around(countdown_, countdown_.kind_of(path), "remove", [&] { return files_.remove(path); });
  }
  Result<void> sync_directory(const std::string& path) override {
    return around(countdown_, countdown_.kind_of(path + "/"), "sync", [&] { return files_.sync_directory(path); });
  }
  Result<std::unique_ptr<File>> lock(const std::string& path) override {
    return around(countdown_, countdown_.kind_of(path), "lock", [&] { return files_.lock(path); });
  }

 private:
  Result<std::unique_ptr<File>> watched(const std::string& path, Result<std::unique_ptr<File>> opened) {
    if (!opened) return opened;
    auto name = std::make_shared<std::string>(path);
    const std::lock_guard lock(mutex_);
    paths_[path] = name;
    return std::unique_ptr<File>(std::make_unique<WatchedFile>(*std::move(opened), std::move(name), countdown_));
  }

  FileSystem& files_;
  Countdown countdown_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::string>> paths_;  // of files opened for writing
};

}  // namespace

Result<std::unique_ptr<FileSystem>> crash_at(std::string_view at, std::span<const CrashPoints> parts, FileSystem& files,
                                             std::function<void()> crash) {
  std::vector<std::string_view> names;
  for (const CrashPoints& part : parts) names.insert(names.end(), part.names.begin(), part.names.end());
  const std::size_t colon = std::min(at.find(':'), at.size());
  const auto point = std::ranges::find(names, at.substr(0, colon));
  const std::string_view number = at.substr(std::min(colon + 1, at.size()));
  std::uint64_t occurrence = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), occurrence);
  if (point == names.end() || error != std::errc{} || end != number.data() + number.size() || occurrence == 0) {
    return invalid_input(fmt::format("A crash point is written POINT:N, with N from 1 on, not '{}'. The points:\n  {}",
                                     at, fmt::join(names, "\n  ")));
  }
  return std::unique_ptr<FileSystem>(
      std::make_unique<WatchedFileSystem>(files, *point, occurrence, parts, std::move(crash)));
}

}  // namespace athanor::io
