// null-server: the least that an HTTP/1.1 server can do, for comparison. Reads a request's head as far as its
// Content-Length, reads the body, answers {}. One thread, one recv and one send per request.
//
//   null-server         listens on a free port of 127.0.0.1 and prints it
//   null-server FILE    also writes 4 KiB into FILE, and syncs, before each answer
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}";
constexpr std::string_view kLength = "\r\ncontent-length: ";
constexpr int kEventsMax = 512;
constexpr std::size_t kWriteBytes = 4'096;
constexpr off_t kFileBytes = 64 * 1'048'576;

// The size of the request at the beginning of `bytes`, or 0 while it is incomplete.
std::size_t request_bytes(std::string_view bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  std::size_t body = 0;
  for (auto at = bytes.find("\r\n"); at < head_end; at = bytes.find("\r\n", at + 2)) {
    if (::strncasecmp(bytes.data() + at, kLength.data(), kLength.size()) != 0) continue;
    std::from_chars(bytes.data() + at + kLength.size(), bytes.data() + head_end, body);
    break;
  }
  const std::size_t size = head_end + 4 + body;
  return bytes.size() >= size ? size : 0;
}

// Filled with zeros first, so that a sync writes the data alone.
class SyncedFile {
 public:
  bool open(const char* path) {
    file_ = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::string zeros(1'048'576, '\0');
    for (off_t at = 0; at < kFileBytes; at += off_t(zeros.size())) {
      if (::pwrite(file_, zeros.data(), zeros.size(), at) != ssize_t(zeros.size())) return false;
    }
    return ::fsync(file_) == 0;
  }
  // True when there is no file.
  bool write_and_sync() {
    if (file_ < 0) return true;
    static const std::string block(kWriteBytes, 'x');
    const bool is_written = ::pwrite(file_, block.data(), block.size(), at_) == ssize_t(block.size());
    at_ = (at_ + off_t(kWriteBytes)) % kFileBytes;
    return is_written && ::fdatasync(file_) == 0;
  }

 private:
  int file_ = -1;
  off_t at_ = 0;
};
SyncedFile synced_file;

// Receives what is available and answers every complete request. False when the connection has ended.
bool serve(int socket, std::string& received) {
  static char buffer[256 * 1'024];
  const auto count = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  std::string_view bytes{buffer, static_cast<std::size_t>(count)};
  if (!received.empty()) bytes = received.append(bytes);
  while (const std::size_t size = request_bytes(bytes)) {
    bytes.remove_prefix(size);
    if (!synced_file.write_and_sync()) return false;
    if (::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) return false;
  }
  if (bytes.data() != received.data() || bytes.size() != received.size()) received = std::string{bytes};
  return true;
}

int fail(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && !synced_file.open(argv[1])) return fail(argv[1]);
  const int acceptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (acceptor < 0 || ::bind(acceptor, reinterpret_cast<sockaddr*>(&address), size) != 0) return fail("bind");
  if (::listen(acceptor, 4'096) != 0) return fail("listen");
  ::getsockname(acceptor, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening on port %u\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event watched{.events = EPOLLIN, .data = {.fd = acceptor}};
  if (epoll < 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, acceptor, &watched) != 0) return fail("epoll");
  std::unordered_map<int, std::string> connections;  // the received part of an incomplete request
  for (;;) {
    epoll_event events[kEventsMax];
    const int count = ::epoll_wait(epoll, events, kEventsMax, -1);
    for (int i = 0; i < count; ++i) {
      const int socket = events[i].data.fd;
      if (socket != acceptor) {
        if (serve(socket, connections[socket])) continue;
        connections.erase(socket);
        ::close(socket);
        continue;
      }
      const int accepted = ::accept4(acceptor, nullptr, nullptr, SOCK_CLOEXEC);
      if (accepted < 0) continue;
      const int on = 1;
      ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      epoll_event event{.events = EPOLLIN, .data = {.fd = accepted}};
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
    }
  }
}
