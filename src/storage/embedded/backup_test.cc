#include "storage/embedded/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/embedded/compacted_format.h"
#include "storage/embedded/inspect.h"
#include "storage/embedded/pieces.h"
#include "storage/embedded/repair.h"
#include "storage/embedded/test_backup.h"

namespace athanor::storage {
namespace {

using ::testing::HasSubstr;

TEST(BackupManifest, RefusesAnyFlippedBit) {
  const BackupManifest manifest{
      .taken = base::Time{base::Duration{1'700'000'000'123}},
      .extent = {.begin = 8, .end = 4'096},
      .log = {{"0000000000000008.seg", 5'000, 0xDEADBEEF}, {"snapshot-0000000000000010", 9, 0}},
      .code = {{"functions/code/ab/a file", 1, 7}}};
  const std::string text = print_manifest(manifest);
  EXPECT_EQ(*parse_manifest(text), manifest);
  EXPECT_EQ(*parse_manifest(print_manifest({})), BackupManifest{});
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(parse_manifest(damaged)) << bit;
  }
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_manifest(text.substr(0, size))) << size;
  EXPECT_EQ(parse_manifest("athanor backup, format 2\n").error().code, ErrorCode::UnknownFormat);
}

// A restore writes files of these names, perhaps as root, and the checksum is no secret.
TEST(BackupManifest, NamesNothingOutsideTheDirectory) {
  for (const char* name : {"/etc/x", "..", "../x", "functions/code/../../../x", "functions/.."}) {
    const auto refused = parse_manifest(print_manifest({.code = {{name, 1, 7}}}));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  }
  EXPECT_TRUE(parse_manifest(print_manifest({.code = {{"functions/code/..a..", 1, 7}}})));
}

TEST(BackupManifest, HasNoSegmentWithoutItsHeader) {
  EXPECT_FALSE(parse_manifest(print_manifest({.log = {{segment_name(0), kSegmentHeaderBytes - 1, 7}}})));
  EXPECT_TRUE(parse_manifest(print_manifest({.log = {{segment_name(0), kSegmentHeaderBytes, 7}}})));
}

TEST_F(BackupTest, BringsBackWhatWasThere) {
  log_.fill(60, {30, 50});
  back_up();
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->records, 60U);
  EXPECT_EQ(restored->end, log_.end);
  EXPECT_EQ(restored_positions(), positions(0, 60));
}

TEST_F(BackupTest, TellsHowFarItIs) {
  log_.fill(60, {30, 50});
  log_.compact();
  std::uint64_t done = 0, total = 0;
  const auto noted = [&](std::uint64_t bytes, std::uint64_t of) {
    EXPECT_GT(bytes, done);
    EXPECT_LE(bytes, of);
    done = bytes;
    total = of;
  };
  ASSERT_TRUE(log_.files.create_directories(backup_));
  auto manifest = back_up_log(log_.files, log_.directory, backup_, std::nullopt, noted);
  ASSERT_TRUE(manifest);
  EXPECT_EQ(std::exchange(done, 0), total);
  ASSERT_TRUE(log_.files.create_directories(restored_));
  ASSERT_TRUE(restore_log(log_.files, backup_, restored_, *manifest, {}, random_, noted));
  EXPECT_EQ(done, total);
}

// The mark is not synced with each commit: a power cut may set it back.
TEST_F(BackupTest, OfAStoppedLogReachesAsFarAsItsRecords) {
  log_.fill(60, {30});
  log_.overwrite("commit", 0, encode_commit_mark({.begin = 0, .end = log_.records[50].position.value}));
  back_up();
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, 60));
}

