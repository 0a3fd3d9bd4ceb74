#include "storage/embedded/backup_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "io/passing_files.h"
#include "storage/embedded/compacted_format.h"
#include "storage/embedded/crc32c.h"
#include "storage/embedded/test_backup.h"

namespace athanor::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BackupCheckTest : public BackupTest {
 protected:
  BackupCheck check(const FilesProgress& progress = {}, io::FileSystem* files = nullptr) {
    auto manifest = *read_manifest(log_.files, backup_);
    manifest.taken = second_of(1'000);
    auto checked = check_backup(files == nullptr ? log_.files : *files, backup_, manifest, progress);
    EXPECT_TRUE(checked) << checked.error().message;
    return checked ? *std::move(checked) : BackupCheck{};
  }
  std::string in_backup(const std::string& name) const { return "../data-backup/" + name; }
  static base::Time second_of(int record) {
    return base::Time{base::Duration{1'700'000'000'000 + std::int64_t{record} * 1'000}};
  }
  // At the moments where that may change, and at some others.
  void expect_moments_are_those_of_a_restore(int records) {
    const auto moments = check().moments;
    std::vector<base::Time> tried{second_of(0), second_of(records / 2), second_of(records)};
    for (const Moments& range : moments) {
      for (const base::Time edge : {range.from, range.until + base::Duration{1}})
        tried.insert(tried.end(), {edge - base::Duration{1}, edge});
    }
    for (int i = 0; i < 5; ++i)
      tried.push_back(second_of(static_cast<int>(random_.below(static_cast<std::uint64_t>(records)))));
    std::erase_if(tried, [&](base::Time at) { return at > second_of(1'000); });
    for (const base::Time at : tried) {
      const bool is_told =
          std::ranges::any_of(moments, [&](const Moments& range) { return at >= range.from && at <= range.until; });
      EXPECT_EQ(restore(at).has_value(), is_told) << (at - second_of(0)).count() << " ms after the first";
    }
  }
};

TEST_F(BackupCheckTest, TellsWhatARestoreBringsBack) {
  log_.fill(60, {30, 50});
  back_up();
  std::uint64_t done = 0, total = 0;
  const auto found = check([&](std::uint64_t bytes, std::uint64_t of) {
    EXPECT_GT(bytes, done);
    done = bytes;
    total = of;
  });
  EXPECT_THAT(found.damages, IsEmpty());
  EXPECT_EQ(found.whole.records, 60U);
  EXPECT_EQ(found.whole.end, log_.end);
  EXPECT_EQ(found.whole.last, second_of(59));
  EXPECT_EQ(found.moments, (std::vector{Moments{second_of(0), second_of(1'000)}}));
  EXPECT_GT(total, 0U);
  EXPECT_EQ(done, total);
}

TEST_F(BackupCheckTest, OfAnEmptyLogIsSound) {
  log_.fill(0, {});
  back_up();
  EXPECT_THAT(check().damages, IsEmpty());
  EXPECT_EQ(check().whole.records, 0U);
}

// Each kind of file: of the log, and of the code.
TEST_F(BackupCheckTest, NamesTheFileAndThePlaceOfAnyDamage) {
  log_.fill(60, {20});
  back_up();
  log_.fill(60, {40, 50}, 2);
  log_.compact();
  back_up();
  auto manifest = *read_manifest(log_.files, backup_);
  manifest.code = {{"a.zip", 3, crc32c(0, "zip")}};
  ASSERT_TRUE(write_manifest(log_.files, backup_, manifest));
  ASSERT_TRUE((*log_.files.open(backup_ + "/a.zip", io::OpenMode::Create))->write_at(0, "zip"));
  ASSERT_THAT(check().damages, IsEmpty());
  auto files = manifest.log;
  files.push_back(manifest.code[0]);
  EXPECT_TRUE(std::ranges::any_of(files, [](const auto& file) { return compacted_base_of(file.name).has_value(); }));
  base::Random random{5};
  for (const BackupFile& file : files) {
    SCOPED_TRACE(file.name);
    const auto damage = [&] {
      const auto found = check();
      EXPECT_THAT(found.damages, SizeIs(1));
      const Damage only = found.damages.empty() ? Damage{} : found.damages[0];
      EXPECT_EQ(only.file, file.name);
      return only;
    };
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t offset = random.below(file.bytes);
      log_.flip(in_backup(file.name), offset);
      const Damage flipped = damage();
      EXPECT_LE(flipped.offset, offset);
      EXPECT_GT(flipped.offset + flipped.bytes, offset);
      EXPECT_THAT(flipped.what, HasSubstr("is damaged"));
      EXPECT_THAT(restore().error().message, HasSubstr(flipped.file + " " + flipped.what));
      log_.flip(in_backup(file.name), offset);
    }
    const std::string path = backup_ + "/" + file.name;
    std::filesystem::rename(path, path + ".aside");
    EXPECT_EQ(damage().what, "is missing.");
    std::filesystem::rename(path + ".aside", path);
    const std::string whole = log_.contents(in_backup(file.name));
    log_.truncate(in_backup(file.name), file.bytes - 1);
    EXPECT_EQ(damage().offset, file.bytes - 1);
    log_.overwrite(in_backup(file.name), 0, whole);
  }
  EXPECT_THAT(check().damages, IsEmpty());
}

// The others are checked nevertheless, and the moments before it are left.
TEST_F(BackupCheckTest, NamesThePlaceThatTheDiskRefusesToReadAndGoesOn) {
  const Error refused{ErrorCode::Unavailable, "EIO", {}};
  class Unopened final : public io::PassingFiles {
   public:
    Unopened(io::FileSystem& files, std::string path) : PassingFiles(files), path_(std::move(path)) {}
    Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
      if (path == path_) return Error{ErrorCode::Unavailable, "EIO", {}};
      return PassingFiles::open(path, mode);
    }

   private:
    const std::string path_;
  };
  log_.fill(60, {30});
  log_.compact();
  back_up();
  const auto manifest = *read_manifest(log_.files, backup_);
  const std::string last = manifest.log.back().name;
  for (const BackupFile& file : manifest.log) {
    SCOPED_TRACE(file.name);
    const std::string bad = backup_ + "/" + file.name;
    const std::uint64_t byte = file.bytes - 1, sector = byte / 4'096 * 4'096;
    auto reads = refusing(log_.files, bad, byte);
    Unopened unopened{log_.files, bad};
    if (file.name != last) log_.flip(in_backup(last), 9);
    const auto found = check({}, &reads);
    ASSERT_THAT(found.damages, SizeIs(file.name == last ? 1 : 2));
    const Damage& damage = found.damages[0];
    EXPECT_EQ(damage.file, file.name);
    EXPECT_EQ(damage.offset, sector);
    EXPECT_EQ(damage.bytes, file.bytes - sector);
    EXPECT_EQ(damage.what, "cannot be read at byte " + std::to_string(sector) + ": the disk refuses it.");
    EXPECT_EQ(check({}, &unopened).damages[0].what, "cannot be read: the disk refuses it.");
    EXPECT_EQ(check({}, &unopened).moments, found.moments);
    if (file.name != last) log_.flip(in_backup(last), 9);
  }
  // A disk that reads at the second try: still not sound.
  bool is_first = true;
  WatchedReads once{log_.files, [&](const std::string&, std::uint64_t, Result<std::size_t>& read) {
                      if (std::exchange(is_first, false)) read = refused;
                    }};
  const auto found = check({}, &once);
  ASSERT_THAT(found.damages, SizeIs(1));
  EXPECT_EQ(found.damages[0].what, "cannot be read: the disk refuses it.");
}

TEST_F(BackupCheckTest, SaysWhereTheRecordOrBlockIsThatCannotBeRead) {
  log_.fill(60, {40, 50});
  log_.compact();
  back_up();
  const std::string plain = log_.names(".seg")[0], compacted = log_.names(".compacted")[1];
  log_.flip(in_backup(plain), kSegmentHeaderBytes + 9);
  log_.flip(in_backup(compacted), kCompactedHeaderBytes + 50);
  const auto damages = check().damages;
  ASSERT_THAT(damages, SizeIs(2));
  EXPECT_EQ(damages[0].file, compacted);
  EXPECT_EQ(damages[0].offset, kCompactedHeaderBytes);
  EXPECT_THAT(damages[0].what, HasSubstr("is damaged at byte 64: the records from position "));
  EXPECT_EQ(damages[1].file, plain);
  EXPECT_EQ(damages[1].offset, kSegmentHeaderBytes);
  EXPECT_THAT(damages[1].what, HasSubstr("is damaged at byte 4096: the record there (position "));
}

// What an interrupted run leaves behind what it found, and beside it.
TEST_F(BackupCheckTest, OverlooksWhatIsNotPartOfTheBackup) {
  log_.fill(60, {20});
  back_up();
  const auto files = read_manifest(log_.files, backup_)->log;
  for (const BackupFile& file : files) log_.overwrite(in_backup(file.name), file.bytes, "more");
  ASSERT_TRUE(log_.files.open(backup_ + "/00000000ffffff00.seg", io::OpenMode::Create));
  EXPECT_THAT(check().damages, IsEmpty());
  EXPECT_EQ(check().whole.records, 60U);
}

TEST_F(BackupCheckTest, ItsMomentsAreThoseOfARestore) {
  log_.fill(60, {30, 50});
  {
    const auto opened = log_.open();
    ASSERT_TRUE((*opened)->trim((*opened)->end()));
  }
  back_up();
  EXPECT_EQ(check().moments, (std::vector{Moments{second_of(29), second_of(1'000)}}));
  expect_moments_are_those_of_a_restore(60);
}

TEST_F(BackupCheckTest, ItsMomentsAreThoseOfARestoreOfWhatWasCompacted) {
  log_.fill(25, {10, 20});
  back_up();
  log_.fill(60, {30, 40}, 2);
  log_.compact();
  back_up();
  EXPECT_THAT(check().moments, SizeIs(2));
  expect_moments_are_those_of_a_restore(85);
}

// With any one file damaged: the moments of the records before it are left, and no others are restored.
TEST_F(BackupCheckTest, ItsMomentsAreThoseOfARestoreOfWhatIsDamaged) {
  log_.fill(25, {10, 20});
  back_up();
  log_.fill(60, {30, 40}, 2);
  log_.compact();
  back_up();
  const auto sound = check().moments;
  std::size_t some_left = 0, all_left = 0;
  for (const BackupFile& file : read_manifest(log_.files, backup_)->log) {
    SCOPED_TRACE(file.name);
    log_.flip(in_backup(file.name), file.bytes / 2);
    const auto left = check().moments;
    if (left == sound) ++all_left;
    if (!left.empty() && left != sound) ++some_left;
    expect_moments_are_those_of_a_restore(85);
    EXPECT_EQ(restore().error().code, ErrorCode::Corrupt);
    log_.flip(in_backup(file.name), file.bytes / 2);
  }
  EXPECT_GT(some_left, 3U);
  EXPECT_GT(all_left, 0U) << "a snapshot that a later one can stand for";
}

TEST_F(BackupCheckTest, WhatIsRestoredWithoutTheDamagedFilesIsWhatItWas) {
  log_.fill(60, {10, 20});
  back_up();
  const auto names = log_.names(".seg");
  ASSERT_GT(names.size(), 3U);
  log_.flip(in_backup(names.back()), kSegmentHeaderBytes + 9);
  const std::uint64_t damaged_from = *segment_base_of(names.back());
  const auto first_lost = static_cast<std::size_t>(
      std::ranges::find(log_.records, damaged_from, [](const auto& record) { return record.position.value; }) -
      log_.records.begin());
  const auto restored = restore(log_.records[first_lost - 1].time - base::Duration{1});
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored_positions(), positions(0, first_lost - 1));
  ASSERT_THAT(restored->without, SizeIs(1));
  EXPECT_EQ(restored->without[0].file, names.back());
  // Only the next record can tell that no other belongs to this moment.
  const auto refused = restore(log_.records[first_lost - 1].time);
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr(names.back() + " is damaged at byte 4096"));
}

// Which functions existed at a moment is not known before a server has started.
TEST_F(BackupCheckTest, NoMomentIsRestoredWithDamagedCodeExceptWithoutIt) {
  log_.fill(60, {30});
  back_up();
  const auto sound = check().moments;
  auto manifest = *read_manifest(log_.files, backup_);
  manifest.code = {{"a.zip", 3, 0}};
  ASSERT_TRUE(write_manifest(log_.files, backup_, manifest));
  EXPECT_EQ(check().moments, sound);
  const std::string last = manifest.log.back().name;
  ASSERT_TRUE(snapshot_position_of(last));
  for (const bool with_damaged_log : {false, true}) {
    if (with_damaged_log) log_.flip(in_backup(last), 9);
    for (const auto at : {std::optional<base::Time>{}, std::optional{second_of(20)}}) {
      SCOPED_TRACE(testing::Message() << with_damaged_log << at.has_value());
      const auto refused = restore(at);
      EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
      EXPECT_THAT(refused.error().message, HasSubstr(with_damaged_log && !at ? last : "a.zip is missing."));
      const auto restored = restore(at, /*without_damaged_code=*/true);
      ASSERT_EQ(restored.has_value(), !with_damaged_log || at);
      if (!restored) continue;
      EXPECT_EQ(restored_positions(), positions(0, at ? 21 : 60));
      EXPECT_EQ(restored->without.back().file, "a.zip");
    }
  }
}

// A record from before a clock was set back hides those after it, until time has caught up.
TEST_F(BackupCheckTest, ItsMomentsDoNotGoBackWithTheClock) {
  log_.fill(20, {});
  {
    const auto opened = log_.open();
    for (const int second : {40, 30, 50}) ASSERT_TRUE((*opened)->append(100, second_of(second), "later"));
    ASSERT_TRUE((*opened)->commit());
  }
  back_up();
  EXPECT_EQ(check().moments, (std::vector{Moments{second_of(0), second_of(1'000)}}));
  expect_moments_are_those_of_a_restore(60);
  EXPECT_EQ(restore(second_of(30))->records, 20U);
  EXPECT_EQ(restore(second_of(40))->records, 22U);
}

}  // namespace
}  // namespace athanor::storage
