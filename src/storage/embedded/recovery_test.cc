// What a refused start leaves as it is, and what a successful one removes.
#include "storage/embedded/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "io/passing_files.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/repair.h"
#include "storage/embedded/test_log.h"

namespace athanor::storage {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ARefusedStart : public ::testing::Test {
 protected:
  std::map<std::string, std::string> files() {
    std::map<std::string, std::string> all;
    for (const std::string& name : log_.names()) all[name] = log_.contents(name);
    return all;
  }
  void expect_refused(ErrorCode code, const std::string& name, const std::string& why = "") {
    std::ofstream{log_.path("0000000000ffffff.seg.tmp")} << "half of a segment";
    const auto before = files();
    const auto refused = log_.open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr(log_.path(name)), HasSubstr(why)));
    EXPECT_TRUE(files() == before) << "nothing is changed";
  }
  // Puts a compacted segment beside `segment`, as if it had been made from it.
  std::string put_compacted(const SegmentHeader& segment, std::uint64_t end) {
    const auto writer = *CompactedWriter::begin(log_.files, log_.directory, segment.id, segment.base, end);
    EXPECT_TRUE(writer->append({.position = segment.base, .type = 100, .payload = "not what was there"}, {}));
    EXPECT_TRUE(writer->finish());
    EXPECT_TRUE(writer->put_in_place());
    return compacted_name(segment.base);
  }
  SegmentHeader header(const std::string& name) {
    return *decode_segment_header(log_.contents(name).substr(0, kSegmentHeaderBytes));
  }
  void expect_all_there() {
    const auto opened = log_.open();
    ASSERT_TRUE(opened) << opened.error().message;
    for (const auto& record : log_.records) {
      const auto read = (*opened)->read(record.position);
      ASSERT_TRUE(read) << record.position.value;
      EXPECT_EQ(read->payload, record.payload);
    }
  }

  TestLog log_;
};

// It may be another log's, or this one's of another time: the records it claims to cover are only in the plain one.
TEST_F(ARefusedStart, RemovesNoSegmentForACompactedOneThatWasNotMadeFromIt) {
  log_.fill(60, {30, 50});
  const auto names = log_.names(".seg");
  const SegmentHeader first = header(names[0]), last = header(names.back());
  const std::uint64_t end = *segment_base_of(names[1]);
  log_.keep();
  struct Case {
    SegmentHeader made_from;
    std::uint64_t end;
  };
  const Case cases[] = {
      {{first.id + 1, 0}, end}, {first, end + kRecordAlignment}, {first, *segment_base_of(names[2])}, {last, log_.end}};
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << c.made_from.base << " to " << c.end);
    const std::string foreign = put_compacted(c.made_from, c.end);
    ASSERT_NO_FATAL_FAILURE(expect_refused(ErrorCode::Corrupt, foreign));

    const auto found = inspect(log_.files, log_.directory);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_THAT(found->damages, SizeIs(1));
    EXPECT_EQ(found->damages[0].file, foreign);
    EXPECT_EQ(found->records, log_.records.size());
    EXPECT_EQ(found->damages[0].records_before, log_.records.size());
    base::Random random{3};
    ASSERT_TRUE(repair(log_.files, log_.directory, *found, "quarantine-1", random));
    EXPECT_THAT(log_.contents("quarantine-1/" + foreign), SizeIs(testing::Gt(0U)));
    EXPECT_TRUE(inspect(log_.files, log_.directory)->is_sound());
    ASSERT_NO_FATAL_FAILURE(expect_all_there());
    log_.bring_back();
  }
}

// It would be removed after this server saves its next one.
TEST_F(ARefusedStart, LeavesAnOlderSnapshotOfAnotherVersionAsItIs) {
  log_.fill(60, {30, 50});
  std::string older;
  for (const std::string& name : log_.names()) {
    if (older.empty() && name.starts_with("snapshot-")) older = name;
  }
  log_.overwrite(older, 8, {"\2", 1});
  log_.overwrite(older, 20, "another checksum");
  expect_refused(ErrorCode::UnknownFormat, older);
}

