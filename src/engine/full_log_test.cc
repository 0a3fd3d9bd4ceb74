// On a full disk everything that would write a record is refused, so what frees room must happen on its own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/event.h"
#include "engine/records.h"
#include "engine/state.h"
#include "engine/test_engine.h"

namespace athanor::engine {
namespace {

using ::testing::ElementsAre;

constexpr const char* kBus = "arn:aws:events:us-east-1:123456789012:event-bus/b";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";

// What one record lets go of (here a purge) is freed with the second snapshot after it.
class FullLog : public ::testing::Test {
 protected:
  FullLog() {
    EXPECT_TRUE(engine().recover());
    write(queue::QueueCreated{.queue_arn = kQueue});
    write(queue::MessageSent{.queue_arn = kQueue, .body = "x"});
    log().disk_has_room = false;
    write(queue::QueuePurged{kQueue});
  }
  Engine& engine() { return test_.engine; }
  log::MemoryLog& log() { return test_.log; }

  template <class Record>
  void write(const Record& record) {
    engine().execute({}, [&](Call& call) { call.journal.write(record); });
  }
  void put_archive(std::uint64_t number, std::uint32_t retention_days) {
    write(archive::ArchivePut{
        .arn = fmt::format("archive/{}", number), .bus_arn = kBus, .number = number, .retention_days = retention_days});
  }
  void accept_event(std::vector<std::uint64_t> archives) {
    bus::EventAccepted event{.bus_arn = kBus, .id = "an id", .time = test_.clock.now(), .source = "s"};
    event.archives = std::move(archives);
    write(event);
  }
  // Lets a second pass. Returns what may then be freed, or nullopt if no snapshot was taken.
  std::optional<Engine::Needed> next_snapshot(Engine& engine, bool has_room_for_snapshots = true) {
    test_.clock.advance(std::chrono::seconds{1});
    engine.tick();
    const auto taken = engine.take_snapshot(false);
    if (!taken) return std::nullopt;
    if (!has_room_for_snapshots) return Engine::Needed{};
    log().snapshot = taken->snapshot;
    return engine.snapshot_saved(*taken);
  }

  TestEngine test_;
};

TEST_F(FullLog, FreesByItselfWhatWasLetGo) {
  EXPECT_EQ(next_snapshot(engine())->floor, log::LogPosition{0});
  EXPECT_EQ(next_snapshot(engine())->floor, log::LogPosition{3}) << "behind a record of nothing";
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(next_snapshot(engine())) << "there is no more to free";
  EXPECT_EQ(log().records.size(), 4U);
}

TEST_F(FullLog, WritesNothingWhereNotEvenASnapshotFindsRoom) {
  std::vector<int> tried;
  for (int second = 1; second <= 200; ++second) {
    if (next_snapshot(engine(), false)) tried.push_back(second);
  }
  EXPECT_THAT(tried, ElementsAre(1, 3, 7, 15, 31, 63, 127, 191)) << "it may find some the next time";
  EXPECT_EQ(log().records.size(), 3U);
  test_.clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(next_snapshot(engine())->floor, log::LogPosition{0});
  test_.clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(next_snapshot(engine())->floor, log::LogPosition{3});
}

// The snapshot at the end of the log may exist since the stop.
TEST_F(FullLog, FreesAfterAStartWhatWasLetGoBefore) {
  EXPECT_EQ(next_snapshot(engine())->floor, log::LogPosition{0});
  Engine next{log(), test_.clock, test_.world, test_.counters, {}};
  ASSERT_TRUE(next.recover());
  EXPECT_EQ(next_snapshot(next)->floor, log::LogPosition{0}) << "what the one before it needs nobody knows";
  EXPECT_EQ(log().records.size(), 3U);
  EXPECT_EQ(next_snapshot(next)->floor, log::LogPosition{3});
  EXPECT_FALSE(next_snapshot(next));
}

TEST_F(FullLog, FreesWhatTimeLetsGo) {
  put_archive(1, 1);
  accept_event({1});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(next_snapshot(engine()));
  EXPECT_FALSE(next_snapshot(engine()));
  const log::LogPosition end = log().end();
  test_.clock.advance(std::chrono::days{2});
  EXPECT_EQ(next_snapshot(engine())->floor, log::LogPosition{4}) << "the one before needs it";
  EXPECT_GE(next_snapshot(engine())->floor, end);
  EXPECT_FALSE(next_snapshot(engine()));
}

// Nothing before the first archive's event is freed, but the second archive's event can be compacted away.
TEST_F(FullLog, LetsCompactWhatTimeLetsGoOfInTheMiddle) {
  put_archive(1, 0);
  put_archive(2, 1);
  accept_event({1});
  accept_event({2});
  const base::Time came = test_.clock.now();
  EXPECT_TRUE(next_snapshot(engine()));
  EXPECT_TRUE(next_snapshot(engine())->keepers->keeps(2, came));
  EXPECT_FALSE(next_snapshot(engine()));
  test_.clock.advance(std::chrono::days{2});
  EXPECT_TRUE(next_snapshot(engine())->keepers->keeps(2, came)) << "the one before needs it";
  const auto freed = next_snapshot(engine());
  EXPECT_EQ(freed->floor, log::LogPosition{5});
  EXPECT_FALSE(freed->keepers->keeps(2, came));
  EXPECT_FALSE(next_snapshot(engine()));
}

// It waits for room, and its archive has what it has still to read. A page that is being read may be delivered before
// the next snapshot.
TEST_F(FullLog, NeedsNoMoreForAReplayThatWaitsThanItsArchiveHas) {
  put_archive(1, 0);
  const log::LogPosition event = log().end();
  accept_event({1});
  write(bus::EventBusPut{.arn = kBus, .name = "b"});
  for (const bool is_read : {false, true}) {
    log().disk_has_room = is_read;
    write(archive::ReplayStarted{.arn = fmt::format("replay/{}", is_read),
                                 .archive_arn = "archive/1",
                                 .archive_number = 1,
                                 .destination_arn = kBus,
                                 .from = event,
                                 .until = log().end()});
    engine().tick();
    EXPECT_EQ(test_.world.reads, is_read ? 2 : 0);
    log().disk_has_room = false;
    std::optional<Engine::Needed> needed;
    for (int i = 0; i < 2; ++i) {
      write(delivery::DeliveriesRetried{});
      needed = next_snapshot(engine());
    }
    EXPECT_EQ(needed->floor, event);
    EXPECT_EQ(needed->whole_from == event, is_read);
  }
}

}  // namespace
}  // namespace athanor::engine
