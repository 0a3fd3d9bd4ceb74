#include "server/own_url.h"

#include <gtest/gtest.h>

namespace athanor::server {
namespace {

TEST(OwnUrl, IsWhatItListensOnOrTheLoopbackWhereThatIsAll) {
  EXPECT_EQ(own_url("127.0.0.1", 4'566), "http://127.0.0.1:4566");
  EXPECT_EQ(own_url("192.0.2.7", 80), "http://192.0.2.7:80");
  EXPECT_EQ(own_url("0.0.0.0", 80), "http://127.0.0.1:80");
  EXPECT_EQ(own_url("::", 80), "http://[::1]:80");
  EXPECT_EQ(own_url("2001:db8::7", 80), "http://[2001:db8::7]:80");
  EXPECT_EQ(url_of("0.0.0.0", 80), "http://0.0.0.0:80") << "what is said is what was asked for";
}

}  // namespace
}  // namespace athanor::server
