// Many connections on one thread, one request at a time on each: the load must cost the machine as little as possible,
// so there is an epoll and nothing else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace athanor::bench {

using TimePoint = std::chrono::steady_clock::time_point;

// How many bytes at the beginning of `received` are the reply to one request; 0 when it is incomplete; an error when it
// reports anything but success, which ends the run.
using ReplyReader = std::function<Result<std::size_t>(std::string_view received)>;

// What a connection sends first (a login), and how to read the answer. Nothing when `text` is empty.
struct Opening {
  std::function<std::string(std::size_t connection)> text = {};
  ReplyReader reply = {};
};

// A socket connected to 127.0.0.1, with TCP_NODELAY.
Result<int> connect_to(std::uint16_t port);
// Raises the limit as far as the system allows: ten thousand connections need more than the usual 1,024.
void allow_many_descriptors();

class Connections {
 public:
  explicit Connections(ReplyReader reply);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Opens `count` more to 127.0.0.1. Blocks.
  Result<void> open(std::uint16_t port, std::size_t count, const Opening& opening = {});
  std::size_t size() const { return connections_.size(); }

  // Sends; the reply to the previous request must have arrived. Blocks while the server does not read.
  Result<void> send(std::size_t connection, std::string_view request);
  std::size_t waiting() const { return waiting_; }  // requests without a reply

  // Waits until a reply comes or it is `until`, and passes every complete reply to `on_reply`, which may send. An error
  // when a connection ends or a reply is an error.
  using OnReply = std::function<Result<void>(std::size_t connection, std::string_view reply, TimePoint received)>;
  Result<void> poll(TimePoint until, const OnReply& on_reply);

 private:
  struct Connection {
    int socket = -1;
    bool waits = false;
    std::string received;
  };
  Result<void> receive(std::size_t index, const OnReply& on_reply);

  ReplyReader reply_;
  int epoll_ = -1;
  std::size_t waiting_ = 0;
  std::vector<Connection> connections_;
};

// Reads an HTTP/1.1 response with a Content-Length: status 200 and a body that contains `words`; or any status, if
// `refusal` is not empty and the body contains it.
ReplyReader http_reply(std::string words, std::string refusal = {});

// The body of such a response.
std::string_view http_body(std::string_view response);

}  // namespace athanor::bench
