#include "base/text.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace athanor::base {
namespace {

TEST(Utf8, PutsTheReplacementForEachByteThatBelongsToNoCharacter) {
  EXPECT_EQ(with_valid_utf8("a\u00e9\xFF\xE2\x82z"), "a\u00e9\uFFFD\uFFFD\uFFFDz");
}

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

// Source: RFC 4648, section 10, for the texts of "foobar".
TEST(Text, IsReadFromBase64) {
  struct Row {
    std::string_view text;
    std::optional<std::string> bytes;
  };
  const Row rows[] = {
      {"Zm9v!", std::nullopt},
      {"Zm9\x80", std::nullopt},
      {"Zm-v", std::nullopt},
      {"Zm=v", std::nullopt},
      {"Z", std::nullopt},
      {"Zm9vY", std::nullopt},
      {"", ""},
      {"====", ""},
      {"Zg==", "f"},
      {"Zg", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg==", "foob"},
      {"Zm9vYmE=", "fooba"},
      {"Zm9vYmFy", "foobar"},
      {"+/+/", "\xfb\xff\xbf"},
  };
  for (const Row& row : rows) EXPECT_EQ(from_base64(row.text), row.bytes) << row.text;

  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    bytes += static_cast<char>(byte);
  }
}

}  // namespace
}  // namespace athanor::base
