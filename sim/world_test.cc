#include "sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;  // athanor-sim runs more

TEST(World, KeepsItsPromisesWhateverTheSeed) {
  RunReport sum;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RunReport report = run({.seed = seed});
    ASSERT_THAT(report.violations, ::testing::IsEmpty()) << "seed " << seed;
    sum.acknowledged += report.acknowledged;
    sum.crashes += report.crashes;
    sum.function_failures += report.function_failures;
    sum.dead_letters += report.dead_letters;
    sum.replayed += report.replayed;
  }
  EXPECT_GT(sum.acknowledged, kSeeds * 20);
  EXPECT_GT(sum.crashes, kSeeds);
  EXPECT_GT(sum.function_failures, kSeeds);
  EXPECT_GT(sum.dead_letters, kSeeds / 4);
  EXPECT_GT(sum.replayed, kSeeds / 4);
}

TEST(World, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    EXPECT_EQ(run({.seed = seed}).trace_hash, run({.seed = seed}).trace_hash) << seed;
  EXPECT_NE(run({.seed = 1}).trace_hash, run({.seed = 2}).trace_hash);
}

TEST(World, FindsAPlantedBug) {
  std::uint64_t seed = 1;
  while (seed < kSeeds && run({.seed = seed, .acknowledge_before_sync = true}).violations.empty()) ++seed;
  EXPECT_LT(seed, kSeeds) << "acknowledging before the sync must be found";
}

}  // namespace
}  // namespace athanor::sim
