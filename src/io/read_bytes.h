// Reads bytes of a file into a string, without filling the string with zeros first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace athanor::io {

// Appends up to `size` bytes at `offset` to `out`; fewer only at the end of the file. After an error `out` is
// unchanged.
Result<void> append_bytes(const File& file, std::uint64_t offset, std::size_t size, std::string& out);

Result<std::string> read_bytes(const File& file, std::uint64_t offset, std::size_t size);

}  // namespace athanor::io
