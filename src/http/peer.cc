#include "http/peer.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace athanor::http {
namespace {

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 about;
};

struct Answer {
  nlmsghdr header;
  union {
    nlmsgerr error;
    inet_diag_msg socket;
  };
};

// Asks about the socket whose own end is `own` and whose peer is `peer`. nullopt when the kernel does not answer.
// Source: sock_diag(7).
std::optional<Answer> ask_kernel(const sockaddr_in& own, const sockaddr_in& peer) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.about.sdiag_family = AF_INET;
  question.about.sdiag_protocol = IPPROTO_TCP;
  question.about.id = {.idiag_sport = own.sin_port,
                       .idiag_dport = peer.sin_port,
                       .idiag_src = {own.sin_addr.s_addr},
                       .idiag_dst = {peer.sin_addr.s_addr},
                       .idiag_if = 0,
                       .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
  const int kernel = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (kernel < 0) return std::nullopt;
  std::array<char, 1'024> bytes{};  // attributes, which we ignore, follow the answer
  const bool is_sent = ::send(kernel, &question, sizeof question, 0) == sizeof question;
  const auto count =
      is_sent ? ::recv(kernel, bytes.data(), bytes.size(), MSG_DONTWAIT) : -1;  // the send has produced it
  ::close(kernel);
  if (count < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(nlmsgerr))) return std::nullopt;
  Answer answer{};
  std::memcpy(&answer, bytes.data(), sizeof answer);
  return answer;
}

}  // namespace

bool is_own_users(int connection) {
  sockaddr_in here{}, there{};
  socklen_t size = sizeof here;
  if (::getsockname(connection, reinterpret_cast<sockaddr*>(&here), &size) != 0) return false;
  size = sizeof there;
  if (::getpeername(connection, reinterpret_cast<sockaddr*>(&there), &size) != 0) return false;
  const auto answer = ask_kernel(there, here);
  if (!answer) return true;
  if (answer->header.nlmsg_type == NLMSG_ERROR) {
    if (answer->error.error != -ENOENT) return true;
    // Closed; or this kernel (without inet_diag) finds no socket, not even our own end.
    const auto own = ask_kernel(here, there);
    return !own || own->header.nlmsg_type == NLMSG_ERROR;
  }
  // A closed socket no longer has an inode or a user: both are 0.
  return answer->socket.idiag_inode != 0 && answer->socket.idiag_uid == ::geteuid();
}

}  // namespace athanor::http
