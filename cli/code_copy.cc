#include "cli/code_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "runtime/code_store.h"
#include "storage/embedded/crc32c.h"

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackage = ".zip";
constexpr std::size_t kHashCharacters = 64;

Error failed(const std::error_code& error, std::string_view doing, const fs::path& path) {
  return {error == std::errc::no_space_on_device ? ErrorCode::DiskFull : ErrorCode::Unavailable,
          fmt::format("Cannot {} {}: {}.", doing, path.string(), error.message()),
          {}};
}

// Copies with the mode, durably, and says what it copied; what stood there is replaced.
Result<storage::BackupFile> copy(io::FileSystem& files, const fs::path& from, const fs::path& to, std::string name) {
  std::error_code error;
  ATHANOR_CHECK(files.create_directories(to.parent_path().string()));
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return failed(error, "copy", from);
  ATHANOR_TRY(file, files.open(to.string(), io::OpenMode::Read));
  storage::BackupFile copied{.name = std::move(name)};
  std::string piece(1 << 20, '\0');
  for (std::size_t read = piece.size(); read == piece.size(); copied.bytes += read) {
    ATHANOR_TRY(got, file->read_at(copied.bytes, piece.data(), piece.size()));
    read = got;
    copied.crc = storage::crc32c(copied.crc, std::string_view{piece}.substr(0, read));
  }
  ATHANOR_CHECK(file->sync());
  ATHANOR_CHECK(files.sync_directory(to.parent_path().string()));
  return copied;
}

}  // namespace

Result<std::vector<storage::BackupFile>> back_up_code(io::FileSystem& files, const std::string& data,
                                                      const std::string& backup,
                                                      std::vector<storage::BackupFile> held) {
  std::set<std::string> names;
  for (const storage::BackupFile& file : held) names.insert(file.name);
  const fs::path root = fs::path{data} / runtime::kCodeDirectory;
  const auto units = files.list(root.string());
  if (!units && units.error().code == ErrorCode::NotFound) return held;
  if (!units) return units.error();
  for (const std::string& unit : *units) {
    // What is being written has another ending, what is unpacked has none.
    if (unit.size() != kHashCharacters + kPackage.size() || !unit.ends_with(kPackage)) continue;
    const fs::path from = root / unit;
    std::string name = fs::path{runtime::kCodeDirectory} / unit;
    if (names.contains(name)) continue;
    auto copied = copy(files, from, fs::path{backup} / name, name);
    if (std::error_code error; !copied && !fs::exists(from, error)) continue;
    if (!copied) return copied.error();
    held.push_back(*std::move(copied));
  }
  std::ranges::sort(held, {}, &storage::BackupFile::name);
  return held;
}

Result<void> restore_code(io::FileSystem& files, const std::string& backup, const std::string& data,
                          const std::vector<storage::BackupFile>& code) {
  for (const storage::BackupFile& file : code) {
    const fs::path from = fs::path{backup} / file.name;
    if (std::error_code error; !fs::exists(from, error))
      return Error{ErrorCode::Corrupt, fmt::format("{} is missing.", from.string()), {}};
    ATHANOR_TRY(copied, copy(files, from, fs::path{data} / file.name, file.name));
    if (copied != file)
      return Error{ErrorCode::Corrupt, fmt::format("{} is damaged: it is not what was backed up.", from.string()), {}};
  }
  return {};
}

}  // namespace athanor::cli
