// A client for tests of the server: raw bytes over a socket.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"

namespace athanor::http {

// A kept connection, whose requests are sent and whose answers are read separately.
class Wire {
 public:
  explicit Wire(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ATHANOR_ASSERT(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { ::close(socket_); }

  void send(std::string_view bytes) {
    ATHANOR_ASSERT(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  // Does nothing once the server has closed the connection.
  void try_send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Both wait for `wait` at most.
  bool is_readable(std::chrono::milliseconds wait) {
    pollfd state{socket_, POLLIN, 0};
    return ::poll(&state, 1, static_cast<int>(wait.count())) > 0;
  }
  bool is_closed(std::chrono::milliseconds wait) { return is_readable(wait) && answer().empty(); }
  // Sends the head of a request with a body of that many bytes.
  void announce(std::string_view path, std::size_t body_bytes) {
    send("POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body_bytes) +
         "\r\n\r\n");
  }
  void post(std::string_view path, std::size_t body_bytes) {
    announce(path, body_bytes);
    send(std::string(body_bytes, 'x'));
  }
  // Blocks; the server sends an answer in one piece. Empty when it has closed the connection.
  std::string answer(std::size_t bytes_max = 1'024) {
    std::string bytes(bytes_max, '\0');
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

}  // namespace athanor::http
