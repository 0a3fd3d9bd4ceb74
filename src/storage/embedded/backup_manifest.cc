// The manifest of a backup as text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/planted.h"
#include "base/text.h"
#include "io/read_bytes.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/new_file.h"

namespace athanor::storage {
namespace {

constexpr std::string_view kTitle = "athanor backup, format ";
constexpr int kManifestVersion = 1;

Error unreadable() {
  return corrupt(fmt::format("{} is damaged: it differs from what was written.", kBackupManifestName));
}

std::string sum_line(std::string_view text) { return fmt::format("sum {:08x}\n", crc32c(0, text)); }

template <class T>
bool read_number(std::string_view digits, T& value, int radix = 10) {
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
  return failed == std::errc{} && end == digits.data() + digits.size();
}

// Whether it lies in the directory that it is relative to.
bool is_within(std::string_view name) {
  return !name.starts_with('/') &&
         std::ranges::none_of(base::split(name, '/'), [](std::string_view part) { return part == ".."; });
}

// "kind bytes crc name": the name is the rest of the line, including blanks.
bool read_file_line(std::string_view line, BackupManifest& manifest) {
  std::string_view words[3];
  for (std::string_view& word : words) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return false;
    word = line.substr(0, blank);
    line.remove_prefix(blank + 1);
  }
  BackupFile file{.name = std::string{line}};
  if (!read_number(words[1], file.bytes) || !read_number(words[2], file.crc, 16)) return false;
  if (file.name.empty() || !is_within(file.name)) return false;
  if (words[0] != "log" && words[0] != "code") return false;
  if (segment_base_of(file.name) && file.bytes < kSegmentHeaderBytes) return false;
  (words[0] == "log" ? manifest.log : manifest.code).push_back(std::move(file));
  return true;
}

Result<void> check_size(io::FileSystem& files, const std::string& directory, const BackupFile& backed_up) {
  const std::string path = directory + "/" + backed_up.name;
  const auto file = files.open(path, io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound) return corrupt(fmt::format("{} is missing.", path));
  if (!file) return file.error();
  ATHANOR_TRY(bytes, (*file)->size_bytes());
  if (bytes >= backed_up.bytes) return {};
  return corrupt(fmt::format("{} has {} bytes, and {} were backed up.", path, bytes, backed_up.bytes));
}

}  // namespace

std::string print_manifest(const BackupManifest& manifest) {
  std::string text = fmt::format("{}{}\ntaken {}\nbegin {}\nend {}\n", kTitle, kManifestVersion,
                                 base::to_iso8601_millis(manifest.taken), manifest.extent.begin, manifest.extent.end);
  for (const auto& [kind, files] : {std::pair{"log", &manifest.log}, std::pair{"code", &manifest.code}}) {
    for (const BackupFile& file : *files)
      text += fmt::format("{} {} {:08x} {}\n", kind, file.bytes, file.crc, file.name);
  }
  return text + sum_line(text);
}

Result<BackupManifest> parse_manifest(std::string_view text) {
  int version = 0;
  const std::string_view title = text.substr(0, text.find('\n'));
  if (!title.starts_with(kTitle) || !read_number(title.substr(kTitle.size()), version)) return unreadable();
  if (version != kManifestVersion) {
    return Error{ErrorCode::UnknownFormat,
                 fmt::format("{} has format version {}, and this program reads only version {}: use the program that "
                             "wrote it.",
                             kBackupManifestName, version, kManifestVersion),
                 {}};
  }
  const auto sum_at = text.rfind("\nsum ");
  if (sum_at == std::string_view::npos || !text.ends_with('\n')) return unreadable();
  const std::string_view summed = text.substr(0, sum_at + 1);
  if (text.substr(sum_at + 1) != sum_line(summed)) return unreadable();

  BackupManifest manifest;
  const auto lines = base::split(summed.substr(0, summed.size() - 1), '\n');
  for (const std::string_view line : lines) {
    const auto value = line.substr(std::min(line.size(), line.find(' ') + 1));
    bool good = true;
    if (line == title) {
    } else if (line.starts_with("taken ")) {
      const auto taken = base::from_iso8601(value);
      good = taken.has_value();
      manifest.taken = taken.value_or(base::Time{});
    } else if (line.starts_with("begin ")) {
      good = read_number(value, manifest.extent.begin);
    } else if (line.starts_with("end ")) {
      good = read_number(value, manifest.extent.end);
    } else {
      good = read_file_line(line, manifest);
    }
    if (!good) return unreadable();
  }
  return manifest;
}

Result<BackupManifest> read_manifest(io::FileSystem& files, const std::string& directory) {
  const std::string path = fmt::format("{}/{}", directory, kBackupManifestName);
  auto file = files.open(path, io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound)
    return not_found(fmt::format("{} holds no backup, or only an unfinished one.", directory));
  if (!file) return std::move(file).error();
  ATHANOR_TRY(size, (*file)->size_bytes());
  ATHANOR_TRY(text, io::read_bytes(**file, 0, size));
  auto manifest = parse_manifest(text);
  if (!manifest) return Error{manifest.error().code, fmt::format("{}/{}", directory, manifest.error().message), {}};
  return manifest;
}

Result<std::optional<BackupManifest>> read_whole_manifest(io::FileSystem& files, const std::string& directory) {
  auto manifest = read_manifest(files, directory);
  if (!manifest && manifest.error().code == ErrorCode::NotFound) return std::nullopt;
  if (!manifest) return std::move(manifest).error();
  for (const auto* held : {&manifest->log, &manifest->code}) {
    for (const BackupFile& file : *held) ATHANOR_CHECK(check_size(files, directory, file));
  }
  return *std::move(manifest);
}

Result<void> write_manifest(io::FileSystem& files, const std::string& directory, const BackupManifest& manifest) {
  ATHANOR_TRY(file, NewFile::begin(files, directory, std::string(kBackupManifestName)));
  ATHANOR_CHECK(file->write_at(0, print_manifest(manifest)));
  if (!base::planted(base::Bug::SkipManifestSync)) ATHANOR_CHECK(file->sync());
  ATHANOR_CHECK(file.take_name());
  return files.sync_directory(directory);
}

}  // namespace athanor::storage
