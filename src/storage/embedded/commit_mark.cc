#include "storage/embedded/commit_mark.h"

namespace athanor::storage {

Result<CommitMark> CommitMark::open(io::FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/" + std::string(kCommitMarkName);
  auto file = files.open(path, io::OpenMode::ReadWrite);
  if (!file && file.error().code == ErrorCode::NotFound) file = files.open(path, io::OpenMode::Create);
  if (!file) return std::move(file).error();
  std::string bytes(kCommitMarkBytes, '\0');
  ATHANOR_TRY(read, (*file)->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(read);
  auto extent = decode_commit_mark(bytes);
  if (extent) return CommitMark(*std::move(file), *extent);
  // Of another version it is not ours to overwrite.
  if (extent.error().code == ErrorCode::UnknownFormat)
    return Error{ErrorCode::UnknownFormat, path + " " + extent.error().message, {}};
  return CommitMark(*std::move(file), std::nullopt);
}

Result<void> CommitMark::write(const Extent& extent) {
  extent_ = extent;
  return file_->write_at(0, encode_commit_mark(extent));
}

}  // namespace athanor::storage
