#include "archive/archives.h"

#include <gtest/gtest.h>

#include "log/test_saved.h"

namespace athanor::archive {
namespace {

constexpr base::Time kNoon{std::chrono::hours{480'000}};

void accept(Archives& archives, std::uint64_t position, base::Time time) {
  archives.apply(bus::EventAccepted{.time = time, .archives = {1}}, log::LogPosition{position}, time);
}

// Hours are kept in order of time, and after the clock was set back an early hour may begin at a late position: the log
// before it was freed, and the events of the later hour with it. Found by seed 211 of athanor-sim.
TEST(Archives, NeedWhatCameBeforeTheClockWasSetBack) {
  Archives archives;
  archives.apply(ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1}, {}, {});
  accept(archives, 1'000, kNoon);
  accept(archives, 2'000, kNoon - std::chrono::hours{1});
  EXPECT_EQ(archives.oldest_position_needed(kNoon), log::LogPosition{1'000});
  EXPECT_EQ(archives.find("archive")->events(kNoon), 2U);
}

// Events carry archive numbers: an archive with a reused number would get the other's events.
TEST(Archives, GiveNoNumberTwice) {
  Archives archives;
  EXPECT_EQ(archives.next_number(), 1U);
  archives.apply(ArchivePut{.arn = "a", .bus_arn = "bus", .number = 1}, {}, {});
  archives.apply(ArchivePut{.arn = "b", .bus_arn = "bus", .number = 2}, {}, {});
  archives.apply(ArchivePut{.arn = "a", .bus_arn = "bus", .number = 1, .retention_days = 1}, {}, {});
  EXPECT_EQ(archives.next_number(), 3U);
  archives.apply(ArchiveDeleted{"b"}, {}, {});
  Archives loaded;
  ASSERT_TRUE(loaded.load(log::saved(archives)));
  EXPECT_EQ(loaded.next_number(), 3U);
}

TEST(Archives, NeedNothingPastTheirRetention) {
  Archives archives;
  archives.apply(ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1, .retention_days = 1}, {}, {});
  accept(archives, 1'000, kNoon);
  accept(archives, 2'000, kNoon + std::chrono::hours{2});
  EXPECT_EQ(archives.oldest_position_needed(kNoon + std::chrono::hours{24}), log::LogPosition{1'000});
  EXPECT_EQ(archives.oldest_position_needed(kNoon + std::chrono::hours{25}), log::LogPosition{2'000});
  const Archive& archive = *archives.find("archive");
  EXPECT_EQ(archive.bytes(kNoon + std::chrono::hours{25}) * 2, archive.bytes(kNoon));
  EXPECT_EQ(archives.oldest_position_needed(kNoon + std::chrono::hours{27}), std::nullopt);
}

// An hour that has expired by a clock that is days ahead is kept again once the clock is set back.
TEST(Archives, RememberWhatAClockAheadHadExpired) {
  Archives archives;
  archives.apply(ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1, .retention_days = 1}, {}, {});
  accept(archives, 1'000, kNoon);
  accept(archives, 2'000, kNoon + std::chrono::days{40});
  EXPECT_EQ(archives.oldest_position_needed(kNoon + std::chrono::days{40}), log::LogPosition{2'000});
  EXPECT_EQ(archives.oldest_position_needed(kNoon), log::LogPosition{1'000});
  EXPECT_EQ(archives.find("archive")->events(kNoon), 2U);
}

TEST(Archives, RememberOnlySoManyHoursThatHaveExpired) {
  constexpr std::size_t kHours = 24 * (1 + 7);
  Archives archives;
  archives.apply(ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1, .retention_days = 1}, {}, {});
  for (int hour = 0; hour < 500; ++hour)
    accept(archives, 1'000 + static_cast<std::uint64_t>(hour), kNoon + std::chrono::hours{hour});
  EXPECT_EQ(archives.find("archive")->buckets.size(), kHours);
  EXPECT_EQ(archives.find("archive")->buckets.begin()->second.first, log::LogPosition{1'500 - kHours});
}

TEST(Archives, HaveNoMoreOfWhatHasExpiredWhenTheirRetentionIsLengthened) {
  const base::Time later = kNoon + std::chrono::days{3};
  Archives archives;
  ArchivePut put{.arn = "archive", .bus_arn = "bus", .number = 1, .retention_days = 1};
  archives.apply(put, {}, kNoon);
  accept(archives, 1'000, kNoon);
  put.retention_days = 30;
  archives.apply(put, {}, later);
  EXPECT_EQ(archives.find("archive")->events(later), 0U);
  EXPECT_EQ(archives.find("archive")->bytes(later), 0U);
  EXPECT_EQ(archives.oldest_position_needed(later), std::nullopt);
}

// A replay reads only the hours whose event times overlap its own.
TEST(Archives, KnowTheTimesOfTheEventsOfEachHourWhateverTheirOrder) {
  Archives archives;
  archives.apply(ArchivePut{.arn = "archive", .bus_arn = "bus", .number = 1}, {}, {});
  for (const int days_ago : {2, 7, 0, 3}) {
    archives.apply(bus::EventAccepted{.time = kNoon - std::chrono::days{days_ago}, .archives = {1}}, {}, kNoon);
  }
  const Archive& archive = *archives.find("archive");
  ASSERT_EQ(archive.buckets.size(), 1U);
  EXPECT_EQ(archive.buckets.begin()->second.event_time_min, kNoon - std::chrono::days{7});
  EXPECT_EQ(archive.buckets.begin()->second.event_time_max, kNoon);
}

}  // namespace
}  // namespace athanor::archive
