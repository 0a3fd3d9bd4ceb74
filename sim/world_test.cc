#include "sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/tries.h"
#include "sim/shrink.h"

namespace athanor::sim {
namespace {

using ::testing::IsEmpty;

constexpr std::uint64_t kSeeds = base::tries(std::uint64_t{150});  // athanor-sim runs more

TEST(World, KeepsItsPromisesWhateverTheSeed) {
  Coverage coverage;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RunReport report = run(draw_script(seed, kSteps));
    ASSERT_THAT(report.violations, IsEmpty()) << "seed " << seed;
    coverage.add(report.coverage);
  }
  EXPECT_GT(coverage.count(Reached::EventsAcknowledged), kSeeds * 20);
  EXPECT_GT(coverage.count(Reached::CutInCommit), 0U);
  EXPECT_GT(coverage.count(Reached::StateComparedAfterRestart), 0U);
  EXPECT_GT(coverage.count(Reached::DeadLetterByAttempts), 0U);
  EXPECT_GT(coverage.count(Reached::ReplayAcrossCrash), 0U);
  EXPECT_GT(coverage.count(Reached::ExpiredEventFreed), 0U);
  EXPECT_GT(coverage.count(Reached::ReplayBesideExpiry), 0U);
  EXPECT_GT(coverage.count(Reached::BackupRestored), 0U);
  EXPECT_GT(coverage.count(Reached::WentBackToBackup), 0U);
  EXPECT_GT(coverage.count(Reached::DiedBetweenSteps), 0U);
}

// A message that a lying disk lost holds back those after it in its group.
TEST(World, ExcusesWhatWaitsBehindALoss) { EXPECT_THAT(run(draw_script(11'607, kSteps)).violations, IsEmpty()); }

// A function that was handed such an invocation handles no event. Crashed in a run of many seeds.
TEST(World, TakesNoInvocationThatALyingDiskLostForAnEvent) {
  EXPECT_THAT(run(draw_script(10'628, kSteps)).violations, IsEmpty());
}

// A crash loses only the record of a run, after the clock was set back or before: the rule goes on from an earlier
// time.
TEST(World, ForetellsNoRunOfARuleThatMayHaveLostOne) {
  for (const std::uint64_t seed : {14'806U, 29'151U})
    EXPECT_THAT(run(draw_script(seed, kSteps)).violations, IsEmpty()) << seed;
}

// In a world that went back to a backup, an invocation that had started waits in front of a full line again: it is not
// among those that a deletion gives up.
TEST(World, KnowsThatWhatStartedOnceMayNotBeAcceptedAgain) {
  EXPECT_THAT(run(draw_script(2'731, kSteps)).violations, IsEmpty());
}

TEST(World, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    EXPECT_EQ(run(draw_script(seed, kSteps)).trace_hash, run(draw_script(seed, kSteps)).trace_hash) << seed;
  EXPECT_NE(run(draw_script(1, kSteps)).trace_hash, run(draw_script(2, kSteps)).trace_hash);
}

TEST(Script, HasAFormThatACommandLineTakes) {
  const Script script = draw_script(3, 40);
  EXPECT_EQ(parse_faults(faults_text(script.faults)), script.faults);
  EXPECT_EQ(parse_faults("none"), Faults{});
  EXPECT_EQ(parse_faults("kills,earthquakes"), std::nullopt);

  Script kept = script;
  EXPECT_EQ(steps_text(kept.steps), "0-39");
  ASSERT_TRUE(keep_steps(kept, "3,7-9,39"));
  EXPECT_EQ(steps_text(kept.steps), "3,7-9,39");
  for (const char* refused : {"", "x", "9-7", "1,"}) EXPECT_FALSE(keep_steps(kept, refused)) << refused;
}

TEST(Script, GivesEachSeedItsOwnFaults) {
  std::set<std::string> faults;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) faults.insert(faults_text(draw_script(seed, 0).faults));
  EXPECT_GT(faults.size(), 95U);
}

}  // namespace
}  // namespace athanor::sim
