#include "auth/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

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

std::string digest(const EVP_MD* algorithm, std::string_view first, std::string_view second = {}) {
  thread_local const Context scratch;
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ATHANOR_ASSERT(EVP_DigestInit_ex2(scratch.context, algorithm, nullptr) == 1);
  EVP_DigestUpdate(scratch.context, first.data(), first.size());
  EVP_DigestUpdate(scratch.context, second.data(), second.size());
  EVP_DigestFinal_ex(scratch.context, out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

}  // namespace

std::string sha256(std::string_view bytes) {
  static const EVP_MD* const algorithm = fetched("SHA256");
  return digest(algorithm, bytes);
}

std::string md5(std::string_view bytes) {
  static const EVP_MD* const algorithm = fetched("MD5");
  return digest(algorithm, bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  static const EVP_MD* const algorithm = fetched("SHA256");
  constexpr std::size_t kBlock = 64;  // RFC 2104
  std::string block{key.size() > kBlock ? sha256(key) : std::string{key}};
  block.resize(kBlock, '\0');
  std::string inner = block;
  std::string outer = block;
  for (std::size_t i = 0; i < kBlock; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
    outer[i] = static_cast<char>(outer[i] ^ 0x5c);
  }
  return digest(algorithm, outer, digest(algorithm, inner, bytes));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace athanor::auth
