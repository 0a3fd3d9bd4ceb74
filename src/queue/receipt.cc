#include "queue/receipt.h"

#include "auth/digest.h"
#include "base/text.h"

namespace athanor::queue {
namespace {

// version 1 byte, sequence 8, generation 4, seal 16.
constexpr char kVersion = 1;
constexpr std::size_t kPlainBytes = 13;
constexpr std::size_t kSealBytes = 16;

std::string plain_bytes(const Receipt& receipt) {
  std::string bytes{kVersion};
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>((receipt.sequence.value >> shift) & 255);
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((receipt.generation >> shift) & 255);
  return bytes;
}

// Both inputs have fixed lengths, so that a hash of one behind the other is as good as an HMAC here.
std::string seal(std::string_view plain, std::string_view key) {
  std::string input{key};
  input += plain;
  return auth::sha256(input).substr(0, kSealBytes);
}

}  // namespace

std::string random_receipt_key(base::Random& random) {
  std::string key;
  for (int word = 0; word < 4; ++word) {
    const std::uint64_t bits = random.next();
    for (int shift = 0; shift < 64; shift += 8) key += static_cast<char>((bits >> shift) & 255);
  }
  return key;
}

std::string write_receipt(const Receipt& receipt, std::string_view key) {
  const std::string plain = plain_bytes(receipt);
  return base::to_base64(plain + seal(plain, key));
}

std::optional<Receipt> read_receipt(std::string_view handle, std::string_view key) {
  const auto bytes = base::from_base64(handle);
  if (!bytes || bytes->size() != kPlainBytes + kSealBytes || bytes->front() != kVersion) return std::nullopt;
  const std::string_view plain = std::string_view{*bytes}.substr(0, kPlainBytes);
  if (!auth::equal_in_constant_time(std::string_view{*bytes}.substr(kPlainBytes), seal(plain, key))) {
    return std::nullopt;
  }
  std::uint64_t sequence = 0;
  std::uint64_t generation = 0;
  for (const char c : plain.substr(1, 8)) sequence = (sequence << 8) | static_cast<unsigned char>(c);
  for (const char c : plain.substr(9)) generation = (generation << 8) | static_cast<unsigned char>(c);
  return Receipt{Sequence{sequence}, static_cast<std::uint32_t>(generation)};
}

}  // namespace athanor::queue