// Whoever else holds the directory, the mark is only as new as the last server that wrote it: a server that is starting
// has not done so yet, and what only reads the log never does.
TEST_F(BackupTest, OfALogThatIsHeldAfterAPowerCutWaitsForTheMarkOrTheLock) {
  log_.fill(60, {30});
  const std::string whole = log_.contents("commit");
  const auto set_back = [&] {
    log_.overwrite("commit", 0, encode_commit_mark({.begin = 0, .end = log_.records[50].position.value}));
  };
  ASSERT_TRUE(log_.files.create_directories(backup_));
  for (const bool is_further : {false, true}) {
    SCOPED_TRACE(is_further);
    const auto before = *read_whole_manifest(log_.files, backup_);
    ASSERT_EQ(before.has_value(), is_further);
    set_back();
    auto holder = *hold_log_directory(log_.files, log_.directory);
    int waits = 0;
    const auto refused = back_up_log(log_.files, log_.directory, backup_, before, {}, [&] { ++waits; });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("start the server once, then back up"));
    EXPECT_GT(waits, 0);

    const auto released = back_up_log(log_.files, log_.directory, backup_, before, {}, [&] { holder.reset(); });
    ASSERT_TRUE(released) << released.error().message;
    EXPECT_EQ(released->extent.end, log_.end);

    set_back();
    holder = *hold_log_directory(log_.files, log_.directory);
    const auto started =
        back_up_log(log_.files, log_.directory, backup_, before, {}, [&] { log_.overwrite("commit", 0, whole); });
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_EQ(started->extent.end, log_.end);
    ASSERT_TRUE(write_manifest(log_.files, backup_, *started));
  }
}

// What follows the damaged record was acknowledged, too.
TEST_F(BackupTest, OfALogThatIsHeldAfterAPowerCutLooksBehindADamagedRecord) {
  log_.fill(60, {30});
  const std::uint64_t position = log_.records[57].position.value;
  const std::string tail = log_.names(".seg").back();
  ASSERT_LT(*segment_base_of(tail), position);
  log_.overwrite("commit", 0, encode_commit_mark({.begin = 0, .end = position}));
  log_.flip(tail, kSegmentHeaderBytes + position - *segment_base_of(tail) + 9);
  const auto holder = *hold_log_directory(log_.files, log_.directory);
  ASSERT_TRUE(log_.files.create_directories(backup_));
  EXPECT_EQ(back_up_log(log_.files, log_.directory, backup_, std::nullopt).error().code, ErrorCode::Unavailable);
}

TEST_F(BackupTest, OfALogThatIsHeldAndWhoseMarkIsWholeDoesNotWait) {
  log_.fill(60, {30});
  const auto holder = *hold_log_directory(log_.files, log_.directory);
  ASSERT_TRUE(log_.files.create_directories(backup_));
  const auto added = back_up_log(log_.files, log_.directory, backup_, std::nullopt, {}, [] { ADD_FAILURE(); });
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->extent.end, log_.end);
}

TEST_F(BackupTest, OfAnEmptyLogIsAnEmptyLog) {
  log_.fill(0, {});
  back_up();
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, 0));
}

TEST_F(BackupTest, NeedsALog) {
  ASSERT_TRUE(log_.files.create_directories(backup_));
  EXPECT_EQ(back_up_log(log_.files, log_.directory, backup_, std::nullopt).error().code, ErrorCode::NotFound);
  EXPECT_EQ(restore().error().code, ErrorCode::NotFound);
}

TEST_F(BackupTest, IsNoDataDirectory) {
  log_.fill(60, {});
  back_up();
  for (const Error& refused : {open_embedded_log(log_.files, backup_, TestLog::settings()).error(),
                               hold_log_directory(log_.files, backup_).error(),
                               back_up_log(log_.files, backup_, restored_, std::nullopt).error()}) {
    EXPECT_EQ(refused.code, ErrorCode::IllegalStatus);
    EXPECT_THAT(refused.message, HasSubstr("is a backup. athanor restore"));
  }
}

// A wrong variable in a nightly command is enough to try it.
TEST_F(BackupTest, IsNotWrittenOverTheLogOfAServer) {
  TestLog other;
  other.fill(60, {});
  log_.fill(60, {});
  const auto refused = back_up_log(log_.files, log_.directory, other.directory, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::IllegalStatus);
  EXPECT_THAT(refused.error().message, HasSubstr("holds the log of a server"));
  const auto found = inspect(other.files, other.directory);
  EXPECT_TRUE(found && found->is_sound());
}

