#include "alchemiser/ledger/records.h"

#include <algorithm>

#include "base/alphanumeric.h"
#include "io/read_bytes.h"

namespace athanor::alchemiser {
namespace {
constexpr std::size_t kNameMax = 200;  // characters; a file's name holds 255 bytes

// Names come from events: none may lead out of the directory.
Result<void> check_name(std::string_view name) {
  const bool clean = !name.empty() && name.size() <= kNameMax && name.find("..") == name.npos && name.front() != '/' &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return base::is_alphanumeric_ascii(c) || std::string_view{"-_./"}.contains(c);
                     });
  if (!clean) return invalid_input("'" + std::string(name) + "' cannot name a record.");
  return {};
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
}  // namespace

Result<std::optional<std::string>> read_file(io::FileSystem& files, const std::string& path) {
  auto file = files.open(path, io::OpenMode::Read);
  if (!file) {
    if (file.error().code == ErrorCode::NotFound) return std::optional<std::string>{};
    return std::move(file).error();
  }
  ATHANOR_TRY(size, (*file)->size_bytes());
  ATHANOR_TRY(bytes, io::read_bytes(**file, 0, size));
  return std::optional{std::move(bytes)};
}

Result<Records> Records::open(io::FileSystem& files, std::string directory, Pause pause, std::string suffix) {
  ATHANOR_CHECK(files.create_directories(directory));
  return Records{files, std::move(directory), std::move(pause), std::move(suffix)};
}

Result<std::optional<std::string>> Records::find(const std::string& name) const {
  ATHANOR_CHECK(check_name(name));
  return read_file(*files_, path_of(name));
}

Result<std::unique_ptr<io::File>> Records::hold_turn() const {
  // In a directory of its own: a lock covers its whole directory, and record_once locks the records' own.
  const std::string directory = directory_ + "/.turn";
  ATHANOR_CHECK(files_->create_directories(directory));
  return hold(*files_, directory + "/lock", pause_);
}

Result<std::string> Records::record_once(const std::string& name, std::string_view bytes) {
  ATHANOR_CHECK(check_name(name));
  const std::string path = path_of(name);
  ATHANOR_CHECK(files_->create_directories(directory_of(path)));
  // Nobody else writes under the lock: a file that the rename would replace, we would have found.
  const auto lock = hold(*files_, directory_ + "/.lock", pause_);
  if (!lock) return lock.error();
  ATHANOR_TRY(there, find(name));
  if (there) return std::move(*there);
  const std::string draft = path + ".draft";
  if (auto removed = files_->remove(draft); !removed && removed.error().code != ErrorCode::NotFound) {
    return std::move(removed).error();  // a draft is left by a process that died here
  }
  {
    ATHANOR_TRY(file, files_->open(draft, io::OpenMode::Create));
    ATHANOR_CHECK(file->write_at(0, bytes));
    ATHANOR_CHECK(file->sync());
  }
  ATHANOR_CHECK(files_->rename(draft, path));
  ATHANOR_CHECK(files_->sync_directory(directory_of(path)));
  return std::string{bytes};
}

Result<std::vector<std::string>> Records::groups() const {
  ATHANOR_TRY(all, files_->list(directory_));
  std::erase_if(all, [&](const std::string& name) { return name.starts_with('.') || name.ends_with(suffix_); });
  return std::move(all);
}

Result<std::vector<std::string>> Records::names(const std::string& group) const {
  auto all = files_->list(group.empty() ? directory_ : directory_ + "/" + group);
  if (!all) {
    if (all.error().code == ErrorCode::NotFound) return std::vector<std::string>{};
    return std::move(all).error();
  }
  std::vector<std::string> names;
  for (const auto& name : *all) {
    if (name.ends_with(suffix_)) names.push_back(name.substr(0, name.size() - suffix_.size()));
  }
  return names;
}

}  // namespace athanor::alchemiser
