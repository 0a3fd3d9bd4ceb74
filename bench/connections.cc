#include "bench/connections.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/assert.h"
#include "bench/process.h"

namespace athanor::bench {
namespace {

constexpr std::size_t kReceiveBytes = 256 * 1'024;
constexpr int kEventsMax = 512;

Error closed() { return {ErrorCode::Unavailable, "The server closed a connection.", {}}; }

}  // namespace

Result<int> connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return system_error("make a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const Error error = system_error(fmt::format("connect to port {}", port));
    ::close(socket);
    return error;
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

namespace {

Result<void> send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("send");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> await_opening(int socket, const ReplyReader& reply) {
  std::string received;
  for (;;) {
    char buffer[4'096];
    const auto count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count <= 0) return closed();
    received.append(buffer, static_cast<std::size_t>(count));
    ATHANOR_TRY(size, reply(received));
    if (size > 0) return {};
  }
}

}  // namespace

Connections::Connections(ReplyReader reply) : reply_(std::move(reply)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  ATHANOR_ASSERT(epoll_ >= 0);
}

Connections::~Connections() {
  for (const Connection& connection : connections_) ::close(connection.socket);
  ::close(epoll_);
}

Result<void> Connections::open(std::uint16_t port, std::size_t count, const Opening& opening) {
  for (std::size_t i = 0; i < count; ++i) {
    ATHANOR_TRY(socket, connect_to(port));
    const std::size_t index = connections_.size();
    connections_.push_back({.socket = socket});
    if (opening.text) {
      ATHANOR_CHECK(send_all(socket, opening.text(index)));
      ATHANOR_CHECK(await_opening(socket, opening.reply));
    }
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = index}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) return system_error("watch a socket");
  }
  return {};
}

Result<void> Connections::send(std::size_t index, std::string_view request) {
  Connection& connection = connections_[index];
  ATHANOR_ASSERT(!connection.waits);
  connection.waits = true;
  ++waiting_;
  return send_all(connection.socket, request);
}

Result<void> Connections::poll(TimePoint until, const OnReply& on_reply) {
  const auto left = std::max(until - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{0});
  const timespec timeout{.tv_sec = left / std::chrono::seconds{1},
                         .tv_nsec = std::chrono::nanoseconds{left % std::chrono::seconds{1}}.count()};
  epoll_event events[kEventsMax];
  const int count = ::epoll_pwait2(epoll_, events, kEventsMax, &timeout, nullptr);
  if (count < 0 && errno != EINTR) return system_error("wait for replies");
  for (int i = 0; i < count; ++i) ATHANOR_CHECK(receive(static_cast<std::size_t>(events[i].data.u64), on_reply));
  return {};
}

Result<void> Connections::receive(std::size_t index, const OnReply& on_reply) {
  static thread_local std::string scratch(kReceiveBytes, '\0');
  for (;;) {
    const auto count = ::recv(connections_[index].socket, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return {};
    if (count < 0) return system_error("receive");
    if (count == 0) return closed();
    const TimePoint now = std::chrono::steady_clock::now();
    Connection& connection = connections_[index];
    connection.received.append(scratch, 0, static_cast<std::size_t>(count));
    ATHANOR_TRY(size, reply_(connection.received));
    if (size > 0) {
      ATHANOR_ASSERT(connection.waits);
      connection.waits = false;
      --waiting_;
      std::string reply;
      reply.swap(connection.received);
      const std::size_t rest = reply.size() - size;
      if (rest > 0) connections_[index].received.assign(reply, size, rest);
      ATHANOR_CHECK(on_reply(index, std::string_view{reply}.substr(0, size), now));
      // Its capacity is reused.
      if (rest == 0 && connections_[index].received.empty()) {
        reply.clear();
        connections_[index].received.swap(reply);
      }
    }
    // A short read has emptied the socket; epoll reports whatever comes next.
    if (static_cast<std::size_t>(count) < scratch.size()) return {};
  }
}

ReplyReader http_reply(std::string words, std::string refusal) {
  return [words = std::move(words), refusal = std::move(refusal)](std::string_view received) -> Result<std::size_t> {
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const auto head_end = received.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return std::size_t{0};
    const std::string_view head = received.substr(0, head_end);
    const auto length_at = head.find(kLength);
    std::size_t length = 0;
    if (length_at != std::string_view::npos) {
      const std::string_view digits = head.substr(length_at + kLength.size());
      std::from_chars(digits.data(), digits.data() + digits.size(), length);
    }
    const std::size_t size = head_end + 4 + length;
    if (received.size() < size) return std::size_t{0};
    const std::string_view body = received.substr(head_end + 4, length);
    const bool is_answer = head.starts_with("HTTP/1.1 200 ") && body.find(words) != std::string_view::npos;
    const bool is_refusal = !refusal.empty() && body.find(refusal) != std::string_view::npos;
    if (!is_answer && !is_refusal) {
      return Error{ErrorCode::Unavailable, fmt::format("A request failed: {}", received.substr(0, 1'000)), {}};
    }
    return size;
  };
}

std::string_view http_body(std::string_view response) {
  const auto head_end = response.find("\r\n\r\n");
  return head_end == std::string_view::npos ? std::string_view{} : response.substr(head_end + 4);
}

}  // namespace athanor::bench