TEST_F(BackupTest, RefusesADamagedLogAndSaysWhere) {
  log_.fill(60, {});
  const std::string name = log_.names(".seg")[1];
  log_.flip(name, kSegmentHeaderBytes + 9);
  ASSERT_TRUE(log_.files.create_directories(backup_));
  const auto refused = back_up_log(log_.files, log_.directory, backup_, std::nullopt);
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr(name + " is damaged at byte 4096"));
}

// The server has already read these files and does not notice the damage.
// A second try may succeed, and damage is for good.
TEST_F(BackupTest, OfAStoppedLogEndsWithTheErrorOfADiskThatRefuses) {
  log_.fill(60, {});
  ASSERT_TRUE(log_.files.create_directories(backup_));
  for (const std::string& name : {std::string{kCommitMarkName}, log_.names(".seg")[1]}) {
    auto files = refusing(log_.files, log_.path(name), 0);
    EXPECT_EQ(back_up_log(files, log_.directory, backup_, std::nullopt).error().code, ErrorCode::Unavailable) << name;
  }
}

TEST_F(BackupTest, RefusesWhatIsDamagedUnderAServerThatRuns) {
  log_.fill(60, {40, 50});
  log_.compact();
  const auto server = log_.open();
  ASSERT_TRUE(log_.files.create_directories(backup_));
  for (const auto& [name, offset] : {std::pair{log_.names(".compacted")[1], kCompactedHeaderBytes + 50},
                                     {log_.names(".seg")[0], kSegmentHeaderBytes + 9}}) {
    log_.flip(name, offset);
    const auto refused = back_up_log(log_.files, log_.directory, backup_, std::nullopt);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(refused.error().message + refused.error().detail, HasSubstr(name));
    log_.flip(name, offset);
  }
  back_up();
  ASSERT_TRUE(restore());
}

TEST_F(BackupTest, GoesBackToAnyMomentThatItHoldsTheStateOf) {
  log_.fill(60, {30, 50});
  back_up();
  const auto at = [](const log::Record& record) { return record.time; };
  EXPECT_THAT(restore(at(log_.records[0]) - base::Duration{1}).error().message,
              HasSubstr(" is of 2023-11-14T22:13:20.000Z, later than the time given"));
  for (const std::size_t count : {1UL, 29UL, 30UL, 31UL, 59UL, 60UL}) {
    SCOPED_TRACE(count);
    const auto restored = restore(at(log_.records[count - 1]));
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->records, count);
    EXPECT_EQ(restored_positions(), positions(0, count));
  }
  {
    const auto opened = log_.open();
    ASSERT_TRUE((*opened)->trim((*opened)->end()));
  }
  std::filesystem::remove_all(backup_);
  back_up();
  EXPECT_THAT(restore(at(log_.records[28])).error().message, HasSubstr("has no state for that time"));
  ASSERT_TRUE(restore(at(log_.records[29])));
  EXPECT_EQ(restored_positions().back(), log_.records[29].position.value);
}

TEST_F(BackupTest, AddsWhatIsNewAndKeepsWhatTheServerHasFreed) {
  for (int run = 0; run < 4; ++run) {
    log_.fill(25, {5, 15}, static_cast<std::uint64_t>(run) + 1);
    back_up();
    const auto opened = log_.open();
    ASSERT_TRUE((*opened)->trim((*opened)->end()));
  }
  ASSERT_FALSE(std::filesystem::exists(log_.path(segment_name(0)))) << "freed";
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, 100));
  ASSERT_TRUE(restore(log_.records[10].time));
  EXPECT_EQ(restored_positions(), positions(0, 11));
}

