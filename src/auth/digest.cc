#include "auth/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

#include "base/assert.h"

namespace athanor::auth {
namespace {

// Fetched once: looking an algorithm up costs more than hashing a kilobyte with it.
const EVP_MD* fetched(const char* name) {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  ATHANOR_ASSERT(algorithm != nullptr);
  return algorithm;
}

struct Context {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(context); }
};

struct Digest {
  std::array<char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;

  operator std::string_view() const { return {bytes.data(), size}; }
};

Digest digest(const EVP_MD* algorithm, std::string_view first, std::string_view second = {}) {
  thread_local const Context scratch;
  Digest out;
  ATHANOR_ASSERT(EVP_DigestInit_ex2(scratch.context, algorithm, nullptr) == 1);
  EVP_DigestUpdate(scratch.context, first.data(), first.size());
  EVP_DigestUpdate(scratch.context, second.data(), second.size());
  EVP_DigestFinal_ex(scratch.context, reinterpret_cast<unsigned char*>(out.bytes.data()), &out.size);
  return out;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  static const EVP_MD* const algorithm = fetched("SHA256");
  return std::string{digest(algorithm, bytes)};
}

std::string md5(std::string_view bytes) {
  static const EVP_MD* const algorithm = fetched("MD5");
  return std::string{digest(algorithm, bytes)};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  static const EVP_MD* const algorithm = fetched("SHA256");
  constexpr std::size_t kBlock = 64;  // RFC 2104
  const Digest hashed = key.size() > kBlock ? digest(algorithm, key) : Digest{};
  if (key.size() > kBlock) key = hashed;
  std::array<char, kBlock> inner, outer;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const char byte = i < key.size() ? key[i] : '\0';
    inner[i] = static_cast<char>(byte ^ 0x36);
    outer[i] = static_cast<char>(byte ^ 0x5c);
  }
  const auto view = [](const std::array<char, kBlock>& block) { return std::string_view{block.data(), kBlock}; };
  return std::string{digest(algorithm, view(outer), digest(algorithm, view(inner), bytes))};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace athanor::auth
