#include "queue/receipt.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace athanor::queue {
namespace {

class ReceiptTest : public testing::Test {
 protected:
  base::Random random_{7};
  const std::string key_ = random_receipt_key(random_);
  const Receipt receipt_{Sequence{0x0123456789ABCDEF}, 0x89ABCDEF, 0xFEDCBA9876543210};
};

TEST_F(ReceiptTest, RefusesWhatItsQueueDidNotWrite) {
  const std::string handle = write_receipt(receipt_, key_);
  EXPECT_EQ(read_receipt(handle, random_receipt_key(random_)), std::nullopt);
  for (const char* text : {"", "garbage", "AAAA", "not base64!"}) EXPECT_EQ(read_receipt(text, key_), std::nullopt);

  std::string bytes = *base::from_base64(handle);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string forged = bytes;
      forged[i] = static_cast<char>(forged[i] ^ (1 << bit));
      EXPECT_EQ(read_receipt(base::to_base64(forged), key_), std::nullopt) << "byte " << i << ", bit " << bit;
    }
  }
}

TEST_F(ReceiptTest, ReadsWhatItWroteAndWritesAnotherForEachReceive) {
  EXPECT_EQ(read_receipt(write_receipt(receipt_, key_), key_), receipt_);
  EXPECT_NE(write_receipt({Sequence{1}, 1, 1}, key_), write_receipt({Sequence{1}, 2, 1}, key_));
  EXPECT_EQ(random_receipt_key(random_).size(), 32);
}

TEST(MessageIdTest, IsTheTextOfAUuid) {
  EXPECT_EQ((MessageId{0x0123456789ABCDEF, 0xFEDCBA9876543210}).text(), "01234567-89ab-cdef-fedc-ba9876543210");
}

TEST(SequenceNumber, HasTwentyDigits) {
  EXPECT_EQ(sequence_number(Sequence{1}), "10000000000000000001");
  EXPECT_EQ(sequence_number(Sequence{4'000'000'000'000}).size(), 20);
}

}  // namespace
}  // namespace athanor::queue
