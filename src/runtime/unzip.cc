#include "runtime/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <memory>

#include "base/limits.h"
#include "base/text.h"

namespace athanor::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPathsMax = 10'000;  // each is an inode, even if only implied by others
constexpr std::uint64_t kRatioMax = 100;
constexpr std::uint64_t kRatioFloor = 1'048'576;  // nothing smaller is a bomb
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kPathBytesMax = 1'024;

constexpr std::string_view kAwsWords =
    "Could not unzip uploaded file. Please check your file, then try to upload again.";

Error not_a_zip(std::string detail) { return {ErrorCode::InvalidZipFile, std::string{kAwsWords}, std::move(detail)}; }

// For a real zip: AWS's words alone would leave its owner to guess.
Error refused(std::string_view why) {
  return {ErrorCode::InvalidZipFile, fmt::format("{} Reason: {}.", kAwsWords, why), {}};
}

struct FreeArchive {
  void operator()(archive* a) const { archive_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, FreeArchive>;

// In the locale "C", that of a program that sets none, the library cannot read names that are marked as UTF-8 and have
// more than ASCII. Within this scope it can, on this thread; letters with accents become one character (NFC).
class Utf8Names {
 public:
  Utf8Names() { ::uselocale(utf8_); }
  ~Utf8Names() {
    ::uselocale(before_);
    if (utf8_ != locale_t{}) ::freelocale(utf8_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  const locale_t utf8_ = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
  const locale_t before_ = ::uselocale(locale_t{});
};

// The path of an entry without meaningless parts ("./", "//"); empty for the package itself.
Result<std::string> plain_path(archive_entry* entry) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr || *raw == '\0') return refused("an entry has no name");
  const std::string_view path = raw;
  if (path.size() > kPathBytesMax) return refused(fmt::format("a path is longer than {} bytes", kPathBytesMax));
  if (path.front() == '/' || path.contains('\\') || (path.size() > 1 && path[1] == ':'))
    return refused(fmt::format("the path '{}' is not relative", path));
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return refused("a name holds a control character");
  std::string plain;
  for (const std::string_view part : base::split(path, '/')) {
    if (part == "..") return refused(fmt::format("the path '{}' leaves its folder", path));
    if (part.size() > kNameBytesMax) return refused(fmt::format("a name is longer than {} bytes", kNameBytesMax));
    if (part.empty() || part == ".") continue;
    if (!plain.empty()) plain += '/';
    plain += part;
  }
  return plain;
}

// Whether a link at this path leads to something inside, wherever other links of the package lead. ".." may come only
// first, where it leaves real directories: after the name of a link it would be the parent of the link's target.
bool stays_inside(std::string_view path, std::string_view target) {
  auto steps_up = std::ranges::count(path, '/');
  bool has_name = false;
  if (target.starts_with('/') || target.size() > kPathBytesMax) return false;
  for (const std::string_view part : base::split(target, '/')) {
    if (part == ".." && (has_name || steps_up-- == 0)) return false;
    has_name = has_name || (part != ".." && part != "." && !part.empty());
  }
  return true;
}

// What is to be unpacked so far, and whether it is a directory.
using Paths = std::map<std::string, bool, std::less<>>;

// Adds a path, and the directories that it implies.
Result<void> add(Paths& paths, std::string path, bool is_directory) {
  for (;; is_directory = true) {
    const auto [at, is_new] = paths.emplace(path, is_directory);
    if (!is_new && is_directory && at->second) return {};
    if (!is_new) return refused(fmt::format("'{}' occurs twice", path));
    if (paths.size() > kPathsMax) return refused(fmt::format("it has more than {} files and directories", kPathsMax));
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    path.resize(slash);
  }
}

Result<void> check(archive_entry* entry, Paths& paths) {
  ATHANOR_TRY(path, plain_path(entry));
  const auto type = archive_entry_filetype(entry);
  const char* target = archive_entry_symlink(entry);
  const bool is_link = type == AE_IFLNK && target != nullptr;
  if (archive_entry_hardlink(entry) != nullptr || (type != AE_IFREG && type != AE_IFDIR && !is_link))
    return refused(fmt::format("'{}' is neither a file, nor a directory, nor a symbolic link", path));
  if (is_link && !stays_inside(path, target))
    return refused(fmt::format("the link '{}' may lead out of the package", path));
  if (archive_entry_is_encrypted(entry) != 0) return refused(fmt::format("'{}' is encrypted", path));
  if (path.empty() && type == AE_IFDIR) return {};
  return add(paths, path, type == AE_IFDIR);
}

// Whether the zip has its end record: a streaming reader would not notice its absence. Source: PKWARE's
// APPNOTE, 4.3.16.
bool is_whole(std::string_view zip) {
  constexpr std::size_t kEndBytes = 22;
  for (auto at = zip.rfind("PK\5\6"); at != std::string_view::npos && zip.size() - at <= kEndBytes + 0xFFFF;
       at = at == 0 ? std::string_view::npos : zip.rfind("PK\5\6", at - 1)) {
    if (zip.size() - at < kEndBytes) continue;
    const std::size_t comment =
        static_cast<unsigned char>(zip[at + 20]) + 256U * static_cast<unsigned char>(zip[at + 21]);
    if (at + kEndBytes + comment == zip.size()) return true;
  }
  return false;
}

// A disk error is no fault of the zip; anything else that the writer rejects is.
Error not_written(archive* writer) {
  const int number = archive_errno(writer);
  const std::string why = archive_error_string(writer);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return disk_is_full(why);
    case EIO:
    case EROFS:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EACCES:
      return {ErrorCode::Unavailable, "The code cannot be stored.", why};
    default:
      return not_a_zip(why);
  }
}

Result<ArchivePtr> open(std::string_view zip) {
  ArchivePtr reader{archive_read_new()};
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK)
    return not_a_zip("it does not open");
  return reader;
}

