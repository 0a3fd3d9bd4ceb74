#include "storage/embedded/commit_mark.h"

#include "io/read_bytes.h"

namespace athanor::storage {
namespace {

std::string path_in(const std::string& directory) { return directory + "/" + std::string(kCommitMarkName); }

}  // namespace

Result<std::optional<Extent>> read_commit_mark(io::FileSystem& files, const std::string& directory) {
  const auto file = files.open(path_in(directory), io::OpenMode::Read);
  if (!file && file.error().code == ErrorCode::NotFound) return std::optional<Extent>{};
  if (!file) return file.error();
  ATHANOR_TRY(bytes, io::read_bytes(**file, 0, kCommitMarkBytes));
  const auto extent = decode_commit_mark(bytes);
  if (!extent && extent.error().code == ErrorCode::UnknownFormat) return about_file(path_in(directory), extent.error());
  return extent ? std::optional{*extent} : std::nullopt;
}

Result<CommitMark> CommitMark::open(io::FileSystem& files, const std::string& directory) {
  ATHANOR_TRY(file, io::open_or_create(files, path_in(directory)));
  return CommitMark(std::move(file));
}

Result<void> CommitMark::write(const Extent& extent) { return file_->write_at(0, encode_commit_mark(extent)); }

}  // namespace athanor::storage