// Someone who saves and restores single files may confuse their names.
TEST_F(ARefusedStart, TakesNoFileForAnotherThatItIsNamedAs) {
  log_.fill(60, {40, 50});
  const std::string plain = log_.names(".seg")[1];
  log_.keep();
  std::filesystem::copy_file(log_.path(log_.names(".seg")[0]), log_.path(plain),
                             std::filesystem::copy_options::overwrite_existing);
  expect_refused(ErrorCode::Corrupt, plain, "renamed");
  log_.bring_back();
  log_.compact();
  const std::string compacted = log_.names(".compacted")[1];
  std::filesystem::copy_file(log_.path(log_.names(".compacted")[0]), log_.path(compacted),
                             std::filesystem::copy_options::overwrite_existing);
  expect_refused(ErrorCode::Corrupt, compacted, "renamed");
}

TEST_F(ARefusedStart, NamesACompactedFileThatIsCutOffOrLast) {
  log_.fill(60, {30, 50});
  log_.compact();
  const std::string last = log_.names(".compacted").back();
  log_.keep();
  log_.truncate(last, log_.contents(last).size() - 1);
  expect_refused(ErrorCode::Corrupt, last, "records are missing");
  log_.bring_back();
  for (const std::string& name : log_.names(".seg")) std::filesystem::remove(log_.path(name));
  expect_refused(ErrorCode::Corrupt, last, "cannot be the last file of the log");
}

TEST_F(ARefusedStart, MakesNoCommitMark) {
  log_.fill(60, {30});
  std::filesystem::remove(log_.path(std::string{kCommitMarkName}));
  const std::string first = log_.names(".seg").front();
  std::filesystem::remove(log_.path(snapshot_name(*inspect(log_.files, log_.directory)->sound_snapshot())));
  log_.flip(first, kSegmentHeaderBytes + 9);
  expect_refused(ErrorCode::Corrupt, first);
}

// A compacted segment made from the plain one beside it leaves out what only a snapshot has.
TEST(AStart, TakesThePlainSegmentWhereNoSnapshotHoldsWhatTheCompactedOneLeavesOut) {
  TestLog log;
  log.fill(60, {30, 50});
  log.keep();
  const auto records = log.records;
  log.compact();
  const std::string compacted = log.names(".compacted").front();
  const std::string bytes = log.contents(compacted);
  log.bring_back();
  ASSERT_TRUE(log.files.open(log.path(compacted), io::OpenMode::Create));
  log.overwrite(compacted, 0, bytes);
  for (const std::string& name : log.names()) {
    if (name.starts_with("snapshot-")) std::filesystem::remove(log.path(name));
  }
  EXPECT_TRUE(inspect(log.files, log.directory)->is_sound());
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().message;
  for (const auto& record : records) EXPECT_TRUE((*opened)->read(record.position)) << record.position.value;
  EXPECT_THAT(log.names(".compacted"), IsEmpty());
}

// A server died before removing the plain one, which has been damaged since: the other has what is needed of it.
TEST(AStart, TakesTheCompactedSegmentWhereThePlainOnesHeaderIsDamaged) {
  TestLog log;
  log.fill(60, {30, 50});
  log.keep();
  log.compact();
  const std::string compacted = log.names(".compacted").front();
  const std::string plain = segment_name(*compacted_base_of(compacted));
  const std::vector<log::Record> kept = log.records;
  ASSERT_TRUE(log.files.open(log.path(plain), io::OpenMode::Create));
  log.overwrite(plain, 0, std::string(3 * kSegmentHeaderBytes, '\0'));

  const auto found = inspect(log.files, log.directory);
  ASSERT_THAT(found->damages, SizeIs(1));
  EXPECT_EQ(found->damages[0].file, plain);
  EXPECT_THAT(found->damages[0].what, HasSubstr(compacted + " has everything that is needed from it"));
  for (const bool is_repaired : {true, false}) {
    base::Random random{3};
    if (is_repaired) ASSERT_TRUE(repair(log.files, log.directory, *found, "quarantine-1", random));
    const auto opened = log.open();
    ASSERT_TRUE(opened) << opened.error().message;
    for (const auto& record : kept) EXPECT_TRUE((*opened)->read(record.position)) << record.position.value;
    EXPECT_THAT(log.names(".seg"), Not(Contains(plain)));
    if (!is_repaired) continue;
    ASSERT_TRUE(log.files.open(log.path(plain), io::OpenMode::Create));
    log.overwrite(plain, 0, std::string(3 * kSegmentHeaderBytes, '\0'));
  }
}

