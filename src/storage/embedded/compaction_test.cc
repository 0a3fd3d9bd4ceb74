// A log that compacts its old segments, on the real disk; sim/log_test.cc does it on a faulty one.
#include "storage/embedded/compaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "io/passing_files.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/inspect.h"
#include "storage/embedded/repair.h"
#include "storage/embedded/test_log.h"

namespace athanor::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool go_on(const log::CompactionStep&) { return true; }

// Keepers by number; records of type n are kept by n % 4.
class Some final : public log::Keepers {
 public:
  explicit Some(std::set<std::uint64_t> there) : there_(std::move(there)) {}
  std::vector<std::uint64_t> keepers_of(log::RecordType type, base::Time, std::string_view) const override {
    return there_.contains(type % 4) ? std::vector<std::uint64_t>{type % 4U} : std::vector<std::uint64_t>{};
  }
  bool keeps(std::uint64_t keeper, base::Time) const override { return there_.contains(keeper); }

 private:
  const std::set<std::uint64_t> there_;
};

std::vector<std::uint64_t> positions(const log::Log& log, std::uint64_t from = 0) {
  std::vector<std::uint64_t> found;
  EXPECT_TRUE(log.scan(log::LogPosition{from}, [&](const log::Record& record) {
    found.push_back(record.position.value);
    return true;
  }));
  return found;
}

class Compaction : public ::testing::Test {
 protected:
  Compaction() { log_.fill(80, {50, 70}); }

  std::size_t files(std::string_view ending) { return log_.names(ending).size(); }

  TestLog log_;
};

TEST_F(Compaction, KeepsWhatIsKeptWhereItIs) {
  const auto all = log_.records;
  const std::size_t plain = files(".seg");
  log_.compact();
  const std::size_t compacted = files(".compacted");
  ASSERT_GE(compacted, 3U);
  EXPECT_EQ(files(".seg"), plain - compacted);
  const auto log = *log_.open();
  const std::uint64_t whole_from = *segment_base_of(log_.names(".seg").front());
  std::vector<std::uint64_t> expected;
  for (const auto& record : all) {
    const bool kept = record.position.value >= whole_from || EvenTypes::keeps(record.type);
    const auto read = log->read(record.position);
    ASSERT_EQ(read.has_value(), kept) << record.position.value;
    if (kept) {
      EXPECT_EQ(read->payload, record.payload);
      EXPECT_EQ(read->time, record.time);
      EXPECT_EQ(read->type, record.type);
      expected.push_back(record.position.value);
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::NotFound);
      EXPECT_THAT(read.error().message, HasSubstr("not kept"));
    }
  }
  EXPECT_EQ(positions(*log), expected);
  for (const std::uint64_t from : {expected[3], expected[3] + 8, whole_from, whole_from - 8}) {
    std::vector<std::uint64_t> rest = expected;
    std::erase_if(rest, [&](std::uint64_t position) { return position < from; });
    EXPECT_EQ(positions(*log, from), rest) << from;
  }
}

// The way a replay reads: one page, then on from there.
TEST_F(Compaction, AScanGoesOnWhereItWasEnded) {
  log_.compact();
  const auto log = *log_.open();
  std::vector<std::uint64_t> found;
  log::LogPosition from{0};
  while (from < log->end()) {
    bool came = false;
    const auto next = log->scan(from, [&](const log::Record& record) {
      found.push_back(record.position.value);
      came = true;
      return false;
    });
    ASSERT_TRUE(next);
    ASSERT_GT(*next, from);
    from = *next;
    if (!came) break;
  }
  EXPECT_EQ(found, positions(*log));
}

TEST_F(Compaction, LeavesWhatASnapshotMayNeed) {
  const auto log = *log_.open();
  const std::uint64_t older = *snapshot_position_of(log_.names()[files(".seg") + 1]);
  ASSERT_TRUE(log->compact(log->end(), Some{{}}, go_on));
  EXPECT_LE(*segment_base_of(log_.names(".seg").front()), older);
  for (const std::uint64_t position : positions(*log))
    EXPECT_GE(position, *segment_base_of(log_.names(".seg").front()));
}

TEST_F(Compaction, IsDoneAgainOnlyWhereHalfOfItIsKeptByNobody) {
  const auto log = *log_.open();
  const auto first = log->compact(log->end(), Some{{0, 1, 2, 3}}, go_on);
  ASSERT_TRUE(first);
  ASSERT_GE(first->segments, 3U);
  EXPECT_EQ(log->compact(log->end(), Some{{0, 1, 2, 3}}, go_on)->segments, 0U);
  EXPECT_EQ(log->compact(log->end(), Some{{}}, go_on)->segments, first->segments);
  for (const std::string& name : log_.names(".compacted"))
    EXPECT_EQ(log_.contents(name).size(), 2 * kCompactedHeaderBytes) << "nothing is left but headers";
  EXPECT_EQ(log->compact(log->end(), Some{{}}, go_on)->segments, 0U);
}

