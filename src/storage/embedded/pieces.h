// A file read in pieces, as for a copy or a checksum of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::storage {

// Gives the bytes [from, to) of `file` to `take`, at most 1 MiB at once. Corrupt, naming `path`, when it ends before.
Result<void> read_in_pieces(const io::File& file, const std::string& path, std::uint64_t from, std::uint64_t to,
                            const std::function<Result<void>(std::string_view)>& take);

}  // namespace athanor::storage
