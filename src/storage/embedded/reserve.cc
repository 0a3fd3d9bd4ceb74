#include "storage/embedded/reserve.h"

#include "storage/embedded/format.h"

namespace athanor::storage {
namespace {

// Less is of no use: file systems allocate in blocks of this size.
constexpr std::uint64_t kPartBytesMin = 4'096;

}  // namespace

Reserve::Reserve(io::FileSystem& files, const std::string& directory, std::uint64_t size_bytes)
    : files_(files), path_(directory + "/" + std::string(kReserveName)), size_bytes_(size_bytes) {}

Result<void> Reserve::fill(std::uint64_t beside) {
  if (held_bytes_ == size_bytes_) return {};
  if (!file_) {
    ATHANOR_TRY(opened, io::open_or_create(files_, path_));
    file_ = std::move(opened);
  }
  return hold(size_bytes_, beside);
}

Result<void> Reserve::hold_part() {
  if (!file_) return {};  // there was no room even for its name
  for (std::uint64_t part = size_bytes_ / 2; part >= kPartBytesMin; part /= 2) {
    const auto held = hold(part, part);
    if (held || held.error().code != ErrorCode::DiskFull) return held;
  }
  held_bytes_ = 0;
  return file_->truncate(0);
}

Result<void> Reserve::hold(std::uint64_t bytes, std::uint64_t beside) {
  ATHANOR_TRY(before, file_->size_bytes());
  const auto allocated = file_->allocate(bytes + beside);
  ATHANOR_CHECK(file_->truncate(allocated ? bytes : before));
  if (allocated) held_bytes_ = bytes;
  return allocated;
}

bool Reserve::give_up() {
  if (held_bytes_ == 0) return false;
  held_bytes_ = held_bytes_ == size_bytes_ ? size_bytes_ / 2 : 0;
  // The sync lets journaling file systems reuse the freed space at once.
  return file_->truncate(held_bytes_) && file_->sync();
}

}  // namespace athanor::storage