TEST_F(BackupTest, RefusesToAddWhatDoesNotGoOn) {
  log_.fill(40, {20});
  log_.keep();
  log_.fill(5, {}, 2);
  back_up();
  log_.bring_back();
  EXPECT_THAT(refusal(), HasSubstr("ends before the end of the backup"));
  log_.fill(40, {}, 3);  // a different history from there on
  EXPECT_THAT(refusal(), HasSubstr("holds different records than the backup"));
  std::filesystem::remove_all(backup_);
  back_up();
  log_.fill(40, {20, 30, 40}, 4);
  {
    const auto opened = log_.open();
    ASSERT_TRUE((*opened)->trim((*opened)->end()));
  }
  EXPECT_THAT(refusal(), HasSubstr("has freed records that are not in the backup"));
}

TEST_F(BackupTest, GoesOnFromALogOfWhichAllWasRestored) {
  log_.fill(40, {10, 20});
  back_up();
  log_.fill(30, {15, 25}, 2);
  log_.compact();
  back_up();
  ASSERT_TRUE(restore());
  log_.directory = restored_;
  log_.fill(30, {15, 25}, 3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  log_.compact();
  EXPECT_EQ(refusal(), "");
}

// Whatever is compacted, and however long the new history is, only what the backup holds can be restored.
TEST_F(BackupTest, RefusesALogThatWasRestoredToAnEarlierMoment) {
  log_.fill(60, {10, 50});
  back_up();
  const std::vector<log::Record> all = log_.records;
  std::size_t merged = 0;
  for (std::size_t count = 1; count < all.size(); count += 3) {
    ASSERT_TRUE(restore(all[count - 1].time));
    log_.directory = restored_;
    for (const int more : {30, 90}) {
      SCOPED_TRACE(testing::Message() << count << " records, and " << more << " more");
      log_.fill(more, {10, 20}, count + 1);
      EXPECT_NE(refusal(), "");
    }
    ASSERT_NO_FATAL_FAILURE(log_.compact());
    EXPECT_NE(refusal(), "") << count << " records, compacted";
    merged += compact_and_merge();
    EXPECT_NE(refusal(), "") << count << " records, merged";
    ASSERT_TRUE(restore());
    log_.records = all;
    EXPECT_EQ(restored_positions(), positions(0, all.size()));
  }
  EXPECT_GT(merged, 10U);
}

// Both servers begin with the backup's own files. What one of them merges by compaction has the first file's id.
TEST_F(BackupTest, RefusesASecondServerThatGoesOnFromTheWholeOfIt) {
  log_.fill(60, {10, 50});
  back_up();
  ASSERT_TRUE(restore());
  const std::string first = log_.directory;
  log_.fill(20, {10}, 2);
  back_up();
  log_.directory = restored_;
  log_.fill(200, {150, 180}, 3);
  EXPECT_THAT(refusal(), HasSubstr("holds different records than the backup"));
  ASSERT_GT(compact_and_merge(), 0U);
  EXPECT_THAT(refusal(), HasSubstr("holds different records than the backup"));
  log_.directory = first;
  EXPECT_EQ(refusal(), "");
}

// The files that both servers started with grow under the same ids.
TEST_F(BackupTest, RefusesASecondServerThatHasOnlyBegunToGoOn) {
  log_.fill(60, {10, 50});
  back_up();
  ASSERT_TRUE(restore());
  const std::string first = log_.directory;
  const std::size_t segments = log_.names(".seg").size();
  log_.fill(1, {}, 2);
  back_up();
  log_.directory = restored_;
  log_.fill(3, {}, 3);
  ASSERT_EQ(log_.names(".seg").size(), segments);
  EXPECT_THAT(refusal(), HasSubstr("holds different records than the backup"));
  log_.directory = first;
  EXPECT_EQ(refusal(), "");
}

// The state after the hole differs from the one that the backup would restore.
TEST_F(BackupTest, RefusesALogThatWasRepairedSince) {
  log_.fill(60, {10, 50});
  back_up();
  log_.keep();
  for (const std::string& name : log_.names(".seg")) {
    SCOPED_TRACE(name);
    log_.flip(name, kSegmentHeaderBytes + 9);
    const auto found = inspect(log_.files, log_.directory);
    base::Random random{3};
    ASSERT_TRUE(repair(log_.files, log_.directory, *found, "quarantine-1", random));
    EXPECT_THAT(refusal(), HasSubstr("holds different records than the backup"));
    log_.fill(30, {}, 2);
    EXPECT_THAT(refusal(), HasSubstr("holds different records than the backup"));
    log_.bring_back();
  }
}

TEST_F(BackupTest, AnyFlippedBitIsFoundWhenItIsRestored) {
  log_.fill(40, {20, 30});
  back_up();
  ASSERT_TRUE(restore());
  base::Random random{5};
  for (const std::string& name : *log_.files.list(backup_)) {
    const std::string in_backup = "../data-backup/" + name;
    for (int i = 0; i < 6; ++i) {
      const std::uint64_t offset = random.below(log_.contents(in_backup).size());
      SCOPED_TRACE(testing::Message() << name << ", byte " << offset);
      log_.flip(in_backup, offset);
      const auto refused = restore();
      EXPECT_FALSE(refused);
      if (!refused) EXPECT_THAT(refused.error().message, HasSubstr(name));
      log_.flip(in_backup, offset);
    }
    std::filesystem::rename(backup_ + "/" + name, backup_ + "/away");
    EXPECT_FALSE(restore()) << name;
    std::filesystem::rename(backup_ + "/away", backup_ + "/" + name);
  }
  EXPECT_TRUE(restore());
}

TEST_F(BackupTest, IsNotAddedToWhenAFileOfItIsMissingOrCutOff) {
  log_.fill(40, {20, 30});
  back_up();
  auto manifest = *read_manifest(log_.files, backup_);
  manifest.code = {{"a.zip", 3, 0}};
  ASSERT_TRUE(write_manifest(log_.files, backup_, manifest));
  const auto code = *log_.files.open(backup_ + "/a.zip", io::OpenMode::Create);
  ASSERT_TRUE(code->write_at(0, "zip"));
  ASSERT_TRUE(read_whole_manifest(log_.files, backup_));

  manifest.log.push_back(manifest.code[0]);
  for (const BackupFile& file : manifest.log) {
    const std::string path = backup_ + "/" + file.name;
    std::filesystem::rename(path, path + ".aside");
    const auto missing = read_whole_manifest(log_.files, backup_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(missing.error().message, path + " is missing.");
    std::filesystem::rename(path + ".aside", path);

    std::filesystem::resize_file(path, file.bytes - 1);
    const auto cut = read_whole_manifest(log_.files, backup_);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(cut.error().message, HasSubstr(path + " has "));
    std::filesystem::resize_file(path, file.bytes);
  }
}

TEST_F(BackupTest, ABackupThatBrokeOffIsNoneAndTheNextRunGoesOn) {
  log_.fill(40, {20});
  ASSERT_TRUE(log_.files.create_directories(backup_));
  ASSERT_TRUE(back_up_log(log_.files, log_.directory, backup_, std::nullopt));  // no manifest
  EXPECT_EQ(restore().error().code, ErrorCode::NotFound);
  back_up();
  log_.fill(20, {}, 2);
  const auto before = read_manifest(log_.files, backup_);
  ASSERT_TRUE(back_up_log(log_.files, log_.directory, backup_, *before));
  ASSERT_TRUE(restore()) << "what is longer than the manifest says is as good as that";
  EXPECT_EQ(restored_positions(), positions(0, 40));
  back_up();
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, 60));
}

