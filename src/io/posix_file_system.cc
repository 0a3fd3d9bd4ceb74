#include "io/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

namespace athanor::io {
namespace {

constexpr std::size_t kLargeReadBytes = 1 << 20;

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::NotFound;
    case EEXIST:
      return ErrorCode::AlreadyExists;
    case EACCES:
    case EPERM:
      return ErrorCode::AccessDenied;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::DiskFull;
    default:  // also EROFS: a file system becomes read-only when its disk has failed
      return ErrorCode::Unavailable;
  }
}

Error error_of(int number, std::string_view doing, const std::string& path) {
  const std::string_view limit = number == EFBIG ? " (ulimit -f)" : "";
  return {code_of(number),
          fmt::format("Cannot {} {}: {}{}.", doing, path, std::generic_category().message(number), limit),
          {}};
}

class PosixFile : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(descriptor_); }

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
    std::size_t done = 0;
    while (done < size) {
      const auto n = ::pread(descriptor_, out + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return error(errno, fmt::format("read byte {} of", offset + done));
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    // Such a large read is likely to be followed by the next: let the disk fetch it while this one is processed.
    if (done == size && size >= kLargeReadBytes)
      ::posix_fadvise(descriptor_, static_cast<off_t>(offset + size), static_cast<off_t>(size), POSIX_FADV_WILLNEED);
    return done;
  }

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return error(errno, "write");
      offset += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }

  Result<void> sync() override {
    // Not retried even when interrupted: after any failure the kernel may have forgotten which pages were dirty.
    if (::fdatasync(descriptor_) != 0) return error(errno, "sync");
    return {};
  }

  Result<std::uint64_t> size_bytes() const override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return error(errno, "measure");
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<void> truncate(std::uint64_t size) override {
    while (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) return error(errno, "truncate");
    }
    return {};
  }

  Result<void> allocate(std::uint64_t size) override {
    // posix_fallocate takes all free space before it fails: anything written at that moment would find none.
    int failed = may_find_room(size) ? EINTR : ENOSPC;
    while (failed == EINTR) failed = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size));
    if (failed != 0) return error(failed, "allocate");
    return {};
  }

 private:
  // False when there certainly is none for a file of that size. Not every file system reports its free space.
  bool may_find_room(std::uint64_t size) const {
    struct stat file;
    struct statvfs disk;
    if (::fstat(descriptor_, &file) != 0 || ::fstatvfs(descriptor_, &disk) != 0 || disk.f_blocks == 0) return true;
    constexpr std::uint64_t kUnitOfBlocks = 512;  // stat(2)
    const std::uint64_t has = static_cast<std::uint64_t>(file.st_blocks) * kUnitOfBlocks;
    const auto free = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail;  // root may use its reserve
    return size <= has || size - has <= free * disk.f_frsize;
  }
  // With the file's current name: it may have been renamed since it was opened.
  Error error(int number, std::string_view doing) const {
    std::error_code unknown;
    const auto place = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", descriptor_), unknown);
    if (unknown) return error_of(number, doing, path_);
    return error_of(number, doing, std::filesystem::path{path_}.replace_filename(place.filename()));
  }

  int descriptor_;
  std::string path_;  // when it was opened
};

// 0, or why not.
int try_lock(int descriptor) { return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno; }

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_slashes_at_end(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// Whether no process with that id exists (any more), as far as we can see.
bool is_gone(std::string_view process) {
  pid_t id = 0;
  std::from_chars(process.data(), process.data() + process.size(), id);
  return id > 0 && ::kill(id, 0) != 0 && errno == ESRCH;
}

}  // namespace

class PosixFileSystem::Directory {
 public:
  explicit Directory(std::string path)
      : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }  // -1 when it cannot be opened

 private:
  std::string path_;
  int descriptor_;
};

// The arguments of the *at calls: a directory, and a name relative to it.
struct PosixFileSystem::Place {
  std::shared_ptr<const Directory> held;  // null: the name is the path itself
  std::string name;

  int directory() const { return held ? held->descriptor() : AT_FDCWD; }
  // -1 with errno when it cannot be opened. O_NONBLOCK: otherwise a pipe with the file's name would block.
  int open(int flags) const {
    int descriptor = -1;
    do {  // 0600: the log holds customers' data, which other users must not read
      descriptor = ::openat(directory(), name.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0600);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
  }
};

PosixFileSystem::Place PosixFileSystem::place_of(const std::string& path) const {
  const std::lock_guard guard{mutex_};
  for (const std::weak_ptr<const Directory>& one : held_) {
    auto held = one.lock();
    if (!held || !path.starts_with(held->path())) continue;
    const std::string_view rest = std::string_view{path}.substr(held->path().size());
    if (!rest.empty() && rest.front() != '/') continue;
    const auto name = rest.find_first_not_of('/');
    return {std::move(held), name == std::string_view::npos ? "." : std::string{rest.substr(name)}};
  }
  return {nullptr, path};
}

// A lock file, and the directory locked with it.
class PosixFileSystem::HeldFile final : public PosixFile {
 public:
  HeldFile(int descriptor, const std::string& path, std::shared_ptr<const Directory> directory)
      : PosixFile(descriptor, path), directory_(std::move(directory)) {}

