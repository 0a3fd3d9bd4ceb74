// The head of a request, read strictly (RFC 9112): what two parsers could read differently is refused, so that nobody
// can smuggle a second request past a proxy; and the head of an answer, printed. Pure: bytes in, head or status out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "http/message.h"

namespace athanor::http {

struct HeadLimits {
  std::size_t request_line_bytes = 8'192;
  std::size_t head_bytes = limits::kRequestHeadBytes;
  std::size_t fields = 100;
};

struct Head {
  Request request;  // without its body
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::uint64_t content_length = 0;
};

// The HTTP status that a head which cannot be accepted is answered with: 400, 414, 417, 431, 501 or 505.
struct BadHead {
  std::uint16_t status = 400;
  const char* why = "";
};

// Where the head at the front of `bytes` ends (behind its empty line), or nullopt when more bytes are needed.
std::optional<std::size_t> find_head_end(std::string_view bytes);

// Reads `bytes`, a whole head with its empty line. On refusal `bad` says why and nullopt is returned.
std::optional<Head> parse_head(std::string_view bytes, const HeadLimits& limits, BadHead& bad);

// Whether the request at the front of `bytes`, as far as that has come, has a body of more than so many bytes.
bool announces_body_over(std::uint64_t body_bytes, std::string_view bytes, const HeadLimits& limits);

// Takes the line at the front of `rest`, without its CRLF. False on a bare CR or LF.
bool take_line(std::string_view& rest, std::string_view& line);

// An answer's, with its empty line.
std::string print_head(const Response& response, std::string_view date, bool keep_alive);
// Of 204 and 304 there is none. Source: RFC 9110, 6.4.1.
bool has_body(std::uint16_t status);

}  // namespace athanor::http
