#include "storage/embedded/crash_points.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "storage/embedded/format.h"

namespace athanor::storage {
namespace {

// Of two names for one moment (after a write, before its sync) one stands here.
constexpr std::string_view kPoints[] = {
    // Opening.
    "lock.before_lock", "lock.after_lock", "commit.after_create", "segment.before_truncate", "segment.after_truncate",
    // A commit: records, then the mark.
    "segment.before_write", "segment.torn_write", "segment.after_write", "segment.after_sync", "commit.before_write",
    "commit.torn_write", "commit.after_write", "segment.before_zeros", "segment.torn_zeros", "segment.after_zeros",
    // A segment begins; recovery removes what was left half made.
    "new_segment.before_create", "new_segment.after_create", "new_segment.torn_write", "new_segment.after_write",
    "new_segment.after_sync", "new_segment.after_rename", "new_segment.before_remove", "new_segment.after_remove",
    // A snapshot, and the older one that it replaces.
    "new_snapshot.before_create", "new_snapshot.after_create", "new_snapshot.torn_write", "new_snapshot.after_write",
    "new_snapshot.after_sync", "new_snapshot.after_rename", "new_snapshot.before_remove", "new_snapshot.after_remove",
    "snapshot.before_remove", "snapshot.after_remove",
    // Segments are freed.
    "commit.before_sync", "commit.after_sync", "segment.before_remove", "segment.after_remove",
    // A segment is compacted; recovery removes what was left half made.
    "new_compacted.before_create", "new_compacted.after_create", "new_compacted.torn_write",
    "new_compacted.after_write", "new_compacted.after_sync", "new_compacted.after_rename",
    "new_compacted.before_remove", "new_compacted.after_remove",
    // Each of these.
    "directory.before_sync", "directory.after_sync"};

std::string_view kind_of(std::string_view path) {
  std::string_view name = path.substr(path.find_last_of('/') + 1);
  const bool is_new = name.ends_with(kTemporarySuffix);
  if (is_new) name.remove_suffix(kTemporarySuffix.size());
  if (compacted_base_of(name)) return is_new ? "new_compacted" : "compacted";
  if (segment_base_of(name)) return is_new ? "new_segment" : "segment";
  if (snapshot_position_of(name)) return is_new ? "new_snapshot" : "snapshot";
  return name;  // "commit", "lock", "directory"
}

// Counts down to the one crash. Any thread.
class Countdown {
 public:
  Countdown(std::string_view point, std::uint64_t occurrence, std::function<void()> crash)
      : point_(point), left_(occurrence), crash_(std::move(crash)) {}

  void pass(std::string_view kind, std::string_view step) {
    if (is_at(kind, step) && left_.fetch_sub(1) == 1) crash_();
  }
  bool is_at(std::string_view kind, std::string_view step) const {
    return point_.size() == kind.size() + 1 + step.size() && point_.starts_with(kind) && point_.ends_with(step);
  }

 private:
  const std::string_view point_;
  std::atomic<std::uint64_t> left_;
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

class WatchedFile final : public io::File {
 public:
  WatchedFile(std::unique_ptr<io::File> file, std::shared_ptr<const std::string> path, Countdown& countdown)
      : file_(std::move(file)), path_(std::move(path)), countdown_(countdown) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
    return file_->read_at(offset, out, size);
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const bool zeros = kind() == "segment" && bytes.find_first_not_of('\0') == std::string_view::npos;
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
  std::string_view kind() const { return kind_of(*path_); }

  const std::unique_ptr<io::File> file_;
  const std::shared_ptr<const std::string> path_;  // changes when the file is renamed
  Countdown& countdown_;
};

class WatchedFileSystem final : public io::FileSystem {
 public:
  WatchedFileSystem(io::FileSystem& files, std::string_view point, std::uint64_t occurrence,
                    std::function<void()> crash)
      : files_(files), countdown_(point, occurrence, std::move(crash)) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    if (mode == io::OpenMode::Read) return files_.open(path, mode);
    if (mode == io::OpenMode::ReadWrite) return watched(path, files_.open(path, mode));
    return watched(path, around(countdown_, kind_of(path), "create", [&] { return files_.open(path, mode); }));
  }
  Result<std::vector<std::string>> list(const std::string& directory) override { return files_.list(directory); }
  Result<void> create_directories(const std::string& path) override { return files_.create_directories(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return around(countdown_, kind_of(from), "rename", [&]() -> Result<void> {
      ATHANOR_CHECK(files_.rename(from, to));
      const std::lock_guard lock(mutex_);
      if (const auto open = paths_.find(from); open != paths_.end()) *open->second = to;
      return {};
    });
  }
  Result<void> remove(const std::string& path) override {
    return around(countdown_, kind_of(path), "remove", [&] { return files_.remove(path); });
  }
  Result<void> sync_directory(const std::string& path) override {
    return around(countdown_, "directory", "sync", [&] { return files_.sync_directory(path); });
  }
  Result<std::unique_ptr<io::File>> lock(const std::string& path) override {
    return around(countdown_, kind_of(path), "lock", [&] { return files_.lock(path); });
  }

 private:
  Result<std::unique_ptr<io::File>> watched(const std::string& path, Result<std::unique_ptr<io::File>> opened) {
    if (!opened) return opened;
    auto name = std::make_shared<std::string>(path);
    const std::lock_guard lock(mutex_);
    paths_[path] = name;
    return std::unique_ptr<io::File>(std::make_unique<WatchedFile>(*std::move(opened), std::move(name), countdown_));
  }

  io::FileSystem& files_;
  Countdown countdown_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::string>> paths_;  // of files opened for writing
};

Error unknown_point(std::string_view at) {
  return invalid_input(fmt::format("A crash point is POINT:N, N from 1 on, and not '{}'. The points:\n  {}", at,
                                   fmt::join(kPoints, "\n  ")));
}

}  // namespace

std::span<const std::string_view> crash_points() { return kPoints; }

Result<std::unique_ptr<io::FileSystem>> crash_at(std::string_view at, io::FileSystem& files,
                                                 std::function<void()> crash) {
  const std::size_t colon = std::min(at.find(':'), at.size());
  const auto* point = std::find(std::begin(kPoints), std::end(kPoints), at.substr(0, colon));
  const std::string_view number = at.substr(std::min(colon + 1, at.size()));
  std::uint64_t occurrence = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), occurrence);
  if (point == std::end(kPoints) || error != std::errc{} || end != number.data() + number.size() || occurrence == 0)
    return unknown_point(at);
  return std::unique_ptr<io::FileSystem>(
      std::make_unique<WatchedFileSystem>(files, *point, occurrence, std::move(crash)));
}

}  // namespace athanor::storage
