// A blocking HTTP/1.1 client: one request, one answer, over connections that are kept for the next one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace athanor::http {

struct Endpoint {
  std::string scheme = "http";
  std::string host;
  std::uint16_t port = 80;

  // As a Host header carries it: without the scheme's own port.
  std::string authority() const;
  std::string url() const;
};

// "http://127.0.0.1:4566", "https://events.eu-west-1.amazonaws.com", "http://[::1]:4566/". InvalidInput otherwise.
Result<Endpoint> parse_endpoint(std::string_view url);

class Client {
 public:
  struct Settings {
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds response_timeout{70'000};  // of silence from the server; above the 20 s of a long poll
    std::size_t response_bytes_max = 64 * 1'048'576;
    std::string ca_file = {};  // PEM; empty: the system's certificate authorities
  };

  Client();
  explicit Client(Settings settings);
  ~Client();
  Client(Client&&) noexcept;

  // Sends `request` (Host and Content-Length are added where missing) and waits for the answer. Any thread; concurrent
  // requests use separate connections. Unavailable when the server cannot be reached; Timeout when it is silent, and
  // then it is unknown whether it acted. InvalidInput when the scheme is https and the server speaks no TLS or is not
  // trusted, or `ca_file` cannot be read. When a kept connection turns out to be closed before a byte of the answer has
  // arrived, the request is sent again on another one: a server that stopped in between may act on it twice.
  Result<Response> send(const Endpoint& endpoint, const Request& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace athanor::http
