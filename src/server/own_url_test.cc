#include "server/own_url.h"

#include <gtest/gtest.h>

#include <vector>

namespace athanor::server {
namespace {

std::string own_url_of(const std::vector<std::string>& addresses, std::uint16_t port) {
  return own_url(addresses, port);
}

TEST(OwnUrl, IsWhatItListensOnOrTheLoopbackWhereThatIsAll) {
  EXPECT_EQ(own_url_of({"127.0.0.1"}, 4'566), "http://127.0.0.1:4566");
  EXPECT_EQ(own_url_of({"192.0.2.7"}, 80), "http://192.0.2.7:80");
  EXPECT_EQ(own_url_of({"0.0.0.0"}, 80), "http://127.0.0.1:80");
  EXPECT_EQ(own_url_of({"::"}, 80), "http://[::1]:80");
  EXPECT_EQ(own_url_of({"2001:db8::7"}, 80), "http://[2001:db8::7]:80");
  EXPECT_EQ(own_url_of({"::", "0.0.0.0"}, 80), "http://127.0.0.1:80");
  EXPECT_EQ(own_url_of({"::1", "192.0.2.7"}, 80), "http://192.0.2.7:80");
  EXPECT_EQ(url_of("0.0.0.0", 80), "http://0.0.0.0:80") << "what is said is what was asked for";
}

}  // namespace
}  // namespace athanor::server
