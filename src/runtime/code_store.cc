#include "runtime/code_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "auth/digest.h"
#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "io/read_bytes.h"
#include "runtime/unzip.h"

namespace athanor::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackage = ".zip";
constexpr std::string_view kNewPackage = ".zip.tmp";
constexpr std::string_view kUnpacking = ".unpacking-";
constexpr std::string_view kRemoving = ".removing-";
constexpr std::size_t kHashCharacters = 64;

// Where two names would mean the same moment (after a write, before its sync), only one is listed.
constexpr std::string_view kPoints[] = {
    "new_package.before_create", "new_package.after_create", "new_package.torn_write", "new_package.after_write",
    "new_package.after_sync", "new_package.after_rename", "code_directory.after_sync",
    // For what a crash left half made, and for what nothing uses.
    "new_package.before_remove", "new_package.after_remove", "package.before_remove", "package.after_remove"};

bool is_code_id(std::string_view name) { return name.size() == kHashCharacters && base::from_hex(name).has_value(); }

// The code whose package `path` is, if its name has this ending; empty if it is not a package.
std::string_view package_of(std::string_view path, std::string_view ending) {
  std::string_view name = path.substr(path.find_last_of('/') + 1);
  if (!name.ends_with(ending)) return {};
  name.remove_suffix(ending.size());
  return is_code_id(name) ? name : std::string_view{};
}

std::string_view kind_of(std::string_view path) {
  if (path.ends_with("/code/")) return "code_directory";
  if (!package_of(path, kNewPackage).empty()) return "new_package";
  if (!package_of(path, kPackage).empty()) return "package";
  return {};
}

// What the caller is told when the disk refuses; the cause is for the operator.
Error not_stored(const Error& cause) {
  if (cause.code == ErrorCode::DiskFull) return disk_is_full(cause.message);
  return {ErrorCode::Unavailable, "The code cannot be stored.", cause.message};
}

Error not_stored(int number) {
  return not_stored(Error{number == ENOSPC || number == EDQUOT ? ErrorCode::DiskFull : ErrorCode::Unavailable,
                          std::generic_category().message(number),
                          {}});
}

// Everything unpacked is on stable storage when this returns. Syncs the whole file system, which waits for what others
// have written to it, too: file by file, a zip of ten thousand would take a minute.
Result<void> sync_file_system(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_CLOEXEC);
  const int failed = descriptor >= 0 && ::syncfs(descriptor) == 0 ? 0 : errno;
  if (descriptor >= 0) ::close(descriptor);
  if (failed != 0) return not_stored(failed);
  return {};
}

// Whether `there` is the same as `here`; a directory may hold more.
bool is_same(const fs::directory_entry& here, const fs::path& there) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(there, error);
  if (status.type() != here.symlink_status(error).type()) return false;
  if (here.is_symlink(error)) return fs::read_symlink(there, error) == fs::read_symlink(here, error);
  if (status.permissions() != here.symlink_status(error).permissions()) return false;
  if (status.type() == fs::file_type::directory) return true;
  std::ifstream one{here.path(), std::ios::binary}, other{there, std::ios::binary};
  using Bytes = std::istreambuf_iterator<char>;
  return one && other && std::equal(Bytes{one}, {}, Bytes{other}, {});
}

// Whether everything unpacked into `fresh` is in `used`, too, unchanged. What functions have added is theirs.
bool is_whole(const fs::path& used, const fs::path& fresh) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry{fresh, error}, end; !error && entry != end; entry.increment(error)) {
    if (!is_same(*entry, used / entry->path().lexically_relative(fresh))) return false;
  }
  return !error;
}

// A process is started in the directory of its code, from where a relative path would lead elsewhere; and unpacking may
// pass through no link and no "..".
std::string path_from_anywhere(const std::string& path) {
  std::error_code error;
  const fs::path found = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : found.string();
}

}  // namespace

CodeStore::CodeStore(io::FileSystem& files, std::string packages, std::string unpacked)
    : files_(files), packages_(std::move(packages)), unpacked_(path_from_anywhere(unpacked)) {}

