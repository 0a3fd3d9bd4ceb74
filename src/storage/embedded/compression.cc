#include "storage/embedded/compression.h"

#include <zstd.h>

#include "base/assert.h"

namespace athanor::storage {
namespace {

// Events of one bus are alike, so that a higher level finds little more: docs/performance.md.
constexpr int kLevel = 3;

}  // namespace

struct Compressor::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
};

Compressor::Compressor() : context_(std::make_unique<Context>()) { ATHANOR_ASSERT(context_->zstd != nullptr); }
Compressor::~Compressor() { ZSTD_freeCCtx(context_->zstd); }

std::string Compressor::compress(std::string_view bytes) {
  std::string out;
  out.resize_and_overwrite(ZSTD_compressBound(bytes.size()), [&](char* into, std::size_t room) {
    const std::size_t size = ZSTD_compressCCtx(context_->zstd, into, room, bytes.data(), bytes.size(), kLevel);
    ATHANOR_ASSERT(ZSTD_isError(size) == 0);  // with room for the bound it has no reason to fail
    return size;
  });
  return out;
}

std::optional<std::string> decompress(std::string_view compressed, std::size_t bytes) {
  std::string out(bytes, '\0');
  const std::size_t size = ZSTD_decompress(out.data(), out.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(size) != 0 || size != bytes) return std::nullopt;
  return out;
}

}  // namespace athanor::storage
