// What an archive no longer keeps, it keeps again when the clock is set back, and may be asked to replay. So only what
// neither of two snapshots needs is freed.
#include <gtest/gtest.h>

#include "bus/event.h"
#include "engine/state.h"
#include "engine/test_engine.h"

namespace athanor::engine {
namespace {

class ClockSetBack : public ::testing::Test {
 protected:
  ClockSetBack() {
    write(test_.engine, archive::ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1, .retention_days = 1});
    event_ = test_.log.end();
    write(test_.engine, bus::EventAccepted{.bus_arn = "bus", .archives = {1}});
  }
  template <class Record>
  static void write(Engine& engine, const Record& record) {
    engine.execute({}, [&](Call& call) { call.journal.write(record); });
  }
  Engine::Needed save(Engine& engine, std::chrono::hours clock_goes) {
    test_.clock.advance(clock_goes);
    write(engine, bus::EventAccepted{});
    const auto taken = engine.take_snapshot(true).value();
    test_.log.snapshot = taken.snapshot;
    return engine.snapshot_saved(taken);
  }

  TestEngine test_;
  const base::Time came_ = test_.clock.now();
  log::LogPosition event_;
};

TEST_F(ClockSetBack, FindsWhatItBringsBack) {
  for (const int hours : {0, 48}) save(test_.engine, std::chrono::hours{hours});
  write(test_.engine,
        archive::ReplayStarted{.arn = "replay", .archive_arn = "archive", .from = event_, .until = test_.log.end()});
  const Engine::Needed needed = save(test_.engine, std::chrono::hours{-48});
  EXPECT_EQ(needed.floor, event_);
  EXPECT_EQ(needed.whole_from, event_);
}

// The snapshot does not say when it was taken.
TEST_F(ClockSetBack, FindsWhatItBringsBackBehindAStart) {
  save(test_.engine, std::chrono::hours{0});
  test_.clock.advance(std::chrono::hours{48});
  Engine restarted{test_.log, test_.clock, test_.world, test_.counters, {}};
  ASSERT_TRUE(restarted.recover());
  const Engine::Needed needed = save(restarted, std::chrono::hours{0});
  EXPECT_LE(needed.floor, event_);
  ASSERT_TRUE(needed.keepers);
  EXPECT_TRUE(needed.keepers->keeps(1, came_));
}

}  // namespace
}  // namespace athanor::engine
