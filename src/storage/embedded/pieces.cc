#include "storage/embedded/pieces.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/planted.h"
#include "io/read_bytes.h"
#include "storage/embedded/crc32c.h"

namespace athanor::storage {

Result<void> read_in_pieces(const io::File& file, const std::string& path, std::uint64_t from, std::uint64_t to,
                            const std::function<Result<void>(std::string_view)>& take) {
  constexpr std::uint64_t kPieceBytes = 1 << 20;
  std::string piece;
  for (std::uint64_t at = from; at < to; at += piece.size()) {
    const std::uint64_t size = std::min(kPieceBytes, to - at);
    piece.clear();
    ATHANOR_CHECK(io::append_bytes(file, at, size, piece));
    if (piece.size() < size) {
      return corrupt(fmt::format("{} ends at byte {}, before byte {}.", path, at + piece.size(), to));
    }
    ATHANOR_CHECK(take(piece));
  }
  return {};
}

Result<std::uint32_t> copy_bytes(const io::File& source, io::File* target, std::uint64_t from, std::uint64_t to,
                                 std::uint32_t crc, const std::string& path) {
  std::uint64_t at = from;
  ATHANOR_CHECK(read_in_pieces(source, path, from, to, [&](std::string_view piece) -> Result<void> {
    crc = crc32c(crc, piece);
    if (target != nullptr) ATHANOR_CHECK(target->write_at(at, piece));
    at += piece.size();
    return {};
  }));
  if (target != nullptr && !base::planted(base::Bug::SkipBackupSync)) ATHANOR_CHECK(target->sync());
  return crc;
}

}  // namespace athanor::storage
