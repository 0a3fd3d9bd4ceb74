// A chunked body, decoded as it arrives. Source: RFC 9112, 7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace athanor::http {

// Decodes the chunks of one body. Chunk extensions are refused: no client we serve sends them, and they have been used
// to smuggle requests. Trailers go into `trailers`, which must outlive this, or are read and dropped.
class ChunkedBody {
 public:
  enum class State : std::uint8_t { Complete, Incomplete, Malformed, TooLarge };

  explicit ChunkedBody(std::size_t bytes_max, Headers* trailers = nullptr)
      : bytes_max_(bytes_max), trailers_(trailers) {}

  // Moves the part of the body at the front of `in` to the end of `body`. What remains in `in` is an incomplete line
  // (Incomplete) or the next message (Complete).
  State take(std::string& in, std::string& body);

 private:
  enum class Next : std::uint8_t { Size, Data, DataEnd, Trailer };

  State read(std::string_view& bytes, std::string& body);
  State read_line(std::string_view line, std::size_t body_bytes);

  const std::size_t bytes_max_;
  Headers* const trailers_;
  Next next_ = Next::Size;
  std::size_t missing_ = 0;  // of the chunk
  std::size_t trailer_count_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace athanor::http