TEST_F(Compaction, EndsWhenItIsToldTo) {
  const auto log = *log_.open();
  const auto all = positions(*log);
  const auto ended = log->compact(log->end(), Some{{0}}, [](const log::CompactionStep&) { return false; });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->segments, 0U);
  EXPECT_EQ(positions(*log), all);
  EXPECT_THAT(log_.names(".tmp"), IsEmpty());
}

TEST_F(Compaction, LeavesADamagedSegmentAsItIsAndSaysSo) {
  const std::string damaged = log_.names(".seg")[1];
  log_.flip(damaged, kSegmentHeaderBytes + 30);
  std::vector<std::string> said;
  auto settings = TestLog::settings();
  settings.report = [&](const std::string& sentence) { said.push_back(sentence); };
  const auto log = *open_embedded_log(log_.files, log_.directory, settings);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(log->compact(log->end(), EvenTypes{}, go_on));
  EXPECT_THAT(log_.names(damaged), SizeIs(1));
  EXPECT_GE(files(".compacted"), 2U);
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_THAT(said[0], HasSubstr(damaged));
  EXPECT_THAT(said[0], HasSubstr("byte 4096"));
}

// A later sync of the same directory may succeed, but proves nothing.
TEST_F(Compaction, StopsTheLogWhereNobodyKnowsWhichNameAFileHas) {
  class Failing final : public io::PassingFiles {
   public:
    using PassingFiles::PassingFiles;
    Result<void> rename(const std::string& from, const std::string& to) override {
      renamed = renamed || to.ends_with(".compacted");
      return PassingFiles::rename(from, to);
    }
    Result<void> sync_directory(const std::string& path) override {
      if (std::exchange(renamed, false)) return Error{code, "Cannot sync directory " + path, {}};
      return PassingFiles::sync_directory(path);
    }

    ErrorCode code = ErrorCode::Unavailable;
    bool renamed = false;
  };
  log_.keep();
  for (const ErrorCode code : {ErrorCode::Unavailable, ErrorCode::DiskFull}) {
    log_.bring_back();
    Failing files{log_.files};
    files.code = code;
    const auto log = *open_embedded_log(files, log_.directory, TestLog::settings());
    EXPECT_FALSE(log->compact(log->end(), EvenTypes{}, go_on));
    EXPECT_EQ(log->append(100, {}, "more").error().code, ErrorCode::Unavailable);
  }
}

TEST_F(Compaction, WhatIsCompactedIsFreedAsAnyOther) {
  log_.compact();
  const auto log = *log_.open();
  const std::string second = log_.names(".compacted")[1];
  ASSERT_TRUE(log->trim(log::LogPosition{*compacted_base_of(second)}));
  EXPECT_EQ(log_.names(".compacted").front(), second);
  EXPECT_EQ(log->read(log::LogPosition{0}).error().code, ErrorCode::NotFound);
}

// A server died after creating the compacted segment and before removing the plain one.
TEST_F(Compaction, OfTwoFilesTheSoundOneIsTaken) {
  const std::string plain = log_.names(".seg")[1];
  const std::string bytes = log_.contents(plain);
  const std::string compacted = compacted_name(*segment_base_of(plain));
  log_.compact();
  const auto put_back = [&] {
    (void)*log_.files.open(log_.path(plain), io::OpenMode::Create);
    log_.overwrite(plain, 0, bytes);
  };
  put_back();
  {
    ASSERT_TRUE(log_.open());
  }
  EXPECT_THAT(log_.names(plain), IsEmpty());
  EXPECT_THAT(log_.names(compacted), SizeIs(1));
  put_back();
  log_.flip(compacted, kCompactedHeaderBytes + 50);
  {
    ASSERT_TRUE(log_.open());
  }
  EXPECT_THAT(log_.names(plain), SizeIs(1));
  EXPECT_THAT(log_.names(compacted), IsEmpty());
}

// --- Neighbours

class MergedNeighbours : public Compaction {
 protected:
  MergedNeighbours() {
    log_.fill(150, {100, 140}, 2);
    log_.compact();
    for (const std::string& name : files_before_ = log_.names(".compacted")) contents_[name] = log_.contents(name);
  }

