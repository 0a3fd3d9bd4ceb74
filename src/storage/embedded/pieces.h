// A file read in pieces, for a copy or a checksum of it.
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

// Copies the bytes [from, to) to the same place, durably; returns their checksum after `crc`. Without a file to write
// to it only sums.
Result<std::uint32_t> copy_bytes(const io::File& source, io::File* target, std::uint64_t from, std::uint64_t to,
                                 std::uint32_t crc, const std::string& path);

}  // namespace athanor::storage
