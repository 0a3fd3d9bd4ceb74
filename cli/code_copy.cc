#include "cli/code_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "runtime/code_store.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/new_file.h"
#include "storage/embedded/pieces.h"

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackage = ".zip";
constexpr std::size_t kHashCharacters = 64;

// Copies durably, and says what it copied; what stood there is replaced.
Result<storage::BackupFile> copy(io::FileSystem& files, const fs::path& from, const fs::path& to, std::string name) {
  const std::string directory = to.parent_path().string();
  ATHANOR_CHECK(files.create_directories(directory));
  ATHANOR_TRY(source, files.open(from.string(), io::OpenMode::Read));
  ATHANOR_TRY(size, source->size_bytes());
  ATHANOR_TRY(target, storage::NewFile::begin(files, directory, to.filename().string()));
  storage::BackupFile copied{.name = std::move(name)};
  ATHANOR_CHECK(storage::read_in_pieces(*source, from.string(), 0, size, [&](std::string_view piece) {
    copied.crc = storage::crc32c(copied.crc, piece);
    return target->write_at(std::exchange(copied.bytes, copied.bytes + piece.size()), piece);
  }));
  ATHANOR_CHECK(target->sync());
  ATHANOR_CHECK(target.take_name());
  ATHANOR_CHECK(files.sync_directory(directory));
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
