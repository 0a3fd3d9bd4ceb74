#include "storage/embedded/pieces.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/read_bytes.h"

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
      return Error{
          ErrorCode::Corrupt, fmt::format("{} ends at byte {}, before byte {}.", path, at + piece.size(), to), {}};
    }
    ATHANOR_CHECK(take(piece));
  }
  return {};
}

}  // namespace athanor::storage