// The remains are of a compacted segment that was longer then: the server has compacted it again since.
TEST_F(BackupTest, TakesNothingOfWhatARunThatBrokeOffHasLeft) {
  log_.fill(60, {40, 50});
  log_.compact();
  ASSERT_TRUE(log_.files.create_directories(backup_));
  const std::string name = log_.names(".compacted")[0];
  const auto left = *log_.files.open(backup_ + "/" + name, io::OpenMode::Create);
  ASSERT_TRUE(left->write_at(0, std::string(log_.contents(name).size() + 100, 'x')));
  back_up();
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, log_.records.size()));
}

TEST_F(BackupTest, CopiesNoFileThatEndsTooEarly) {
  const auto file = *log_.files.open(log_.home.path() + "/file", io::OpenMode::Create);
  ASSERT_TRUE(file->write_at(0, "0123456789"));
  EXPECT_TRUE(copy_bytes(*file, nullptr, 2, 10, 0, "file"));
  EXPECT_EQ(copy_bytes(*file, nullptr, 2, 11, 0, "file").error().message, "file ends at byte 10, before byte 11.");
}

// The server writes, saves snapshots and frees files between any two steps of the copy.
TEST_F(BackupTest, OfALogThatIsWrittenAndFreedMeanwhileHoldsAllThatWasCommittedBefore) {
  log_.fill(40, {10, 30});
  const auto log = *log_.open();
  int meddled = 0;
  for (const int every : {1, 2, 3, 5, 8}) {
    SCOPED_TRACE(every);
    std::filesystem::remove_all(backup_);
    const std::uint64_t committed = log->commit_position().value;
    int step = 0;
    int life = 0;
    Meddling files{log_.files, [&] {
                     if (++step % every != 0 || life++ >= 10) return;
                     ++meddled;
                     for (int i = 0; i < 15; ++i) {
                       log::Record record{log->end(), 100, base::Time{base::Duration{1'800'000'000'000}},
                                          std::string(400, 'm')};
                       ASSERT_TRUE(log->append(record.type, record.time, record.payload));
                       log_.records.push_back(std::move(record));
                     }
                     ASSERT_TRUE(log->commit());
                     ASSERT_TRUE(log->save_snapshot({log->end(), "state at " + std::to_string(log->end().value)}));
                     ASSERT_TRUE(log->trim(log->end()));
                   }};
    ASSERT_NO_FATAL_FAILURE(back_up(&files));
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error().message;
    const auto found = restored_positions();
    ASSERT_FALSE(found.empty());
    EXPECT_GE(restored->end, committed);
    std::vector<std::uint64_t> expected;
    for (const auto& record : log_.records) {
      if (record.position.value >= found.front() && record.position.value < restored->end)
        expected.push_back(record.position.value);
    }
    EXPECT_EQ(found, expected) << "without a hole";
  }
  EXPECT_GT(meddled, 20);
}

