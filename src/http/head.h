// The head of a request, parsed strictly (RFC 9112): what two parsers could read differently is refused, so that no
// second request can be smuggled past a proxy. Also prints the head of an answer. Pure: bytes in, head or status out.
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

// The HTTP status with which an unacceptable head is answered: 400, 414, 417, 431, 501 or 505.
struct BadHead {
  std::uint16_t status = 400;
  const char* why = "";
};

// Where the head at the front of `bytes` ends (after its empty line), or nullopt when more bytes are needed.
std::optional<std::size_t> find_head_end(std::string_view bytes);

// Parses `bytes`, a whole head with its empty line. On refusal returns nullopt, and `bad` says why.
std::optional<Head> parse_head(std::string_view bytes, const HeadLimits& limits, BadHead& bad);

// Whether the request at the front of `bytes`, as far as it has arrived, has a body of more than `body_bytes`.
bool announces_body_over(std::uint64_t body_bytes, std::string_view bytes, const HeadLimits& limits);

// Takes a line off the front of `rest`, without its CRLF. False on a bare CR or LF.
bool take_line(std::string_view& rest, std::string_view& line);

// The head of an answer, with its empty line.
std::string print_head(const Response& response, std::string_view date, bool keep_alive);
// 204 and 304 have none. Source: RFC 9110, 6.4.1.
bool has_body(std::uint16_t status);

}  // namespace athanor::http
