#include "base/sixteen_bytes.h"

#include <gtest/gtest.h>

#include <array>

#include "base/random.h"

namespace athanor::base {
namespace {

using Array = std::array<std::uint8_t, 16>;

Bytes16 vector(const Array& bytes) { return load_16(bytes.data()); }
Array array(Bytes16 bytes) {
  Array out{};
  store_16(out.data(), bytes);
  return out;
}

// Every processor's instructions against the plain words: half of the bytes are such as mean something.
TEST(SixteenBytes, DoWhatTheirCommentsSayOnThisProcessor) {
  constexpr std::array<std::uint8_t, 8> kMeant = {0, 1, 0x0F, 0x10, 0x1F, 0x7F, 0x80, 0xFF};
  Random random{7};
  const auto some = [&] {
    Array bytes{};
    for (auto& byte : bytes)
      byte = random.below(2) == 0 ? kMeant[random.below(kMeant.size())] : static_cast<std::uint8_t>(random.below(256));
    return bytes;
  };
  for (int round = 0; round < 1'000; ++round) {
    const Array a = some(), b = some();
    Array equals{}, at_mosts{}, first{}, places{}, looked_up{}, row{};
    const auto upper_half = static_cast<std::uint8_t>(random.below(16) * 16);
    std::uint64_t top = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      equals[i] = a[i] == b[i] ? 0xFF : 0;
      at_mosts[i] = a[i] <= b[i] ? 0xFF : 0;
      first[i] = i < 8 ? a[i] : 0;
      top |= std::uint64_t{a[i]} >> 7 << i;
      places[i] = b[i] < 0x80 ? b[i] % 16 : b[i];
      looked_up[i] = b[i] < 0x80 ? a[b[i] % 16] : 0;
      row[i] = (b[i] & 0xF0) == upper_half ? a[b[i] & 0x0F] : 0;
    }
    ASSERT_EQ(array(equal(vector(a), vector(b))), equals);
    ASSERT_EQ(array(at_most(vector(a), vector(b))), at_mosts);
    ASSERT_EQ(array(load_8(a.data())), first);
    ASSERT_EQ(array(all_of(b[0])),
              (Array{b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0], b[0]}));
    ASSERT_EQ(top_bits(vector(a)), top);
    ASSERT_EQ(top_bits(vector(a), {}, vector(equals), vector(a)),
              top | std::uint64_t{top_bits(vector(equals))} << 32 | top << 48);
    ASSERT_EQ(array(look_up(vector(a), vector(places))), looked_up);
    ASSERT_EQ(array(look_up_row(vector(a), upper_half, vector(b))), row);

    Array kept = b;
    store_8(kept.data(), vector(a));
    for (std::size_t i = 0; i < 16; ++i) ASSERT_EQ(kept[i], i < 8 ? a[i] : b[i]);

    Array digits{};
    std::uint64_t number = 0;
    for (auto& digit : digits) {
      digit = static_cast<std::uint8_t>(round == 0 ? 9 : random.below(10));
      number = number * 10 + digit;
    }
    ASSERT_EQ(number_of(vector(digits)), number);
  }
}

}  // namespace
}  // namespace athanor::base
