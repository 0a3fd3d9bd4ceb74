#include "storage/embedded/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "base/random.h"
#include "log/codec.h"
#include "log/records_lost.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/segment_file.h"
#include "storage/embedded/snapshot_file.h"
#include "storage/embedded/test_log.h"

namespace athanor::storage {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Inspection look_at(TestLog& log, std::vector<RecordView>* records = nullptr, io::FileSystem* files = nullptr) {
  const auto visit = [&](const RecordView& record) {
    if (records != nullptr) records->push_back({record.position, record.durable_before, record.type, record.time, {}});
    return true;
  };
  auto found =
      inspect(files == nullptr ? log.files : *files, log.directory, {.visit = visit, .reads_past_refused = true});
  EXPECT_TRUE(found) << found.error().message;
  return found ? *std::move(found) : Inspection{};
}

// A reader who remembers where a record was appended finds it there, or is told that it is lost, and can continue from
// there to every later record: snapshots, archives and messages refer to such positions.
void expect_read_from_everywhere(const log::Log& opened, const std::map<std::uint64_t, log::Record>& appended,
                                 const std::vector<std::uint64_t>& readable) {
  for (const auto& [position, was] : appended) {
    SCOPED_TRACE(testing::Message() << "position " << position);
    const auto record = opened.read(log::LogPosition{position});
    if (std::ranges::binary_search(readable, position)) {
      ASSERT_TRUE(record) << record.error().detail;
      EXPECT_EQ(record->payload, was.payload);
    } else if (record) {
      EXPECT_EQ(record->type, log::RecordsLost::kType);
    } else {
      EXPECT_EQ(record.error().code, ErrorCode::NotFound) << record.error().detail;  // in a compacted segment
    }
    std::vector<std::uint64_t> found;
    const auto end = opened.scan(log::LogPosition{position}, [&](const log::Record& behind) {
      if (behind.type != log::RecordsLost::kType) found.push_back(behind.position.value);
      return true;
    });
    ASSERT_TRUE(end) << end.error().detail;
    const auto first = std::ranges::lower_bound(readable, position);
    EXPECT_EQ(found, std::vector<std::uint64_t>(first, readable.end()));
  }
}

// Repairs the log, seen as `files`; then a server must open it and find what could be read before, and nothing else.
void expect_repaired(TestLog& log, io::FileSystem* files = nullptr) {
  std::vector<RecordView> readable;
  const Inspection found = look_at(log, &readable, files);
  ASSERT_FALSE(found.is_sound());
  base::Random random{3};
  const auto repaired = repair(files == nullptr ? log.files : *files, log.directory, found, "quarantine-1", random);
  ASSERT_TRUE(repaired) << repaired.error().message;
  std::vector<RecordView> still_readable;
  const Inspection after = look_at(log, &still_readable);
  EXPECT_THAT(after.damages, IsEmpty());
  EXPECT_EQ(still_readable.size(), readable.size());

  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().message;
  std::map<std::uint64_t, log::Record> appended;
  for (const auto& record : log.records) appended[record.position.value] = record;
  std::vector<std::uint64_t> positions;
  const auto end = (*opened)->scan(log::LogPosition{0}, [&](const log::Record& record) {
    if (record.type == log::RecordsLost::kType) return true;
    positions.push_back(record.position.value);
    const auto was = appended.find(record.position.value);
    EXPECT_TRUE(was != appended.end() && was->second.payload == record.payload && was->second.time == record.time);
    return true;
  });
  ASSERT_TRUE(end) << end.error().detail;
  EXPECT_EQ(*end, (*opened)->end());
  std::vector<std::uint64_t> expected;
  for (const auto& record : readable) expected.push_back(record.position);
  EXPECT_EQ(positions, expected);
  ASSERT_NO_FATAL_FAILURE(expect_read_from_everywhere(**opened, appended, expected));
  // The log also continues.
  ASSERT_TRUE((*opened)->append(100, {}, "more"));
  ASSERT_TRUE((*opened)->commit());
}

TEST(Repair, HasNothingToDoForASoundLog) {
  TestLog log;
  log.fill(20, {10});
  EXPECT_THAT(*plan_repair(look_at(log)), IsEmpty());
}

TEST(Repair, GivesEachQuarantineANameOfItsOwn) {
  TestLog log;
  log.fill(1, {});
  const base::Time now{base::Duration{1'760'364'000'123}};
  for (const char* name :
       {"quarantine-20251013T140000Z", "quarantine-20251013T140000Z-2", "quarantine-20251013T140000Z-3"}) {
    EXPECT_EQ(*new_quarantine(log.files, log.directory, now), name);
    ASSERT_TRUE(log.files.create_directories(log.path(name)));
  }
  EXPECT_EQ(*new_quarantine(log.files, log.directory, now + std::chrono::seconds{1}), "quarantine-20251013T140001Z");
}

TEST(Repair, SaysWhatItDoesWithTheCommitMark) {
  TestLog log;
  log.fill(20, {10});
  const std::string mark{kCommitMarkName};
  log.flip(mark, 20);
  EXPECT_THAT(*plan_repair(look_at(log)),
              ElementsAre("commit is copied into the quarantine and written again; nothing is lost."));
  std::filesystem::remove(log.path(mark));
  EXPECT_THAT(*plan_repair(look_at(log)), ElementsAre("commit is written again; nothing is lost."));
  expect_repaired(log);
}

TEST(Repair, RefusesWhatItCannotMend) {
  TestLog log;
  log.fill(60, {30, 50});
  log.keep();
  {
    const auto opened = log.open();
    ASSERT_TRUE((*opened)->trim((*opened)->end()));
  }
  for (const auto& snapshot : look_at(log).snapshots) log.flip(snapshot_name(snapshot.position), 41);
  EXPECT_THAT(plan_repair(look_at(log)).error().message, HasSubstr("No snapshot can be read"));

  log.bring_back();
  const auto names = log.names(".seg");
  std::filesystem::rename(log.path(names[2]), log.path(segment_name(*segment_base_of(names[2]) + 8)));
  EXPECT_THAT(plan_repair(look_at(log)).error().message, HasSubstr("rename it to " + names[2]));

  log.bring_back();
  std::filesystem::rename(log.path(names[1]), log.path("aside"));
  std::filesystem::rename(log.path(names[2]), log.path(names[1]));
  std::filesystem::rename(log.path("aside"), log.path(names[2]));
  EXPECT_THAT(plan_repair(look_at(log)).error().message, HasSubstr(names[1] + " has the wrong name"));

  log.bring_back();
  for (const std::string& name : log.names(".seg")) std::filesystem::remove(log.path(name));
  EXPECT_THAT(plan_repair(look_at(log)).error().message, HasSubstr("restore a backup"));
}

TEST(Repair, KeepsEverythingButTheRecordThatAFlippedBitHit) {
  TestLog log;
  log.fill(40, {20, 30});
  log.keep();
  base::Random random{11};
  for (const std::string& name : log.names()) {
    const std::uint64_t used = log.used_bytes(name);
    for (int i = 0; i < 6; ++i) {
      const std::uint64_t offset = random.below(i % 2 == 0 ? std::min<std::uint64_t>(used, 48) : used);
      SCOPED_TRACE(testing::Message() << name << ", byte " << offset);
      log.flip(name, offset);
      const std::string damaged = log.contents(name);
      ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
      EXPECT_EQ(log.contents("quarantine-1/" + name), damaged) << "nothing is deleted";
      EXPECT_THAT(log.contents("quarantine-1/note.txt"), HasSubstr(name));
      log.bring_back();
    }
  }
}

TEST(Repair, KeepsEverythingAroundASectorThatTheDiskRefuses) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  log.overwrite(log.names(".seg").back(), 12'000, std::string(5'000, '\0'));  // filled ahead
  log.keep();
  for (const std::string& name : log.names()) {
    const std::string before = log.contents(name);
    for (std::uint64_t sector = 0; sector < before.size(); sector += 4'096) {
      SCOPED_TRACE(testing::Message() << name << ", byte " << sector);
      auto files = refusing(log.files, log.path(name), sector);
      ASSERT_NO_FATAL_FAILURE(expect_repaired(log, &files));
      std::string kept = before;
      const auto end = kept.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(sector + 4'096, kept.size()));
      if (!snapshot_position_of(name)) std::fill(kept.begin() + static_cast<std::ptrdiff_t>(sector), end, '\0');
      EXPECT_EQ(log.contents("quarantine-1/" + name), kept) << "as much as could be read; a snapshot is moved";
      EXPECT_THAT(log.contents("quarantine-1/note.txt"), HasSubstr("he disk refuses"));
      log.bring_back();
    }
  }
}