  // Compacts with settings that merge small neighbours; returns how many were merged into another.
  std::uint64_t merge(const log::Keepers& keepers = EvenTypes{}) {
    auto settings = TestLog::settings();
    settings.compacted_neighbours_min = 3;
    const auto log = open_embedded_log(log_.files, log_.directory, settings);
    EXPECT_TRUE(log) << log.error().message;
    const auto done = (*log)->compact((*log)->end(), keepers, go_on);
    EXPECT_TRUE(done);
    return done->merged;
  }
  void put_back(const std::string& name) {
    (void)*log_.files.open(log_.path(name), io::OpenMode::Create);
    log_.overwrite(name, 0, contents_[name]);
  }
  void expect_all_there() {
    const auto log = log_.open();
    ASSERT_TRUE(log) << log.error().message;
    std::vector<std::uint64_t> expected;
    for (const auto& record : log_.records) {
      expected.push_back(record.position.value);
      const auto read = (*log)->read(record.position);
      ASSERT_TRUE(read) << record.position.value << ": " << read.error().message;
      EXPECT_EQ(read->payload, record.payload);
    }
    EXPECT_EQ(positions(**log), expected);
  }

  std::vector<std::string> files_before_;
  std::map<std::string, std::string> contents_;
};

TEST_F(MergedNeighbours, HoldTheSameRecords) {
  const std::uint64_t merged = merge();
  EXPECT_GE(merged, 2U);
  EXPECT_EQ(files(".compacted"), files_before_.size() - merged);
  ASSERT_NO_FATAL_FAILURE(expect_all_there());
  EXPECT_EQ(merge(), 0U) << "they are not alike any more";
}

// However long a log is, if nothing of it is kept, only a few files remain.
TEST_F(MergedNeighbours, AreOneWhereNothingIsKept) {
  EXPECT_EQ(merge(Some{{}}), files_before_.size() - 1);
  ASSERT_THAT(log_.names(".compacted"), SizeIs(1));
  EXPECT_EQ(log_.contents(files_before_.front()).size(), 2 * kCompactedHeaderBytes);
}

TEST_F(MergedNeighbours, AreFreedTogether) {
  merge(Some{{}});
  const auto log = *log_.open();
  const std::uint64_t end = *segment_base_of(log_.names(".seg").front());
  ASSERT_TRUE(log->trim(log::LogPosition{end - 8}));
  EXPECT_THAT(log_.names(".compacted"), SizeIs(1));
  ASSERT_TRUE(log->trim(log::LogPosition{end}));
  EXPECT_THAT(log_.names(".compacted"), IsEmpty());
}

// A server died after creating the merged one and before removing the others.
TEST_F(MergedNeighbours, ThatAreStillThereAreRemovedByTheNextStart) {
  merge();
  const auto names = log_.names(".compacted");
  for (const std::string& name : files_before_) {
    if (std::ranges::find(names, name) == names.end()) put_back(name);
  }
  ASSERT_EQ(files(".compacted"), files_before_.size());
  const auto found = inspect(log_.files, log_.directory);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->is_sound()) << found->damages.front().file << " " << found->damages.front().what;
  ASSERT_NO_FATAL_FAILURE(expect_all_there());
  EXPECT_EQ(log_.names(".compacted"), names);
}

TEST_F(MergedNeighbours, ThatAreStillThereStayWhenTheOneIsDamaged) {
  merge();
  const std::string one = log_.names(".compacted").front();
  const auto gone = std::ranges::find_if(files_before_, [&](const std::string& name) { return name > one; });
  ASSERT_THAT(log_.names(*gone), IsEmpty());
  put_back(*gone);
  log_.flip(one, kCompactedHeaderBytes + 50);
  const auto refused = log_.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr(one));
  EXPECT_THAT(log_.names(*gone), SizeIs(1));
}

TEST_F(MergedNeighbours, ThatAreStillThereAreWhatARepairKeepsWhenTheOneIsDamaged) {
  merge();
  const std::string one = log_.names(".compacted").front();
  const auto names = log_.names(".compacted");
  for (const std::string& name : files_before_) {
    if (std::ranges::find(names, name) == names.end()) put_back(name);
  }
  log_.flip(one, kCompactedHeaderBytes + 50);
  const auto found = inspect(log_.files, log_.directory);
  ASSERT_TRUE(found) << found.error().message;
  base::Random random{3};
  ASSERT_TRUE(repair(log_.files, log_.directory, *found, "quarantine-1", random));
  const std::uint64_t next =
      *compacted_base_of(*std::ranges::find_if(files_before_, [&](auto& name) { return name > one; }));
  std::erase_if(log_.records, [&](const log::Record& record) { return record.position.value < next; });
  const auto log = log_.open();
  ASSERT_TRUE(log) << log.error().message;
  for (const auto& record : log_.records) {
    const auto read = (*log)->read(record.position);
    ASSERT_TRUE(read) << record.position.value << ": " << read.error().message;
    EXPECT_EQ(read->payload, record.payload);
  }
}

