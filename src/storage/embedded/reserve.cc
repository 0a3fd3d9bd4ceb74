#include "storage/embedded/reserve.h"

#include "storage/embedded/format.h"

namespace athanor::storage {

Reserve::Reserve(io::FileSystem& files, const std::string& directory, std::uint64_t size_bytes)
    : files_(files),
      path_(directory + "/" + std::string(kReserveName)),
      size_bytes_(size_bytes),
      whole_(size_bytes == 0) {}

Result<void> Reserve::fill() {
  if (whole_) return {};
  if (!file_) {
    auto opened = files_.open(path_, io::OpenMode::ReadWrite);
    if (!opened && opened.error().code == ErrorCode::NotFound) opened = files_.open(path_, io::OpenMode::Create);
    if (!opened) return std::move(opened).error();
    file_ = *std::move(opened);
  }
  if (auto allocated = file_->allocate(size_bytes_); !allocated) {
    ATHANOR_CHECK(file_->truncate(0));
    return allocated;
  }
  whole_ = true;
  return {};
}

bool Reserve::give_up() {
  if (!whole_ || !file_) return false;
  whole_ = false;
  // The sync lets file systems with a journal hand out at once what was freed.
  return file_->truncate(0) && file_->sync();
}

}  // namespace athanor::storage
