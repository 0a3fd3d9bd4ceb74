#include "http/peer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>
#include <utility>

namespace athanor::http {
namespace {

// Both ends of a connection over loopback.
struct Connection {
  Connection() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    theirs = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(theirs, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ours = ::accept(listener, nullptr, nullptr);
    ::close(listener);
  }
  ~Connection() {
    ::close(ours);
    if (theirs >= 0) ::close(theirs);
  }
  int ours = -1;
  int theirs = -1;
};

TEST(Peer, IsOfOurOwnUser) {
  Connection connection;
  EXPECT_TRUE(is_own_users(connection.ours));
  EXPECT_TRUE(is_own_users(connection.theirs));
}

TEST(Peer, IsNobodysOnceItIsClosed) {
  Connection connection;
  ::close(std::exchange(connection.theirs, -1));
  EXPECT_FALSE(is_own_users(connection.ours)) << "root would have 0 as a user, as has a socket that nobody holds";
}

TEST(Peer, IsAnotherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  std::thread{[] {
    constexpr int kNobody = 65'534;
    ASSERT_EQ(::syscall(SYS_setresuid, -1, kNobody, -1), 0);  // for this thread alone, unlike setresuid(2)
    Connection connection;
    ASSERT_EQ(::syscall(SYS_setresuid, -1, 0, -1), 0);
    EXPECT_FALSE(is_own_users(connection.ours));
  }}.join();
}

}  // namespace
}  // namespace athanor::http
