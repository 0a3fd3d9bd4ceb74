#include "engine/replay_page.h"

#include <gtest/gtest.h>

#include "archive/archives.h"
#include "bus/event.h"
#include "log/codec.h"
#include "log/test_log.h"

namespace athanor::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// What is counted is what is replayed: for both, retention ends a whole hour at a time.
TEST(ReplayPage, HoldsWhatTheArchiveStillKeeps) {
  const base::Time ten{hours{24 * 20'000 + 10}};  // when the event came
  struct Row {
    std::uint32_t retention_days;
    base::Time now;
    std::uint64_t events;
  };
  const Row rows[] = {{1, ten, 1},
                      {1, ten + hours{24} + minutes{30}, 1},
                      {1, ten + hours{25} - base::Duration{1}, 1},
                      {1, ten + hours{25}, 0},
                      {2, ten + hours{25}, 1},
                      {0, ten + hours{24 * 9'999}, 1}};
  const bus::EventAccepted event{.id = "e", .detail = "{}", .archives = {7}};
  log::MemoryLog log;
  ASSERT_TRUE(log.append(bus::EventAccepted::kType, ten, log::encode(event)));
  ASSERT_TRUE(log.commit());
  for (const Row& row : rows) {
    archive::Archives archives;
    archives.apply(archive::ArchivePut{.arn = "a", .number = 7, .retention_days = row.retention_days}, {}, ten);
    archives.apply(event, log::LogPosition{0}, ten);
    const auto page = read_replay_page(log, {.until = log.end(),
                                             .archive_number = 7,
                                             .window = {.end = base::Time::max()},
                                             .retention_days = row.retention_days,
                                             .now = row.now,
                                             .events_max = 10});
    ASSERT_TRUE(page);
    EXPECT_EQ(archives.find("a")->events(row.now), row.events) << row.now.time_since_epoch().count();
    EXPECT_EQ(page->events.size(), row.events) << row.now.time_since_epoch().count();
  }
}

// It is in memory until its events are delivered.
TEST(ReplayPage, EndsBehindTheEventThatMakesItTooLarge) {
  log::MemoryLog log;
  const std::string detail(1'000'000, 'x');
  const bus::EventAccepted event{.id = "e", .detail = detail, .archives = {7}};
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log.append(bus::EventAccepted::kType, {}, log::encode(event)));
  const auto page = read_replay_page(
      log, {.until = log.end(), .archive_number = 7, .window = {.end = base::Time::max()}, .events_max = 10});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->events.size(), 5U);
  EXPECT_EQ(page->next, log::LogPosition{5});
}

TEST(ReplayPage, PassesOverNoEventThatCannotBeRead) {
  log::MemoryLog log;
  ASSERT_TRUE(log.append(bus::EventAccepted::kType, {}, "\xff"));
  const auto page = read_replay_page(log, {.until = log.end(), .archive_number = 7, .events_max = 10});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace athanor::engine
