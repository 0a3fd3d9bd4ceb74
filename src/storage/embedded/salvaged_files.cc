#include "storage/embedded/salvaged_files.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace athanor::storage {
namespace {

// A page of Linux's cache, of which at least one is given up when the disk refuses a part of it; several where they
// were read together, so that ddrescue, which reads past the cache, may get back more. Few disks have larger sectors.
constexpr std::uint64_t kSectorBytes = 4'096;

class SalvagedFile final : public io::File {
 public:
  SalvagedFile(std::unique_ptr<io::File> file, std::uint64_t size, RefusedSectors& refused)
      : file_(std::move(file)), size_(size), refused_(refused) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) const override {
    if (refused_.empty()) {
      auto read = file_->read_at(offset, out, size);
      if (read || read.error().code != ErrorCode::Unavailable) return read;
    }
    const std::uint64_t end = std::max(offset, std::min(size_, offset + size));
    for (std::uint64_t at = offset; at < end;) {
      const std::uint64_t sector = at / kSectorBytes * kSectorBytes;
      const std::uint64_t piece_end = std::min(end, sector + kSectorBytes);
      ATHANOR_CHECK(read_in_sector(sector, at, out + (at - offset), piece_end - at));
      at = piece_end;
    }
    return end - offset;
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    return file_->write_at(offset, bytes);
  }
  Result<void> sync() override { return file_->sync(); }
  Result<std::uint64_t> size_bytes() const override { return size_; }
  Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
  Result<void> allocate(std::uint64_t size) override { return file_->allocate(size); }

 private:
  Result<void> read_in_sector(std::uint64_t sector, std::uint64_t at, char* out, std::size_t size) const {
    if (!refused_.contains(sector)) {
      const auto read = file_->read_at(at, out, size);
      if (read) return {};
      if (read.error().code != ErrorCode::Unavailable) return read.error();
      refused_[sector] = std::min(kSectorBytes, size_ - sector);
    }
    std::memset(out, 0, size);
    return {};
  }

  const std::unique_ptr<io::File> file_;
  const std::uint64_t size_;
  RefusedSectors& refused_;
};

}  // namespace

RefusedSectors sectors_in(const RefusedSectors& refused, std::uint64_t from, std::uint64_t until) {
  auto first = refused.lower_bound(from);
  if (first != refused.begin() && std::prev(first)->first + std::prev(first)->second > from) --first;
  return {first, refused.lower_bound(std::max(from, until))};
}

Result<std::unique_ptr<io::File>> SalvagedFiles::open(const std::string& path, io::OpenMode mode) {
  ATHANOR_TRY(file, PassingFiles::open(path, mode));
  if (mode != io::OpenMode::Read) return std::move(file);
  ATHANOR_TRY(size, file->size_bytes());
  return std::make_unique<SalvagedFile>(std::move(file), size, refused_[path]);
}

}  // namespace athanor::storage
