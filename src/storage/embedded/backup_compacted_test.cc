// Backups of logs that were compacted before a run, between two runs, or during one.
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/embedded/test_backup.h"

namespace athanor::storage {
namespace {

TEST_F(BackupTest, HoldsWhatIsLeftOfACompactedLog) {
  log_.fill(60, {40, 50});
  log_.compact();
  back_up();
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, log_.records.size()));
}

// What an earlier run copied in full stays complete, and its moments can still be restored.
TEST_F(BackupTest, KeepsWhatWasCompactedSince) {
  log_.fill(60, {20, 50});
  const std::vector<log::Record> all = log_.records;
  back_up();
  log_.compact();
  ASSERT_LT(log_.records.size(), all.size());
  back_up();
  log_.records = all;
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, 60));
  ASSERT_TRUE(restore(all[25].time));
  EXPECT_EQ(restored_positions(), positions(0, 26));
}

// The log was compacted beyond what the backup holds: the backup continues, but the moments in between are gone.
TEST_F(BackupTest, GoesOnFromALogThatWasCompactedSince) {
  log_.fill(25, {10, 20});
  back_up();
  log_.fill(60, {30, 40}, 2);
  log_.compact();
  const std::vector<log::Record> left = log_.records;
  ASSERT_LT(left.size(), 85U);
  back_up();
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->end, log_.end);
  // Everything that the first run copied is there; then only what was kept; then everything again.
  const auto found = restored_positions();
  EXPECT_GT(found.size(), left.size());
  EXPECT_EQ(restored->records, found.size());
  EXPECT_EQ(std::vector(found.end() - 20, found.end()), positions(left.size() - 20, left.size()));

  const auto second_of = [](int record) { return base::Time{base::Duration{1'700'000'000'000 + record * 1'000}}; };
  ASSERT_TRUE(restore(second_of(22))) << "the first run saw it";
  EXPECT_EQ(restored_positions().size(), 23U);
  ASSERT_TRUE(restore(second_of(75))) << "nothing of it was compacted";
  EXPECT_EQ(restore(second_of(40)).error().code, ErrorCode::IllegalStatus);
}

// The earlier runs hold the beginning of what was merged into one segment since: its moments can still be restored.
TEST_F(BackupTest, GoesOnFromALogWhoseCompactedSegmentsBecameOne) {
  log_.fill(40, {20, 30});
  log_.compact();
  back_up();
  const std::vector<std::uint64_t> first = positions(0, log_.records.size());
  for (std::uint64_t seed = 2; seed < 5; ++seed) {
    log_.fill(60, {40, 50}, seed);
    ASSERT_GT(compact_and_merge(), 0U);
    ASSERT_NO_FATAL_FAILURE(back_up());
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->end, log_.end);
    const auto found = restored_positions();
    for (const std::uint64_t position : positions(0, log_.records.size()))
      ASSERT_TRUE(std::ranges::binary_search(found, position)) << position;
    for (const std::uint64_t position : first) ASSERT_TRUE(std::ranges::binary_search(found, position)) << position;
  }
  ASSERT_TRUE(restore(base::Time{base::Duration{1'700'000'000'000 + 38'000}})) << "the first run saw it";
  EXPECT_EQ(restored_positions(), std::vector(first.begin(), first.end() - 1));
}

TEST_F(BackupTest, IsTakenWhileTheLogIsCompacted) {
  log_.fill(60, {40, 50});
  log_.keep();
  auto settings = TestLog::settings();
  settings.compacted_neighbours_min = 2;
  int steps = 40;
  for (int at = 1; at < steps; at += 2) {
    SCOPED_TRACE(at);
    log_.bring_back();
    std::filesystem::remove_all(backup_);
    const auto log = *open_embedded_log(log_.files, log_.directory, settings);
    steps = 0;
    std::uint64_t compacted = 0;
    Meddling meddling(log_.files, [&] {
      if (++steps != at) return;
      const auto done = log->compact(log->end(), EvenTypes{}, [](const log::CompactionStep&) { return true; });
      ASSERT_TRUE(done);
      compacted = done->segments;
    });
    ASSERT_NO_FATAL_FAILURE(back_up(&meddling));
    EXPECT_GT(compacted, 0U) << "nothing was tried";
    ASSERT_TRUE(restore());
    const auto found = restored_positions();
    for (const auto& record : log_.records) {
      if (EvenTypes::keeps(record.type))
        ASSERT_TRUE(std::ranges::binary_search(found, record.position.value)) << record.position.value;
    }
  }
}

}  // namespace
}  // namespace athanor::storage