 private:
  std::shared_ptr<const Directory> directory_;
};

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  constexpr int kFlags[] = {O_RDONLY, O_RDWR, O_RDWR | O_CREAT | O_EXCL};  // by OpenMode
  const int descriptor = place_of(path).open(kFlags[static_cast<std::size_t>(mode)]);
  if (descriptor < 0) return error_of(errno, "open", path);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor, path));
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  const int descriptor = place_of(directory).open(O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(descriptor < 0 ? nullptr : ::fdopendir(descriptor), &::closedir);
  if (!stream) return error_of(errno, "list", directory);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) {
      if (errno != 0) return error_of(errno, "list", directory);
      break;
    }
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixFileSystem::create_directories(const std::string& path) {
  const std::string trimmed = without_slashes_at_end(path);
  const std::string parent = parent_of(trimmed);
  const Place place = place_of(trimmed);
  struct stat status{};
  if (::fstatat(place.directory(), place.name.c_str(), &status, 0) == 0) {
    if (!S_ISDIR(status.st_mode)) return error_of(ENOTDIR, "create directory", trimmed);
    // A crash may have come before its name was durable. If we may not read the parent, we did not make it.
    if (auto synced = sync_directory(parent); !synced && synced.error().code != ErrorCode::AccessDenied) return synced;
    return {};
  }
  if (parent != trimmed) ATHANOR_CHECK(create_directories(parent));
  if (::mkdirat(place.directory(), place.name.c_str(), 0700) != 0 && errno != EEXIST)
    return error_of(errno, "create directory", trimmed);
  return sync_directory(parent);
}

Result<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  const Place old_place = place_of(from), place = place_of(to);
  if (::renameat(old_place.directory(), old_place.name.c_str(), place.directory(), place.name.c_str()) != 0)
    return error_of(errno, "rename", from);
  return {};
}

Result<void> PosixFileSystem::remove(const std::string& path) {
  const Place place = place_of(path);
  if (::unlinkat(place.directory(), place.name.c_str(), 0) != 0) return error_of(errno, "remove", path);
  return {};
}

Result<void> PosixFileSystem::sync_directory(const std::string& path) {
  const int descriptor = place_of(path).open(O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return error_of(errno, "open directory", path);
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failed != 0) return error_of(failed, "sync directory", path);
  return {};
}

// flock, not fcntl: it belongs to this one descriptor, so that a second server in the same process cannot take it, and
// closing an unrelated descriptor of the file does not release it. The holder's process id is in the file for humans.
// Read access is enough to hold it: ext4 becomes read-only after an error, and its data must still be inspected and
// saved. The directory is locked beside the file, since a cleanup may remove a lock file; where a directory cannot be
// opened or locked (NFS), the file alone has to do.
//
// If the directory is moved away and another put in its place, this holder must neither write files there nor look for
// its own there: from here on, files in it are found through the descriptor.
Result<std::unique_ptr<File>> PosixFileSystem::lock(const std::string& path) {
  const auto directory = std::make_shared<const Directory>(without_slashes_at_end(parent_of(path)));
  const Place place =
      directory->descriptor() < 0 ? Place{nullptr, path} : Place{directory, path.substr(path.find_last_of('/') + 1)};
  int descriptor = place.open(O_RDWR | O_CREAT);
  const int failed = errno;
  if (descriptor < 0 && (failed == EROFS || failed == EACCES || failed == EPERM)) descriptor = place.open(O_RDONLY);
  if (descriptor < 0) return error_of(failed, "open", path);
  auto file = std::make_unique<HeldFile>(descriptor, path, directory);
  // When a holder was killed while it started a process, that process keeps the inherited lock until it execs or ends.
  constexpr std::chrono::milliseconds kLookEvery{5}, kLongestInheritance{2'000};
  std::chrono::milliseconds waited{0};
  for (;;) {
    const int refused = try_lock(descriptor);
    if (refused == 0 && try_lock(directory->descriptor()) != EWOULDBLOCK) break;
    if (refused != 0 && refused != EWOULDBLOCK) return error_of(refused, "lock", path);
    char text[32] = {};
    const auto read = file->read_at(0, text, sizeof text - 1);
    std::string_view holder(text, read ? *read : 0);
    holder = holder.substr(0, holder.find('\n'));
    if (!is_gone(holder) || waited >= kLongestInheritance)
      return Error{ErrorCode::AlreadyExists,
                   fmt::format("{} is held by {}.", path,
                               holder.empty() ? "another process" : fmt::format("process {}", holder)),
                   {}};
    std::this_thread::sleep_for(kLookEvery);
    waited += kLookEvery;
  }
  // Only a note: the lock is held even if it cannot be written.
  if (file->truncate(0)) (void)file->write_at(0, fmt::format("{}\n", ::getpid()));
  if (directory->descriptor() >= 0) {
    const std::lock_guard guard{mutex_};
    std::erase_if(held_, [](const std::weak_ptr<const Directory>& one) { return one.expired(); });
    held_.push_back(directory);
  }
  return std::unique_ptr<File>(std::move(file));
}

}  // namespace athanor::io