// Otherwise an earlier backup would take it for the one that it holds.
TEST(Repair, GivesASegmentThatLosesRecordsAnotherIdAndKeepsThatOfEveryOther) {
  TestLog log;
  log.fill(40, {20, 30});
  const auto names = log.names(".seg");
  const auto ids = [&] {
    std::vector<std::uint64_t> found;
    for (const std::string& name : names) found.push_back(segment_id_in(log.contents(name)));
    return found;
  };
  const auto before = ids();
  log.flip(names[0], 4'000);  // its header: no record is lost
  log.flip(names[1], kSegmentHeaderBytes + 9);
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
  const auto after = ids();
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(after[i] != before[i], i == 1) << i;
}

// Damage of every size, in several places at once, up to whole files.
TEST(Repair, MendsManyPlacesAndWholeFiles) {
  TestLog log;
  log.fill(80, {40, 60});
  log.keep();
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random{seed};
    const auto names = log.names();
    for (auto places = 1 + random.below(4); places > 0; --places) {
      const std::string name = names[random.below(names.size())];
      if (!std::filesystem::exists(log.path(name))) continue;
      const std::uint64_t used = log.used_bytes(name);
      const std::uint64_t offset = random.below(used);
      switch (random.below(5)) {
        case 0:
          std::filesystem::remove(log.path(name));
          break;
        case 1:
          log.truncate(name, std::min<std::uint64_t>(offset, log.contents(name).size()));
          break;
        case 2:
          log.overwrite(name, offset,
                        std::string(1 + random.below(std::min<std::uint64_t>(used - offset, 6'000)), '\0'));
          break;
        default:
          log.overwrite(name, offset, "\xff\xff\xff\xff\xff\xff\xff\xff\xff");
      }
    }
    const Inspection found = look_at(log);
    if (found.is_sound()) {  // a snapshot that is gone leaves no trace
      EXPECT_TRUE(log.open());
    } else if (!found.segments.empty()) {
      ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    }
    log.bring_back();
  }
}

TEST(Repair, FillsAHoleLargerThanARecord) {
  // After one record of the largest size there would be room for another, or for less than the smallest.
  for (const auto& [first, second] : {std::pair{limits::kRecordBytes, limits::kRecordBytes},
                                      {limits::kRecordBytes - kRecordHeaderBytes + kRecordAlignment, std::size_t{0}}}) {
    SCOPED_TRACE(second);
    TestLog log;
    {
      auto opened = open_embedded_log(log.files, log.directory, {.seed = 7});
      for (const std::size_t bytes : {std::size_t{10}, first, second, std::size_t{10}}) {
        log.records.push_back({(*opened)->end(), 100, {}, std::string(bytes, 'x')});
        ASSERT_TRUE((*opened)->append(100, {}, log.records.back().payload));
      }
      ASSERT_TRUE((*opened)->commit());
    }
    const std::string name = log.names(".seg")[0];
    for (const std::size_t i : {1U, 2U}) log.flip(name, kSegmentHeaderBytes + log.records[i].position.value + 10);
    expect_repaired(log);
  }
}

// The position of a snapshot, and many others referred to, is then inside one lost record and begins none.
TEST(Repair, LeavesNoPlaceFromWhichNothingCanBeRead) {
  TestLog log;
  log.fill(60, {30, 50});
  const std::uint64_t snapshot = look_at(log).snapshots.back().position;
  std::string segment;
  for (const std::string& name : log.names(".seg")) {
    if (*segment_base_of(name) < snapshot) segment = name;
  }
  const std::uint64_t offset = kSegmentHeaderBytes + snapshot - *segment_base_of(segment);
  log.overwrite(segment, offset - 10, std::string(20, '\0'));
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
  const auto opened = *log.open();
  const auto lost = opened->read(log::LogPosition{snapshot});
  ASSERT_TRUE(lost) << lost.error().detail;
  EXPECT_EQ(lost->type, log::RecordsLost::kType);
  bool told = false;  // that the state rebuilt from here has missed records
  ASSERT_TRUE(opened->scan(log::LogPosition{snapshot}, [&](const log::Record& record) {
    told = record.type == log::RecordsLost::kType && log::decode<log::RecordsLost>(record.payload);
    return false;
  }));
  EXPECT_TRUE(told);
}

// Its state did not result from the records before it.
TEST(Repair, TakesASnapshotOfAnotherLogOutOfTheWay) {
  TestLog log;
  log.fill(60, {30, 50});
  const std::uint64_t own = look_at(log).snapshots.back().position;
  const log::LogPosition inside_a_record{log.records.back().position.value + kRecordAlignment};
  const std::string foreign = snapshot_name(inside_a_record.value);
  ASSERT_TRUE(write_snapshot(log.files, log.directory, {inside_a_record, "state of another log"}));
  const auto refused = log.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(foreign));
  const Inspection found = look_at(log);
  ASSERT_THAT(found.damages, SizeIs(1));
  EXPECT_EQ(found.damages[0].file, foreign);
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
  EXPECT_EQ(look_at(log).sound_snapshot(), own);
}

// Sound records are not blamed for it.
TEST(Repair, TakesACopyOfASegmentUnderAWrongNameOutOfTheWay) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  log.keep();
  struct Case {
    std::string name;
    std::string copy;
  };
  const std::uint64_t plain = *segment_base_of(log.names(".seg").front());
  const std::uint64_t compacted = *compacted_base_of(log.names(".compacted")[1]);
  const std::string last = log.names(".seg").back();
  const Case cases[] = {
      {segment_name(plain), segment_name(plain + 8)},     {segment_name(plain), segment_name(log.end + 8'000)},
      {segment_name(plain), segment_name(compacted)},     {compacted_name(compacted), compacted_name(compacted + 8)},
      {compacted_name(compacted), compacted_name(plain)}, {last, segment_name(*segment_base_of(last) + 8)}};
  for (const auto& [name, copy] : cases) {
    SCOPED_TRACE(copy);
    std::filesystem::copy_file(log.path(name), log.path(copy));
    const Inspection found = look_at(log);
    ASSERT_THAT(found.damages, SizeIs(1));
    EXPECT_EQ(found.damages[0].file, copy);
    EXPECT_EQ(found.records, log.records.size());
    EXPECT_EQ(found.end, log.end);
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    EXPECT_FALSE(log.contents("quarantine-1/" + copy).empty());
    log.bring_back();
  }
}

// As when one that was made of several was copied into an older state of its log.
TEST(Repair, KeepsOfACompactedSegmentWhatTheFilesBehindItDoNotStandFor) {
  TestLog log;
  log.fill(60, {30, 50});
  const auto names = log.names(".seg");
  const std::uint64_t end = *segment_base_of(names[2]);
  {
    const auto writer = *CompactedWriter::begin(log.files, log.directory, 1, 0, end);
    for (const auto& record : log.records) {
      if (record.position.value < end)
        ASSERT_TRUE(writer->append(
            {.position = record.position.value, .type = record.type, .time = record.time, .payload = record.payload},
            {}));
    }
    ASSERT_TRUE(writer->finish());
    ASSERT_TRUE(writer->put_in_place());
  }
  std::filesystem::remove(log.path(names[0]));
  const auto refused = log.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("after the beginning of the next file"));
  const Inspection found = look_at(log);
  ASSERT_THAT(found.damages, SizeIs(1));
  EXPECT_EQ(found.damages[0].file, compacted_name(0));
  EXPECT_THAT(found.damages[0].what, HasSubstr("after the beginning of the next file"));
  EXPECT_EQ(found.records, log.records.size());
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
}

TEST(Repair, KeepsACompactedSegmentThatAnotherReachesInto) {
  TestLog log;
  log.fill(80, {50, 70});
  log.compact();
  const auto names = log.names(".compacted");
  ASSERT_GE(names.size(), 3U);
  {
    const auto first = *CompactedFile::open(log.files, log.directory, 0);
    const std::uint64_t end = *compacted_base_of(names[2]) - kRecordAlignment;
    const auto writer = *CompactedWriter::begin(log.files, log.directory, first->header().id, 0, end);
    ASSERT_TRUE(writer->append_all(*first, 0));
    ASSERT_TRUE(writer->finish());
    ASSERT_TRUE(writer->put_in_place());
  }
  EXPECT_FALSE(log.open());
  EXPECT_EQ(look_at(log).records, log.records.size());
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
}

// Trusting its name alone would fill the log up to there.
TEST(Repair, ADamagedSnapshotDoesNotSayWhereTheLogEnds) {
  TestLog log;
  log.fill(60, {30, 50});
  log.keep();
  for (const std::uint64_t position : {log.end + 80'000, std::uint64_t{1} << 60, ~std::uint64_t{0}}) {
    SCOPED_TRACE(position);
    ASSERT_TRUE(log.files.open(log.path(snapshot_name(position)), io::OpenMode::Create));
    EXPECT_EQ(log.open().error().code, ErrorCode::Corrupt);
    const Inspection found = look_at(log);
    ASSERT_THAT(found.damages, SizeIs(1));
    EXPECT_EQ(found.damages[0].file, snapshot_name(position));
    EXPECT_EQ(found.end, log.end);
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    EXPECT_EQ(look_at(log).lost_bytes, 0U);
    log.bring_back();
  }
}

// A sound one so far ahead is more likely another log's than evidence that so much is missing.
TEST(Repair, DoesNotFillUpToASnapshotThatIsFarAhead) {
  TestLog log;
  log.fill(60, {30, 50});
  const log::LogPosition position{std::uint64_t{1} << 40};
  ASSERT_TRUE(write_snapshot(log.files, log.directory, {position, "state of another log"}));
  const auto plan = plan_repair(look_at(log));
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr(snapshot_name(position.value)));
}

// Trusting its name alone would fill the log up to there, or give up what the file before it holds.
TEST(Repair, TakesAFileInWhichNothingCanBeReadOutOfTheWay) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  log.keep();
  const std::uint64_t first = *segment_base_of(log.names(".seg")[0]);
  const std::uint64_t compacted = *compacted_base_of(log.names(".compacted")[1]);
  for (const std::uint64_t base : {log.end + 800'000, std::uint64_t{1} << 44, std::uint64_t{15} << 60, first + 8,
                                   first + 13, compacted + 8, compacted + 13}) {
    for (const std::string_view bytes : {"", "garbage"}) {
      SCOPED_TRACE(testing::Message() << base << ' ' << bytes);
      ASSERT_TRUE((*log.files.open(log.path(segment_name(base)), io::OpenMode::Create))->write_at(0, bytes));
      EXPECT_EQ(log.open().error().code, ErrorCode::Corrupt);
      const Inspection found = look_at(log);
      ASSERT_THAT(found.damages, SizeIs(1));
      EXPECT_EQ(found.damages[0].file, segment_name(base));
      EXPECT_EQ(found.records, log.records.size());
      EXPECT_EQ(found.end, log.end);
      ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
      EXPECT_EQ(look_at(log).lost_bytes, 0U);
      EXPECT_EQ(log.contents("quarantine-1/" + segment_name(base)), bytes);
      log.bring_back();
    }
  }
}

TEST(Repair, DoesNotFillUpToAFileThatIsFarAhead) {
  TestLog log;
  log.fill(60, {30, 50});
  const SegmentHeader foreign{.id = 1, .base = std::uint64_t{1} << 44};
  ASSERT_TRUE(create_segment(log.files, log.directory, foreign, 512));
  const auto plan = plan_repair(look_at(log));
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr(segment_name(foreign.base)));
}

TEST(Repair, KeepsEverySoundBlockOfACompactedSegment) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  log.keep();
  base::Random random{12};
  for (const std::string& name : log.names(".compacted")) {
    const std::uint64_t size = log.contents(name).size();
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t offset = i % 2 == 0 ? random.below(64) : random.below(size);
      SCOPED_TRACE(testing::Message() << name << ", byte " << offset);
      log.flip(name, offset);
      const std::string damaged = log.contents(name);
      ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
      EXPECT_EQ(log.contents("quarantine-1/" + name), damaged) << "nothing is deleted";
      log.bring_back();
    }
    // Both headers are damaged: nothing in the file can be found.
    log.flip(name, 20);
    log.flip(name, size - 20);
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    log.bring_back();
  }
}

