#include "storage/embedded/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace athanor::storage {
namespace {

TEST(Crc32c, GivesTheValuesOfItsStandard) {
  struct Case {
    std::string bytes;
    std::uint32_t crc;
  };
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  // Source: RFC 3720, B.4, and the catalogue's check value for "123456789".
  const Case cases[] = {
      {"", 0},
      {"123456789", 0xE3069283},
      {std::string(32, '\0'), 0x8A9136AA},
      {std::string(32, '\xFF'), 0x62A8AB43},
      {rising, 0x46DD794E},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(crc32c(0, c.bytes), c.crc) << c.bytes;
    EXPECT_EQ(crc32c_by_table(0, c.bytes), c.crc) << c.bytes;
  }
}

TEST(Crc32c, TheInstructionAgreesWithTheTableAndPiecesWithTheWhole) {
  base::Random random{7};
  for (int i = 0; i < 1'000; ++i) {
    std::string bytes(random.below(i % 10 == 0 ? 2'000 : 100), '\0');
    for (char& c : bytes) c = static_cast<char>(random.next());
    const std::string_view view = bytes;
    const std::size_t cut = random.below(bytes.size() + 1);
    const std::uint32_t whole = crc32c(0, view);
    ASSERT_EQ(crc32c_by_table(0, view), whole);
    ASSERT_EQ(crc32c(crc32c(0, view.substr(0, cut)), view.substr(cut)), whole);
  }
}

}  // namespace
}  // namespace athanor::storage
