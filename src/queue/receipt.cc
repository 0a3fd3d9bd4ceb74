#include "queue/receipt.h"

#include "auth/digest.h"
#include "base/text.h"

namespace athanor::queue {
namespace {

// version 1 byte, sequence 8, generation 4, low half of the message's id 8, seal 16.
constexpr char kVersion = 2;
constexpr std::size_t kPlainBytes = 21;
constexpr std::size_t kSealBytes = 16;

void put(std::string& bytes, std::uint64_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes += static_cast<char>((number >> shift) & 255);
}

std::uint64_t take(std::string_view& bytes, std::size_t size) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, size)) number = (number << 8) | static_cast<unsigned char>(c);
  bytes.remove_prefix(size);
  return number;
}

std::string plain_bytes(const Receipt& receipt) {
  std::string bytes{kVersion};
  put(bytes, receipt.sequence.value, 8);
  put(bytes, receipt.generation, 4);
  put(bytes, receipt.id_low, 8);
  return bytes;
}

// Both inputs have fixed lengths, so hashing their concatenation is as good as an HMAC here.
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
  std::string_view plain = std::string_view{*bytes}.substr(0, kPlainBytes);
  if (!auth::equal_in_constant_time(std::string_view{*bytes}.substr(kPlainBytes), seal(plain, key))) {
    return std::nullopt;
  }
  plain.remove_prefix(1);
  Receipt receipt;
  receipt.sequence = Sequence{take(plain, 8)};
  receipt.generation = static_cast<std::uint32_t>(take(plain, 4));
  receipt.id_low = take(plain, 8);
  return receipt;
}

}  // namespace athanor::queue