// A start that finds the directory locked gives up, and a supervisor does not try again.
TEST_F(BackupTest, LocksAStoppedLogWhileItReadsWhatAStartWould) {
  log_.fill(80, {40, 70});
  std::uint64_t read_locked = 0;
  WatchedReads files{
      log_.files, [&](const std::string& path, std::uint64_t offset, Result<std::size_t>& read) {
        if (path.ends_with(".seg") && offset >= kSegmentHeaderBytes && !hold_log_directory(log_.files, log_.directory))
          read_locked += read.value_or(0);
      }};
  ASSERT_NO_FATAL_FAILURE(back_up(&files));
  EXPECT_GT(read_locked, 0U);
  EXPECT_LT(read_locked, log_.end - log_.records[40].position.value);
  ASSERT_TRUE(restore());
  EXPECT_EQ(restored_positions(), positions(0, 80));
}

TEST_F(BackupTest, LetsAServerStartWhileItCopies) {
  log_.fill(40, {20, 30});
  std::unique_ptr<log::Log> server;
  Meddling files{log_.files, [&] {
                   if (server) return;
                   if (auto opened = open_embedded_log(log_.files, log_.directory, TestLog::settings()))
                     server = *std::move(opened);
                 }};
  ASSERT_NO_FATAL_FAILURE(back_up(&files));
  EXPECT_NE(server, nullptr);
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->end, log_.end);
}

}  // namespace
}  // namespace athanor::storage