// Of a snapshot file that has grown, only the state is read: the rest would not fit in memory.
TEST(AStart, PassesOverASnapshotThatIsFarTooLong) {
  TestLog log;
  log.fill(60, {30, 50});
  std::string newest;
  for (const std::string& name : log.names()) {
    if (snapshot_position_of(name)) newest = name;
  }
  log.truncate(newest, std::uint64_t{1} << 42);
  std::string said;
  auto settings = TestLog::settings();
  settings.report = [&](const std::string& text) { said += text; };
  const auto opened = open_embedded_log(log.files, log.directory, settings);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(said, HasSubstr(newest));
  EXPECT_TRUE(*(*opened)->load_snapshot());
}

TEST(AStart, RemovesWhatNeverWasFinishedAndLeavesDirectoriesAlone) {
  TestLog log;
  log.fill(20, {10});
  std::ofstream{log.path("0000000000ffffff.seg.tmp")} << "half of a segment";
  std::filesystem::create_directories(log.path("mine.tmp"));
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(log.names(".seg.tmp"), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_directory(log.path("mine.tmp")));
}

TEST(AStart, GivesUpAFormerReserveWhereNoneIsWantedNow) {
  TestLog log;
  auto settings = TestLog::settings();
  settings.reserve_bytes = 10'000;
  ASSERT_TRUE(open_embedded_log(log.files, log.directory, settings));
  EXPECT_THAT(log.names(), Contains(std::string{kReserveName}));
  ASSERT_TRUE(log.open());
  EXPECT_THAT(log.names(), Not(Contains(std::string{kReserveName})));
}

// A file system without a free inode creates no file, however many bytes are free.
class NoNewFiles final : public io::PassingFiles {
 public:
  using PassingFiles::PassingFiles;
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    if (mode == io::OpenMode::Create) return Error{ErrorCode::DiskFull, "no inode left", {}};
    return PassingFiles::open(path, mode);
  }
};

TEST(AStart, DoesWithoutAReserveThatCannotBeCreated) {
  TestLog log;
  log.fill(20, {10});
  NoNewFiles files{log.files};
  auto settings = TestLog::settings();
  settings.reserve_bytes = 10'000;
  const auto opened = open_embedded_log(files, log.directory, settings);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_FALSE((*opened)->has_room());
}

// Records the order in which names are made durable and removed.
class NotingFiles final : public io::PassingFiles {
 public:
  using PassingFiles::PassingFiles;
  Result<void> remove(const std::string& path) override {
    notes.push_back("remove " + path);
    return PassingFiles::remove(path);
  }
  Result<void> sync_directory(const std::string& path) override {
    notes.push_back("sync " + path);
    return PassingFiles::sync_directory(path);
  }

  std::vector<std::string> notes;
};

// A server may have died between renaming what stays and syncing the name: a power cut now may still lose that name,
// yet keep the removal of the other.
TEST(AStart, MakesTheNamesThatStayDurableBeforeItRemovesAny) {
  TestLog log;
  log.fill(20, {10});
  const std::string leftover = log.path("0000000000ffffff.seg.tmp");
  std::ofstream{leftover} << "half of a segment";
  NotingFiles files{log.files};
  ASSERT_TRUE(open_embedded_log(files, log.directory, TestLog::settings()));
  const auto removed = std::ranges::find(files.notes, "remove " + leftover);
  ASSERT_NE(removed, files.notes.end());
  EXPECT_NE(std::find(files.notes.begin(), removed, "sync " + log.directory), removed);
  EXPECT_EQ(files.notes.back(), "sync " + log.directory);
}

}  // namespace
}  // namespace athanor::storage
