// Reading a file in pieces, to copy it or compute its checksum.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::storage {

// Passes the bytes [from, to) of `file` to `take`, at most 1 MiB at once. Corrupt, naming `path`, when it ends earlier.
Result<void> read_in_pieces(const io::File& file, const std::string& path, std::uint64_t from, std::uint64_t to,
                            const std::function<Result<void>(std::string_view)>& take);

// Copies the bytes [from, to) to the same place, durably; returns `crc` extended by them. Without a `target` it only
// computes the checksum.
Result<std::uint32_t> copy_bytes(const io::File& source, io::File* target, std::uint64_t from, std::uint64_t to,
                                 std::uint32_t crc, const std::string& path);

}  // namespace athanor::storage