// A server died before removing the plain one: the start takes the compacted one if it is sound and a snapshot holds
// what it leaves out, and otherwise the plain one.
TEST(Repair, LeavesOneOfAPlainAndACompactedSegmentOfTheSameRecords) {
  TestLog log;
  log.fill(60, {40, 50});
  const auto plain = log.names(".seg");
  std::vector<std::string> bytes;
  for (const std::string& name : plain) bytes.push_back(log.contents(name));
  const auto all = log.records;
  log.compact();
  const auto kept = log.records;
  const std::string compacted = log.names(".compacted")[1];
  const auto at =
      static_cast<std::size_t>(std::ranges::find(plain, segment_name(*compacted_base_of(compacted))) - plain.begin());
  ASSERT_TRUE(log.files.open(log.path(plain[at]), io::OpenMode::Create));
  log.overwrite(plain[at], 0, bytes[at]);
  log.keep();
  {
    SCOPED_TRACE("the disk refuses some of the compacted one, which a start would read");
    auto files = refusing(log.files, log.path(compacted), log.contents(compacted).size() / 2);
    const Inspection found = look_at(log, nullptr, &files);
    ASSERT_THAT(found.damages, SizeIs(1));
    EXPECT_EQ(found.damages[0].file, compacted);
    EXPECT_THAT(found.damages[0].what, HasSubstr("other files have all that is needed from it"));
    log.records = all;
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log, &files));
    EXPECT_THAT(log.names(".compacted"), Not(Contains(compacted)));
    log.records = kept;
  }
  log.bring_back();
  log.flip(plain[at], kSegmentHeaderBytes + 9);
  log.keep();
  {
    SCOPED_TRACE("the plain one is damaged");
    const Inspection found = look_at(log);
    ASSERT_THAT(found.damages, SizeIs(1));
    EXPECT_EQ(found.damages[0].file, plain[at]);
    EXPECT_THAT(found.damages[0].what, HasSubstr(compacted + " has everything that is needed from it"));
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    EXPECT_THAT(log.names(".seg"), Not(Contains(plain[at])));
    for (const auto& record : kept) EXPECT_TRUE((*log.open())->read(record.position)) << record.position.value;
  }
  log.bring_back();
  log.records = all;
  {
    SCOPED_TRACE("both are");
    log.flip(compacted, log.contents(compacted).size() / 2);
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    EXPECT_THAT(log.names(".seg"), Contains(plain[at]));
    EXPECT_THAT(log.names(".compacted"), Not(Contains(compacted)));
  }
}

// Who keeps its records is no longer known, and the next compaction finds out.
TEST(Repair, LeavesACompactedSegmentThatIsCompactedAgain) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  const std::string name = log.names(".compacted").front();
  log.flip(name, log.contents(name).size() - kCompactedHeaderBytes - 5);  // in its index
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
  const auto opened = *log.open();
  const auto compact = [&] {
    return opened->compact(opened->end(), EvenTypes{}, [](const log::CompactionStep&) { return true; })->segments;
  };
  EXPECT_EQ(compact(), 1U);
  EXPECT_EQ(compact(), 0U);
  for (const auto& record : log.records) EXPECT_TRUE(opened->read(record.position)) << record.position.value;
}

TEST(Repair, FillsThePlaceOfMissingFilesAroundCompactedOnes) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  log.keep();
  for (const std::string& name : log.names(".compacted")) {
    SCOPED_TRACE(name);
    std::filesystem::remove(log.path(name));
    ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
    log.bring_back();
  }
  for (const std::string& name : log.names(".seg")) std::filesystem::remove(log.path(name));
  ASSERT_NO_FATAL_FAILURE(expect_repaired(log));
}

}  // namespace
}  // namespace athanor::storage
