// The library that makes blocks of a compacted segment small: zstd, which nothing else includes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::storage {

// For one thread; kept from block to block for the memory that it works in (some MiB).
class Compressor {
 public:
  Compressor();
  ~Compressor();

  // At most some 0.4 % longer than `bytes`, whatever they are.
  std::string compress(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// What was compressed; nullopt when `compressed` is nothing of the kind, or is not what `bytes` bytes became. Any bytes
// may be given: it ends, in bounds, and takes no more memory than they.
std::optional<std::string> decompress(std::string_view compressed, std::size_t bytes);

}  // namespace athanor::storage
