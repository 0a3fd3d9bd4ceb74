#include "runtime/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace athanor::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEntriesMax = 10'000;
constexpr std::uint64_t kRatioMax = 100;
constexpr std::uint64_t kRatioFloor = 1'048'576;  // below this nothing is a bomb
constexpr std::size_t kNameBytesMax = 255;

Error not_a_zip(std::string why) {
  return {ErrorCode::InvalidZipFile, "Could not unzip uploaded file. Please check your file, then try to upload again.",
          std::move(why)};
}

struct FreeArchive {
  void operator()(archive* a) const { archive_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, FreeArchive>;

// In the locale "C", that of a program that sets none, the library knows no name that is marked as UTF-8 and has more
// than ASCII. Within this it does, on this thread; letters with accents become one character (NFC).
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

// Why an entry may not be unpacked; empty when it may.
std::string why_refused(archive_entry* entry, std::set<std::string>& seen) {
  const char* raw = archive_entry_pathname(entry);
  if (raw == nullptr || *raw == '\0') return "an entry has no name";
  const std::string path = raw;
  if (path.front() == '/' || path.find('\\') != std::string::npos || (path.size() > 1 && path[1] == ':'))
    return "the path '" + path + "' is not relative";
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20) return "a name holds a control character";
  }
  for (const std::string_view part : base::split(path, '/')) {
    if (part == "..") return "the path '" + path + "' leaves its folder";
    if (part.size() > kNameBytesMax) return "a name is longer than 255 bytes";
  }
  const auto type = archive_entry_filetype(entry);
  if (archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr ||
      (type != AE_IFREG && type != AE_IFDIR)) {
    return "'" + path + "' is neither a file nor a directory";
  }
  if (archive_entry_is_encrypted(entry) != 0) return "'" + path + "' is encrypted";
  std::string plain = fs::path{path}.lexically_normal().string();
  while (plain.ends_with('/')) plain.pop_back();
  if (type == AE_IFREG && !seen.insert(plain).second) return "'" + path + "' stands twice";
  return {};
}

// Whether the zip has its end: a reader of streams does not miss it. Source: PKWARE's APPNOTE, 4.3.16.
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

// What the disk says is no fault of the zip; what else the writer does not like is.
Error not_written(archive* writer) {
  const int number = archive_errno(writer);
  const std::string why = archive_error_string(writer);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return {ErrorCode::DiskFull, "The disk is full: nothing was stored. Try again when there is room.", why};
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

}  // namespace

Result<void> unzip(std::string_view zip, const std::string& into) {
  if (!is_whole(zip)) return not_a_zip("it has no end");
  const Utf8Names names;
  const ArchivePtr reader{archive_read_new()};
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK)
    return not_a_zip("it does not open");
  const ArchivePtr writer{archive_write_disk_new()};
  archive_write_disk_set_options(
      writer.get(), ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_NO_OVERWRITE);

  std::set<std::string> seen;
  std::uint64_t unpacked = 0;
  const std::uint64_t bomb = std::max<std::uint64_t>(kRatioFloor, zip.size() * kRatioMax);
  for (std::size_t entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) {
      if (entries == 0) return not_a_zip("it is empty");
      return {};
    }
    if (status != ARCHIVE_OK) return not_a_zip(archive_error_string(reader.get()));
    if (entries >= kEntriesMax) return not_a_zip("it has too many entries");
    if (const std::string why = why_refused(entry, seen); !why.empty()) return not_a_zip(why);
    const std::string path = into + "/" + archive_entry_pathname(entry);
    const bool is_file = archive_entry_filetype(entry) == AE_IFREG;
    // No setuid, and readable by us whatever the zip says; a zip made on Windows has no modes at all.
    const auto mode = static_cast<unsigned>(archive_entry_perm(entry)) & 0755U;
    const bool is_bootstrap = std::string_view{archive_entry_pathname(entry)} == "bootstrap";
    archive_entry_set_perm(entry, is_file ? (mode | 0644U | (is_bootstrap ? 0755U : 0U)) : 0755U);
    archive_entry_set_pathname(entry, path.c_str());
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
      if (unpacked > bomb) return not_a_zip("it unpacks to more than a hundred times its size");
      if (archive_write_data_block(writer.get(), block, size, offset) != ARCHIVE_OK) return not_written(writer.get());
    }
    if (archive_write_finish_entry(writer.get()) != ARCHIVE_OK) return not_written(writer.get());
  }
}

}  // namespace athanor::runtime