// The next entry; null at the end.
Result<archive_entry*> next_entry(archive* reader) {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader, &entry);
  if (status == ARCHIVE_EOF) return nullptr;
  if (status != ARCHIVE_OK) return not_a_zip(archive_error_string(reader));
  return entry;
}

// Before anything is written: on some disks, removing ten thousand directories takes a minute.
Result<void> check_entries(std::string_view zip) {
  ATHANOR_TRY(reader, open(zip));
  Paths paths;
  for (std::size_t entries = 0;; ++entries) {
    ATHANOR_TRY(entry, next_entry(reader.get()));
    if (entry == nullptr && entries == 0) return not_a_zip("it is empty");
    if (entry == nullptr) return {};
    if (entries == kPathsMax) return refused(fmt::format("it has more than {} entries", kPathsMax));
    ATHANOR_CHECK(check(entry, paths));
  }
}

// Turns the entry into what is to be written here.
void settle(archive_entry* entry, const std::string& into) {
  const std::string path = *plain_path(entry);
  // No setuid, and readable by us whatever the zip says; a zip made on Windows has no modes at all. Nobody may write to
  // code; directories stay as they are, so that their owner can remove them.
  const unsigned mode = (archive_entry_perm(entry) & 0555U) | 0444U | (path == "bootstrap" ? 0555U : 0U);
  archive_entry_set_perm(entry, archive_entry_filetype(entry) == AE_IFREG ? mode : 0755U);
  archive_entry_set_pathname(entry, (into + "/" + path).c_str());
}

}  // namespace

Result<void> unzip(std::string_view zip, const std::string& into) {
  if (!is_whole(zip)) return not_a_zip("it has no end");
  const Utf8Names names;
  ATHANOR_CHECK(check_entries(zip));
  ATHANOR_TRY(reader, open(zip));
  const ArchivePtr writer{archive_write_disk_new()};
  archive_write_disk_set_options(
      writer.get(), ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_NO_OVERWRITE);

  std::uint64_t unpacked = 0;
  const std::uint64_t bomb = std::max<std::uint64_t>(kRatioFloor, zip.size() * kRatioMax);
  for (;;) {
    ATHANOR_TRY(entry, next_entry(reader.get()));
    if (entry == nullptr) return {};
    settle(entry, into);
    if (archive_write_header(writer.get(), entry) != ARCHIVE_OK) return not_written(writer.get());
    for (;;) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int read = archive_read_data_block(reader.get(), &block, &size, &offset);
      if (read == ARCHIVE_EOF) break;
      if (read != ARCHIVE_OK) return not_a_zip(archive_error_string(reader.get()));
      unpacked += size;
      if (unpacked > limits::kFunctionUnpackedBytes ||
          static_cast<std::uint64_t>(offset) + size > limits::kFunctionUnpackedBytes) {
        return Error{ErrorCode::InvalidZipFile,
                     fmt::format("Unzipped size must be smaller than {} bytes", limits::kFunctionUnpackedBytes),
                     {}};
      }
      if (unpacked > bomb) return refused("it unpacks to more than a hundred times its size");
      if (archive_write_data_block(writer.get(), block, size, offset) != ARCHIVE_OK) return not_written(writer.get());
    }
    if (archive_write_finish_entry(writer.get()) != ARCHIVE_OK) return not_written(writer.get());
  }
}

}  // namespace athanor::runtime
