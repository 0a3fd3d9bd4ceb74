#include "io/read_bytes.h"

#include <utility>

namespace athanor::io {

Result<void> append_bytes(const File& file, std::uint64_t offset, std::size_t size, std::string& out) {
  const std::size_t before = out.size();
  Result<std::size_t> read = std::size_t{0};
  out.resize_and_overwrite(before + size, [&](char* bytes, std::size_t) {
    read = file.read_at(offset, bytes + before, size);
    return before + read.value_or(0);
  });
  if (!read) return std::move(read).error();
  return {};
}

Result<std::string> read_bytes(const File& file, std::uint64_t offset, std::size_t size) {
  std::string bytes;
  ATHANOR_CHECK(append_bytes(file, offset, size, bytes));
  return bytes;
}

}  // namespace athanor::io
