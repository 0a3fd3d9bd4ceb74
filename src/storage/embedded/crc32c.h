// CRC-32C (Castagnoli), the checksum of everything the log writes: detects every single and double bit error and every
// burst of up to 32 bits. Uses the instruction that x86-64 (SSE 4.2) and ARM have for it.
#pragma once

#include <cstdint>
#include <string_view>

namespace athanor::storage {

// Extends the checksum `before` by `bytes`: crc32c(crc32c(0, a), b) == crc32c(0, a + b).
std::uint32_t crc32c(std::uint32_t before, std::string_view bytes);

// The same without the instruction: what it is tested against.
std::uint32_t crc32c_by_table(std::uint32_t before, std::string_view bytes);

}  // namespace athanor::storage