Result<void> CodeStore::open() {
  const auto packages = files_.list(packages_);
  if (!packages && packages.error().code != ErrorCode::NotFound) return packages.error();  // else put_zip makes it
  for (const std::string& name : packages ? *packages : std::vector<std::string>{}) {
    if (!package_of(name, kNewPackage).empty()) ATHANOR_CHECK(files_.remove(packages_ + "/" + name));
    if (const auto id = package_of(name, kPackage); !id.empty()) durable_.insert(std::string{id});
  }
  // The process that renamed a package may have died before the name was durable.
  if (packages) ATHANOR_CHECK(files_.sync_directory(packages_));
  there_ = durable_;
  std::error_code error;
  for (fs::directory_iterator entry{unpacked_, error}, end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code left;  // what cannot be removed does no harm
    if (name.starts_with(kUnpacking) || name.starts_with(kRemoving)) fs::remove_all(entry->path(), left);
    if (is_code_id(name) && entry->is_directory(left)) there_.insert(name);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return Error{ErrorCode::Unavailable, fmt::format("Cannot read {}: {}.", unpacked_, error.message()), {}};
  idle_ = there_;
  return {};
}

Result<StoredCode> CodeStore::put_zip(std::string_view zip) {
  if (zip.size() > limits::kFunctionZipBytes) {
    return Error{ErrorCode::RequestTooLarge,
                 fmt::format("The zip must be smaller than {} bytes.", limits::kFunctionZipBytes),
                 {}};
  }
  StoredCode stored{base::to_hex(auth::sha256(zip)), zip.size()};
  const std::string& id = stored.code_id;
  const std::lock_guard storing{storing_};
  stored.hold = hold(id);
  if (auto made = files_.create_directories(packages_); !made) return not_stored(made.error());
  // Only unpacking shows whether it is a zip, and whether what exists is whole.
  ATHANOR_CHECK(unpack_aside(id, zip));
  {
    const std::lock_guard lock{mutex_};
    there_.insert(id);
  }
  if (durable_.contains(id) && read_package(files_, package_path(id))) return stored;
  if (auto written = write_package(id, zip); !written) return not_stored(written.error());
  return stored;
}

Result<UnpackedCode> CodeStore::unpack(const std::string& code_id) {
  UnpackedCode unpacked{unpacked_path(code_id), hold(code_id)};
  if (std::error_code error; fs::is_directory(unpacked.directory, error)) return unpacked;
  ATHANOR_TRY(zip, read_package(files_, package_path(code_id)));
  ATHANOR_CHECK(unpack_aside(code_id, zip));
  return unpacked;
}

bool CodeStore::has(const std::string& code_id) const {
  return files_.open(package_path(code_id), io::OpenMode::Read).has_value();
}

std::vector<std::string> CodeStore::unused(const std::set<std::string>& named) {
  const std::lock_guard lock{mutex_};
  std::erase_if(holds_, [](const auto& hold) { return hold.second.expired(); });
  std::vector<std::string> unused;
  std::set<std::string> idle;
  for (const std::string& id : there_) {
    if (named.contains(id) || holds_.contains(id) || condemned_.contains(id)) continue;
    idle.insert(id);
    if (!idle_.contains(id)) continue;
    condemned_.insert(id);
    unused.push_back(id);
  }
  idle_ = std::move(idle);
  return unused;
}

void CodeStore::remove(const std::vector<std::string>& unused) {
  const std::lock_guard storing{storing_};
  for (const std::string& id : unused) {
    const std::string aside = fmt::format("{}/{}{}", unpacked_, kRemoving, id);
    {
      const std::lock_guard lock{mutex_};
      if (condemned_.erase(id) == 0) continue;
      going_ = id;
    }
    // What does not exist needs no removing; what cannot be removed stays until the next start.
    std::error_code error;
    (void)files_.remove(package_path(id));
    fs::rename(unpacked_path(id), aside, error);
    durable_.erase(id);
    {
      const std::lock_guard lock{mutex_};
      there_.erase(id);
      going_.clear();
    }
    gone_.notify_all();
    fs::remove_all(aside, error);
  }
}

CodeHold CodeStore::hold(const std::string& code_id) {
  std::unique_lock lock{mutex_};
  gone_.wait(lock, [&] { return going_ != code_id; });
  condemned_.erase(code_id);
  auto& held = holds_[code_id];
  CodeHold hold = held.lock();
  if (!hold) held = hold = std::make_shared<const int>(0);
  return hold;
}

std::string CodeStore::package_path(std::string_view code_id) const {
  return fmt::format("{}/{}{}", packages_, code_id, kPackage);
}

std::string CodeStore::unpacked_path(std::string_view code_id) const {
  return fmt::format("{}/{}", unpacked_, code_id);
}

Result<void> CodeStore::write_package(const std::string& code_id, std::string_view zip) {
  const std::string path = package_path(code_id);
  const std::string temporary = fmt::format("{}/{}{}", packages_, code_id, kNewPackage);
  (void)files_.remove(temporary);  // left by a failed write that could not be removed then
  const auto write = [&]() -> Result<void> {
    ATHANOR_TRY(file, files_.open(temporary, io::OpenMode::Create));
    ATHANOR_CHECK(file->write_at(0, zip));
    if (!base::planted(base::Bug::SkipPackageSync)) ATHANOR_CHECK(file->sync());
    return files_.rename(temporary, path);
  };
  if (auto written = write(); !written) {
    (void)files_.remove(temporary);
    return written;
  }
  if (!base::planted(base::Bug::SkipPackageDirectorySync)) ATHANOR_CHECK(files_.sync_directory(packages_));
  durable_.insert(code_id);
  return {};
}

// Whole under its name, or not there: what a crash leaves, the next start removes.
Result<void> CodeStore::unpack_aside(const std::string& code_id, std::string_view zip) const {
  std::error_code error, gone;
  fs::create_directories(unpacked_, error);
  std::string aside = fmt::format("{}/{}XXXXXX", unpacked_, kUnpacking);
  if (::mkdtemp(aside.data()) == nullptr) return not_stored(errno);
  ::chmod(aside.c_str(), 0755);
  auto done = unzip(zip, aside);
  const std::string path = unpacked_path(code_id);
  if (done && is_whole(path, aside)) {
    fs::remove_all(aside, gone);
    return {};
  }
  if (done) done = sync_file_system(aside);
  if (done) {
    // A function has changed some of it. Processes may still be running there: it is removed at the next start.
    fs::rename(path, fmt::format("{}/{}{}", unpacked_, kRemoving, aside.substr(aside.size() - 6)), gone);
    fs::rename(aside, path, error);
    // Somebody else may have unpacked the same meanwhile: theirs is as good.
    if (error && !fs::is_directory(path, gone)) done = not_stored(error.value());
  }
  if (!done || error) fs::remove_all(aside, gone);
  return done;
}

bool is_package(std::string_view name) { return !package_of(name, kPackage).empty(); }

Result<std::string> read_package(io::FileSystem& files, const std::string& path) {
  ATHANOR_TRY(file, files.open(path, io::OpenMode::Read));
  ATHANOR_TRY(size, file->size_bytes());
  ATHANOR_TRY(zip, io::read_bytes(*file, 0, std::min<std::uint64_t>(size, limits::kFunctionZipBytes)));
  if (zip.size() == size && base::to_hex(auth::sha256(zip)) == package_of(path, kPackage)) return std::move(zip);
  return corrupt(fmt::format("{} is damaged: its content does not match the hash in its name.", path));
}

Result<PackagesReport> check_packages(io::FileSystem& files, const std::string& packages) {
  PackagesReport report;
  auto names = files.list(packages);
  if (!names && names.error().code == ErrorCode::NotFound) return report;  // no function was ever created
  if (!names) return names.error();
  std::ranges::sort(*names);
  for (const std::string& name : *names) {
    if (!is_package(name)) continue;
    auto read = read_package(files, packages + "/" + name);
    // Also where the disk refuses it: the others are checked nevertheless.
    if (!read && read.error().code != ErrorCode::Corrupt && read.error().code != ErrorCode::Unavailable)
      return read.error();
    if (read)
      ++report.sound;
    else
      report.damaged.push_back(read.error());
  }
  return report;
}

io::CrashPoints code_crash_points() { return {.names = kPoints, .kind_of = kind_of}; }

}  // namespace athanor::runtime
