#include "engine/snapshot_distance.h"

#include <gtest/gtest.h>

namespace athanor::engine {
namespace {

TEST(SnapshotDistance, GrowsWithTheLastSnapshotWithinItsBounds) {
  constexpr std::uint64_t kKiB = 1'024, kMiB = 1'024 * kKiB;
  struct Case {
    std::uint64_t last_snapshot_bytes;
    std::uint64_t distance;
  };
  const Case cases[] = {
      {0, 64 * kMiB},           {20 * kKiB, 64 * kMiB},   {1 * kMiB, 64 * kMiB},
      {2 * kMiB, 128 * kMiB},   {8 * kMiB, 512 * kMiB},   {25 * kMiB, 512 * kMiB},  // a million messages
      {256 * kMiB, 512 * kMiB}, {300 * kMiB, 600 * kMiB},                           // twelve million
  };
  for (const auto& c : cases) EXPECT_EQ(snapshot_distance(64 * kMiB, c.last_snapshot_bytes), c.distance);
}

}  // namespace
}  // namespace athanor::engine
