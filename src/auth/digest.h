// SHA-256, HMAC-SHA-256 and MD5, as raw bytes (base::to_hex prints them).
#pragma once

#include <string>
#include <string_view>

namespace athanor::auth {

std::string sha256(std::string_view bytes);                             // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // 32 bytes
std::string md5(std::string_view bytes);  // 16 bytes: for SQS's checksums, not for secrets

// Whether the contents are equal, in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace athanor::auth
