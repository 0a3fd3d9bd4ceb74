#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace athanor::base {
namespace {

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(utf8_beginning("abc", 3), "abc");
  EXPECT_EQ(utf8_beginning("abc", 2), "ab");
  EXPECT_EQ(utf8_beginning("a\u00e9", 2), "a");
  EXPECT_EQ(utf8_beginning("\u20ac", 2), "");
  EXPECT_EQ(utf8_beginning("a\U0001f600b", 4), "a");
  EXPECT_EQ(utf8_beginning("a\U0001f600b", 5), "a\U0001f600");
  const std::string none(100, '\x80');
  EXPECT_EQ(utf8_beginning(none, 50).size(), 50U) << "whoever takes a text piece by piece comes to its end";
}

}  // namespace
}  // namespace athanor::base
