// Compresses the blocks of a compacted segment with zstd, which nothing else includes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::storage {

// For one thread; reused from block to block because of its working memory (a few MiB).
class Compressor {
 public:
  Compressor();
  ~Compressor();

  // At most about 0.4 % longer than `bytes`, whatever they are.
  std::string compress(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// The original bytes; nullopt when `compressed` is not valid, or does not decompress to exactly `bytes` bytes. Safe on
// any input: it terminates, stays in bounds, and takes no more memory than `bytes`.
std::optional<std::string> decompress(std::string_view compressed, std::size_t bytes);

}  // namespace athanor::storage
