#include "cli/code_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "io/read_bytes.h"
#include "runtime/code_store.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/new_file.h"

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;

// Writes durably, replacing any file there, and returns what it wrote.
Result<storage::BackupFile> write(io::FileSystem& files, const fs::path& to, std::string name, std::string_view bytes) {
  const std::string directory = to.parent_path().string();
  ATHANOR_CHECK(files.create_directories(directory));
  ATHANOR_TRY(target, storage::NewFile::begin(files, directory, to.filename().string()));
  ATHANOR_CHECK(target->write_at(0, bytes));
  ATHANOR_CHECK(target->sync());
  ATHANOR_CHECK(target.take_name());
  ATHANOR_CHECK(files.sync_directory(directory));
  return storage::BackupFile{std::move(name), bytes.size(), storage::crc32c(0, bytes)};
}

}  // namespace

Result<CopiedCode> back_up_code(io::FileSystem& files, const std::string& data, const std::string& backup,
                                std::vector<storage::BackupFile> held) {
  CopiedCode copied{.files = std::move(held)};
  std::set<std::string> known;
  for (const storage::BackupFile& file : copied.files) known.insert(file.name);
  const fs::path root = fs::path{data} / runtime::kCodeDirectory;
  const auto there = files.list(root.string());
  if (!there && there.error().code == ErrorCode::NotFound) return copied;
  if (!there) return there.error();
  for (const std::string& file_name : *there) {
    if (!runtime::is_package(file_name)) continue;
    std::string name = fs::path{runtime::kCodeDirectory} / file_name;
    if (known.contains(name)) continue;
    auto package = runtime::read_package(files, (root / file_name).string());
    if (!package && package.error().code == ErrorCode::NotFound) continue;  // removed since
    if (!package && package.error().code == ErrorCode::Corrupt) {
      copied.damaged.push_back(std::move(package).error());
      continue;
    }
    if (!package) return std::move(package).error();
    ATHANOR_TRY(file, write(files, fs::path{backup} / name, name, *package));
    copied.files.push_back(std::move(file));
  }
  std::ranges::sort(copied.files, {}, &storage::BackupFile::name);
  return copied;
}

Result<void> restore_code(io::FileSystem& files, const std::string& backup, const std::string& data,
                          const std::vector<storage::BackupFile>& code) {
  for (const storage::BackupFile& file : code) {
    const std::string from = backup + "/" + file.name;
    const auto source = files.open(from, io::OpenMode::Read);
    if (!source && source.error().code == ErrorCode::NotFound) return corrupt(fmt::format("{} is missing.", from));
    if (!source) return source.error();
    ATHANOR_TRY(bytes, io::read_bytes(**source, 0, file.bytes));
    if (bytes.size() != file.bytes || storage::crc32c(0, bytes) != file.crc)
      return corrupt(fmt::format("{} is damaged: it differs from what was backed up.", from));
    ATHANOR_CHECK(write(files, fs::path{data} / file.name, file.name, bytes));
  }
  return {};
}

}  // namespace athanor::cli