TEST_F(Compaction, ADamagedBlockIsNamedByReadsAndHidesNothingElse) {
  log_.compact();
  const std::string damaged = log_.names(".compacted")[1];
  log_.flip(damaged, kCompactedHeaderBytes + 50);
  const auto log = *log_.open();
  std::size_t refused = 0;
  for (const auto& record : log_.records) {
    const auto read = log->read(record.position);
    if (read) continue;
    ++refused;
    EXPECT_EQ(read.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(read.error().detail, HasSubstr(damaged));
    EXPECT_THAT(read.error().detail, HasSubstr("byte 64"));
  }
  EXPECT_GT(refused, 0U);
  EXPECT_LT(refused, log_.records.size() / 2);
}

// As when a disk has written a block to the wrong place.
TEST_F(Compaction, ASoundBlockInThePlaceOfAnotherIsDamage) {
  log_.fill(60, {}, 2);
  const std::string name = compacted_name(log_.end);
  const auto writer = *CompactedWriter::begin(log_.files, log_.directory, 7, log_.end, log_.end + 10'000'000);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const std::string payload(kBlockBytes, static_cast<char>('a' + i));
    ASSERT_TRUE(writer->append({.position = log_.end + i * 1'000'000, .type = 100, .payload = payload}, {}));
  }
  ASSERT_TRUE(writer->finish());
  ASSERT_TRUE(writer->put_in_place());
  const auto places = (*CompactedFile::open(log_.files, log_.directory, log_.end))->index().blocks;
  ASSERT_THAT(places, SizeIs(3));
  const std::string bytes = log_.contents(name);
  log_.overwrite(name, places[1].offset,
                 std::string_view{bytes}.substr(places[0].offset, places[1].offset - places[0].offset));
  const auto file = *CompactedFile::open(log_.files, log_.directory, log_.end);
  EXPECT_EQ(file->read(places[1].first).error().code, ErrorCode::Corrupt);
  EXPECT_TRUE(file->read(places[0].first));
  EXPECT_TRUE(file->read(places[2].first));
}

// The threads of a server: one appends, commits, saves snapshots and frees; one compacts; others read.
TEST(CompactionBesideOthers, LosesNothingThatIsKept) {
  TestLog test;
  auto settings = TestLog::settings();
  settings.compacted_neighbours_min = 3;
  const auto log = *open_embedded_log(test.files, test.directory, settings);
  std::atomic<bool> is_over = false;
  std::atomic<std::uint64_t> freed_before = 0;
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, std::string>> kept;  // of an even type: position and payload

  std::thread compacts{[&] {
    while (!is_over) ASSERT_TRUE(log->compact(log->commit_position(), EvenTypes{}, go_on));
  }};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&, reader] {
      base::Random random{static_cast<std::uint64_t>(reader)};
      while (!is_over) {
        std::pair<std::uint64_t, std::string> wanted;
        {
          const std::lock_guard lock(mutex);
          if (kept.empty()) continue;
          wanted = kept[random.below(kept.size())];
        }
        const auto read = log->read(log::LogPosition{wanted.first});
        if (!read && wanted.first < freed_before) continue;
        ASSERT_TRUE(read) << read.error().message << " " << read.error().detail;
        ASSERT_EQ(read->payload, wanted.second);
        if (random.one_in(20)) {
          const auto scanned = log->scan(log::LogPosition{wanted.first}, [](const log::Record&) { return true; });
          ASSERT_TRUE(scanned || wanted.first < freed_before) << scanned.error().detail;
        }
      }
    });
  }
  base::Random random{9};
  for (int i = 0; i < 1'500; ++i) {
    std::string payload(random.below(400), static_cast<char>('a' + i % 26));
    const auto type = static_cast<log::RecordType>(100 + random.below(4));
    const auto position = log->append(type, {}, payload);
    ASSERT_TRUE(position);
    if (!random.one_in(3)) continue;
    ASSERT_TRUE(log->commit());
    if (EvenTypes::keeps(type)) {
      const std::lock_guard lock(mutex);
      kept.emplace_back(position->value, std::move(payload));
    }
    if (random.one_in(5)) ASSERT_TRUE(log->save_snapshot({log->commit_position(), "state"}));
    if (random.one_in(30)) {
      freed_before = position->value / 4;
      ASSERT_TRUE(log->trim(log::LogPosition{freed_before}));
    }
  }
  is_over = true;
  compacts.join();
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace athanor::storage
