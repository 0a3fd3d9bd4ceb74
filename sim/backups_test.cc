#include "sim/backups.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "base/assert.h"
#include "service/events/event_buses.h"

namespace athanor::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BackupsTest : public ::testing::Test {
 protected:
  BackupsTest() {
    ATHANOR_ASSERT(server_.start());
    accept("first");
    back_up();
    accept("second");
    back_up();
  }
  void accept(const std::string& bus) {
    server_.execute(
        [&](engine::Call& call) { ATHANOR_ASSERT(service::events::create_event_bus(call, {.name = bus})); });
    server_.commit();
  }
  void back_up() {
    backups_.run([] { return false; });
    clock_.advance(std::chrono::milliseconds{1});
  }
  void restore() {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      base::Random random{seed};
      backups_.try_restore(random);
    }
  }

  Disk disk_;
  base::ManualClock clock_;
  Coverage coverage_;
  Checker checker_{coverage_};
  Server server_{disk_, clock_, {}, coverage_};
  Backups backups_{disk_, server_, clock_, false, checker_, coverage_};
};

TEST_F(BackupsTest, FindsNothingWrongWithWhatIsSound) {
  restore();
  EXPECT_THAT(checker_.violations(), IsEmpty());
  EXPECT_EQ(coverage_.count(Reached::BackupContinued), 1U);
  EXPECT_GT(coverage_.count(Reached::BackupRestored), 0U);
  EXPECT_GT(coverage_.count(Reached::BackupRestoredEarlier), 0U);
  EXPECT_GT(coverage_.count(Reached::BackupOfRestored), 0U);
}

TEST_F(BackupsTest, BacksUpWhileTheServerIsDownAndWhileItComesBack) {
  server_.die();
  back_up();
  ASSERT_TRUE(server_.start());
  backups_.recovered(server_.log().end());
  backups_.run([&] {
    server_.die();
    ATHANOR_ASSERT(server_.start());
    backups_.recovered(server_.log().end());
    return true;
  });
  restore();
  EXPECT_THAT(checker_.violations(), IsEmpty());
  EXPECT_EQ(coverage_.count(Reached::BackupOfStopped), 1U);
  EXPECT_EQ(coverage_.count(Reached::BackupAcrossKill), 1U);
}

TEST_F(BackupsTest, HasTheServerGoOnFromWhatIsRestored) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    accept(fmt::format("more-{}", seed));
    back_up();
    accept(fmt::format("lost-{}", seed));
    server_.die();
    if (!backups_.can_go_back()) ADD_FAILURE() << seed;
    base::Random random{seed};
    const auto there = backups_.go_back(random, /*power_fails=*/true);
    ASSERT_TRUE(there) << seed;
    ASSERT_TRUE(server_.start()) << seed;
    EXPECT_EQ(server_.log().end(), there->end);
    backups_.recovered(there->end);
    clock_.advance(std::chrono::milliseconds{1});
    accept(fmt::format("new-{}", seed));
    back_up();
    back_up();
    restore();
  }
  EXPECT_THAT(checker_.violations(), IsEmpty());
  EXPECT_GT(coverage_.count(Reached::WentBackToBackup), 0U);
  EXPECT_GT(coverage_.count(Reached::CutInRestore), 0U);
  EXPECT_GT(coverage_.count(Reached::WentBackToEarlier), 0U);
  EXPECT_EQ(coverage_.count(Reached::BackupOfEarlierRefused), coverage_.count(Reached::WentBackToEarlier));
}

TEST_F(BackupsTest, FindsALogThatDoesNotEndWhereItWasRestoredTo) {
  server_.die();
  base::Random random{1};
  const auto there = backups_.go_back(random, /*power_fails=*/false);
  ASSERT_TRUE(there);
  backups_.recovered(log::LogPosition{there->end.value + 8});
  EXPECT_THAT(checker_.violations(), ElementsAre(HasSubstr("B2: a restored log ended at")));
}

TEST_F(BackupsTest, EndsARunWithThePower) {
  bool is_first = true;
  backups_.run([&] {
    if (!std::exchange(is_first, false)) ADD_FAILURE() << "it goes on";
    server_.die();
    disk_.cut_power();
    disk_.restore_power();
    ATHANOR_ASSERT(server_.start());
    return false;
  });
  EXPECT_THAT(checker_.violations(), IsEmpty());
  EXPECT_EQ(coverage_.count(Reached::BackupBrokeOff), 1U);
}

TEST_F(BackupsTest, FindsABackupThatDoesNotHoldWhatWasWritten) {
  ASSERT_TRUE(disk_.flip_bit("backup/0000000000000000.seg", 100));
  base::Random random{1};
  backups_.try_restore(random);
  EXPECT_THAT(checker_.violations(), ElementsAre(HasSubstr("B1: a backup cannot be restored")));
}

TEST_F(BackupsTest, FindsALogThatLostWhatABackupHolds) {
  backups_.recovered(log::LogPosition{1});
  EXPECT_THAT(checker_.violations(), ElementsAre(HasSubstr("B2: a backup holds records up to")));
}

}  // namespace
}  // namespace athanor::sim
