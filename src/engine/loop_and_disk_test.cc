// What the loop's threads do while the disk is slow, or full.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <semaphore>
#include <string>

#include "archive/records.h"
#include "bus/event.h"
#include "engine/loop.h"
#include "engine/test_loop.h"
#include "observe/counters.h"

namespace athanor::engine {
namespace {

// Tells of what it frees and compacts, on a disk that may be full.
class ToldLog final : public SlowLog {
 public:
  bool has_room() const override { return disk_has_room; }
  Result<void> save_snapshot(const log::Snapshot& snapshot) override {
    if (!disk_has_room) return Error{ErrorCode::DiskFull, "There is no room.", {}};
    return SlowLog::save_snapshot(snapshot);
  }
  Result<void> trim(log::LogPosition) override {
    trims.release();
    return {};
  }
  Result<log::Compacted> compact(log::LogPosition, const log::Keepers&,
                                 const std::function<bool(const log::CompactionStep&)>&) override {
    compactions.release();
    return log::Compacted{};
  }

  std::atomic<bool> disk_has_room = true;
  std::counting_semaphore<> trims{0}, compactions{0};
};

class LoopAndDisk : public ::testing::Test {
 protected:
  void write(std::size_t bytes) {
    loop_.post([this, bytes](Call& call) {
      call.journal.write(bus::EventAccepted{.detail = std::string(bytes, 'x')});
      ++decided_;
    });
  }

  ToldLog log_;
  base::ManualClock clock_;
  NoFunctions functions_;
  observe::Counters counters_;
  std::atomic<int> decided_ = 0;
  Loop loop_{log_, clock_, functions_, counters_, {.snapshot_every_bytes = 1}, {}, [](const Error&) {}};
};

TEST_F(LoopAndDisk, NothingMoreIsDecidedWhileMuchWaitsForTheDisk) {
  ASSERT_TRUE(loop_.start());
  std::promise<void> begun, go;
  loop_.post([&](Call&) {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  for (int i = 0; i < 4; ++i) write(1'048'576);
  write(1);
  go.set_value();
  log_.wait_for_commit();
  EXPECT_EQ(decided_, 4);
  log_.let_go();
  loop_.stop();
  EXPECT_EQ(decided_, 5);
}

TEST_F(LoopAndDisk, FreesBehindEachSnapshotAndCompactsWhatArchivesKeep) {
  log_.let_go();
  ASSERT_TRUE(loop_.start());
  for (int snapshot = 0; snapshot < 2; ++snapshot) {
    loop_.post([](Call& call) {
      call.journal.write(archive::ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1});
      call.journal.write(bus::EventAccepted{.detail = std::string(100'000, 'x')});
    });
    log_.trims.acquire();
  }
  log_.compactions.acquire();
  loop_.stop();
}

// There may be room for it by now, and no snapshot finds any that would ask for another.
TEST_F(LoopAndDisk, CompactsAgainOnAFullDisk) {
  log_.let_go();
  ASSERT_TRUE(loop_.start());
  loop_.post(
      [](Call& call) { call.journal.write(archive::ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1}); });
  for (int snapshot = 0; snapshot < 2; ++snapshot) {
    write(100'000);
    log_.trims.acquire();
  }
  log_.compactions.acquire();
  log_.disk_has_room = false;
  write(1);
  EXPECT_TRUE(log_.compactions.try_acquire_for(std::chrono::seconds{20}));
  loop_.stop();
}

}  // namespace
}  // namespace athanor::engine
