#include "delivery/delivery_seed.h"

#include <gtest/gtest.h>

namespace athanor::delivery {
namespace {

// What is drawn from a seed stands in snapshots and in the hands of consumers: another version draws the same.
TEST(DeliverySeeds, AreThoseOfEarlierVersions) {
  bus::Target target;
  target.rule_arn = "arn:aws:events:us-east-1:123456789012:rule/orders";
  target.id = "queue";
  EXPECT_EQ(DeliverySeeds(target, "").of(log::LogPosition{4'096}), 0x3c20a2f837faf34cU);
  EXPECT_EQ(DeliverySeeds(target, "again").of(log::LogPosition{4'096}), 0x4637de5f23877cbaU);
}

TEST(DeliverySeeds, AreTheSameByTableAsByteForByte) {
  bus::Target target;
  target.rule_arn = "arn:aws:events:us-east-1:123456789012:rule/\xC3\xA4-orders";
  for (const char* id : {"", "1", "a-target"}) {
    target.id = id;
    for (const char* replay : {"", "again"}) {
      DeliverySeeds seeds{target, replay};
      for (std::uint64_t position = 0; position < 20'000; position += 8)
        ASSERT_EQ(seeds.of(log::LogPosition{position}), seeds.plain(log::LogPosition{position})) << id << replay;
    }
  }
}

}  // namespace
}  // namespace athanor::delivery
