// A repair that is interrupted anywhere, by a power cut or a failed operation, and done again.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"
#include "base/tries.h"
#include "log/records_lost.h"
#include "sim/disk.h"
#include "storage/embedded/open.h"
#include "storage/embedded/repair.h"

namespace athanor::sim {
namespace {

const std::string kDirectory = "data/log";

Result<std::unique_ptr<log::Log>> open_log(Disk& disk) {
  return storage::open_embedded_log(disk, kDirectory, {.segment_bytes = 900, .fill_ahead_bytes = 300, .seed = 7});
}

using Records = std::map<std::uint64_t, std::string>;

Records readable(Disk& disk) {
  Records records;
  const auto found = storage::inspect(disk, kDirectory, {.visit = [&](const storage::RecordView& record) {
                                        records[record.position] = record.payload;
                                        return true;
                                      }});
  EXPECT_TRUE(found) << found.error().message;
  return records;
}

// A log of some segments and two snapshots, damaged in every kind of file.
void write_and_damage(Disk& disk) {
  {
    const auto log = open_log(disk);
    ASSERT_TRUE(log);
    for (int i = 0; i < 30; ++i) {
      ASSERT_TRUE((*log)->append(100, {}, std::string(static_cast<std::size_t>(40 + i * 7), 'p')));
      ASSERT_TRUE((*log)->commit());
      if (i == 10 || i == 20) ASSERT_TRUE((*log)->save_snapshot({(*log)->end(), "state"}));
    }
  }
  const auto names = *disk.list(kDirectory);
  std::size_t segments = 0;
  std::string last_snapshot;
  for (const std::string& name : names) {
    const std::string path = kDirectory + "/" + name;
    if (name.starts_with("snapshot-")) last_snapshot = path;
    if (!name.ends_with(".seg")) continue;
    ++segments;
    if (segments == 1) ASSERT_TRUE(disk.flip_bit(path, storage::kSegmentHeaderBytes + 30));
    if (segments == 2) ASSERT_TRUE(disk.flip_bit(path, 17));
    if (segments == 3) ASSERT_TRUE(disk.flip_bit(path, storage::kSegmentHeaderBytes + 9));
  }
  ASSERT_GT(segments, 4U);
  ASSERT_TRUE(disk.flip_bit(last_snapshot, 41));
  ASSERT_TRUE(disk.flip_bit(kDirectory + "/commit", 20));
}

Result<void> repair(Disk& disk, const std::string& quarantine) {
  ATHANOR_TRY(found, storage::inspect(disk, kDirectory));
  base::Random random{3};
  return storage::repair(disk, kDirectory, found, quarantine, random);
}

void expect_repaired(Disk& disk, const Records& before) {
  EXPECT_EQ(readable(disk), before);
  const auto log = open_log(disk);
  ASSERT_TRUE(log) << log.error().message;
  Records records;
  ASSERT_TRUE((*log)->scan(log::LogPosition{0}, [&](const log::Record& record) {
    if (record.type != log::RecordsLost::kType) records[record.position.value] = record.payload;
    return true;
  }));
  EXPECT_EQ(records, before);
}

TEST(LogRepair, LosesNothingMoreWhereverThePowerIsCut) {
  for (const Survival survival : {Survival::Prefix, Survival::Sectors}) {
    for (std::uint64_t operations = 0;; operations += base::kStride) {
      SCOPED_TRACE(testing::Message() << "survival " << int(survival) << ", cut after " << operations);
      Disk disk{{.seed = operations + 1, .survival = survival}};
      ASSERT_NO_FATAL_FAILURE(write_and_damage(disk));
      const Records before = readable(disk);
      disk.cut_power_after(operations);
      const auto first = repair(disk, "quarantine-1");
      const bool was_cut = disk.was_cut();
      EXPECT_NE(first.has_value(), was_cut);
      disk.restore_power();
      disk.cut_power_after(kNever);
      EXPECT_EQ(readable(disk), before);
      const auto second = repair(disk, "quarantine-2");
      ASSERT_TRUE(second) << second.error().message;
      ASSERT_NO_FATAL_FAILURE(expect_repaired(disk, before));
      if (!was_cut) break;
    }
  }
}

TEST(LogRepair, LosesNothingMoreWhicheverOperationFails) {
  bool failed = true;
  for (std::uint64_t operations = 0; failed; operations += base::kStride) {
    SCOPED_TRACE(operations);
    Disk disk{{.seed = 1}};
    ASSERT_NO_FATAL_FAILURE(write_and_damage(disk));
    const Records before = readable(disk);
    disk.fail({.after = operations});
    failed = !repair(disk, "quarantine-1");
    disk.heal();
    EXPECT_EQ(readable(disk), before);
    ASSERT_TRUE(repair(disk, "quarantine-2"));
    ASSERT_NO_FATAL_FAILURE(expect_repaired(disk, before));
  }
}

}  // namespace
}  // namespace athanor::sim
