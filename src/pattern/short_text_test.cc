#include "pattern/short_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.h"

namespace athanor::pattern {
namespace {

TEST(ShortText, AWordIsTheBytesWithZerosBehindThem) {
  const std::string text =
      "\x01\xFF"
      "cdefgh";
  for (std::size_t size = 0; size <= 8; ++size) {
    std::uint64_t expected = 0;
    std::copy_n(text.data(), size, reinterpret_cast<char*>(&expected));
    EXPECT_EQ(word_of(text.substr(0, size)), expected) << size;
  }
}

TEST(ShortText, ComparesAsTheLibraryDoes) {
  base::Random random{1};
  const auto draw = [&] {
    std::string text(random.below(24), 'a');
    for (char& c : text) c = static_cast<char>('a' + (random.below(8) == 0 ? 1 : 0));
    return text;
  };
  std::size_t equal = 0;
  std::size_t begin = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = draw();
    const std::string b = draw();
    ASSERT_EQ(same_text(a, b), a == b) << a << ' ' << b;
    ASSERT_EQ(begins_with(a, b), a.starts_with(b)) << a << ' ' << b;
    ASSERT_EQ(ends_with(a, b), a.ends_with(b)) << a << ' ' << b;
    ASSERT_TRUE(same_text(a, std::string{a})) << a;
    equal += a == b ? 1 : 0;
    begin += a.starts_with(b) ? 1 : 0;
  }
  EXPECT_GT(equal, 100U);
  EXPECT_GT(begin, 1'000U);
}

}  // namespace
}  // namespace athanor::pattern
