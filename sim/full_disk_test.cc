// The embedded log with a reserve on a disk that fills up: it says so, goes on, and recovers when there is room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/passing_files.h"
#include "sim/disk.h"
#include "storage/embedded/open.h"

namespace athanor::sim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class FullDisk : public ::testing::Test {
 protected:
  void open() {
    log_.reset();
    auto opened = storage::open_embedded_log(disk_, "log", settings_);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = *std::move(opened);
  }

  Result<void> write(std::size_t bytes, log::RecordType type = 1) {
    return write(std::string(bytes, static_cast<char>('a' + written_.size() % 26)), type);
  }
  Result<void> write(std::string payload, log::RecordType type) {
    ATHANOR_CHECK(log_->append(type, {}, payload));
    ATHANOR_CHECK(log_->commit());
    written_.push_back(std::move(payload));
    return {};
  }

  // Accepts as long as there is room, as an engine does.
  void fill_the_disk() {
    disk_.set_capacity(60'000);
    for (int i = 0; log_->has_room(); ++i) {
      ASSERT_TRUE(write(300)) << "the reserve is there for what was accepted";
      ASSERT_LT(i, 1'000);
    }
  }

  void save_two_snapshots() {
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(write(10));
      ASSERT_TRUE(log_->save_snapshot({log_->commit_position(), "state"}));
    }
  }

  void expect_all_there() {
    std::vector<std::string> found;
    ASSERT_TRUE(log_->scan({}, [&](const log::Record& record) {
      found.push_back(record.payload);
      return true;
    }));
    EXPECT_THAT(found, ElementsAreArray(written_));
  }

  Disk disk_;
  storage::EmbeddedLogSettings settings_{.segment_bytes = 2'000,
                                         .fill_ahead_bytes = 500,
                                         .reserve_bytes = 20'000,
                                         .seed = 7,
                                         .report = [this](const std::string& said) { said_.push_back(said); }};
  std::unique_ptr<log::Log> log_;
  std::vector<std::string> written_;
  std::vector<std::string> said_;
};

TEST_F(FullDisk, WhatMakesRoomGoesOnInTheReserve) {
  open();
  fill_the_disk();
  ASSERT_THAT(said_, ::testing::SizeIs(1));
  EXPECT_THAT(said_[0], HasSubstr("The disk is full"));
  EXPECT_EQ(disk_.contents("log/reserve")->size(), 10'000U) << "the other half stands behind a compaction";
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(write(100)) << "small records, " << i;
  ASSERT_TRUE(log_->save_snapshot({log_->commit_position(), std::string(3'000, 's')}));
  expect_all_there();
  open();
  expect_all_there();
}

// What frees room must find some, and nothing else has asked for the reserve yet.
TEST_F(FullDisk, GivesUpAPartOfTheReserveWhereOnlyTheZerosFindNoRoom) {
  open();
  disk_.set_capacity(disk_.used_bytes());
  while (log_->has_room()) ASSERT_TRUE(write(100));
  ASSERT_EQ(disk_.contents("log/reserve")->size(), 20'000U);
  ASSERT_TRUE(log_->make_room());
  EXPECT_FALSE(log_->has_room());
  EXPECT_EQ(disk_.contents("log/reserve")->size(), 10'000U);
}

TEST_F(FullDisk, AcceptsAgainByItselfWhenThereIsRoom) {
  open();
  fill_the_disk();
  ASSERT_TRUE(log_->make_room());
  EXPECT_FALSE(log_->has_room()) << "there is none yet";
  disk_.set_capacity(100'000);
  ASSERT_TRUE(log_->make_room());
  EXPECT_TRUE(log_->has_room());
  EXPECT_EQ(disk_.contents("log/reserve")->size(), 20'000U);
  EXPECT_THAT(said_.back(), HasSubstr("room on the disk again"));
  ASSERT_TRUE(write(10'000));
  expect_all_there();
}

TEST_F(FullDisk, MakesRoomOfItsOwnBySnapshotsAndTrims) {
  open();
  fill_the_disk();
  save_two_snapshots();
  ASSERT_TRUE(log_->trim(log_->commit_position()));
  ASSERT_TRUE(log_->make_room());
  EXPECT_TRUE(log_->has_room());
}

// Records of type 2 are an archive's.
constexpr log::RecordType kArchived = 2;
class Archive final : public log::Keepers {
 public:
  std::vector<std::uint64_t> keepers_of(log::RecordType type, base::Time, std::string_view) const override {
    return is_there && type == kArchived ? std::vector<std::uint64_t>{1} : std::vector<std::uint64_t>{};
  }
  bool keeps(std::uint64_t, base::Time) const override { return is_there; }

  bool is_there = true;
};

bool go_on(const log::CompactionStep&) { return true; }

// Nothing is freed before what the archive keeps, so only compaction makes room.
TEST_F(FullDisk, MakesRoomOfWhatAnArchiveKeepsALittleOf) {
  open();
  ASSERT_TRUE(write(10, kArchived));
  fill_the_disk();
  save_two_snapshots();
  const std::string kept = written_.front();
  ASSERT_GE(log_->compact(log_->commit_position(), Archive{}, go_on)->segments, 5U);
  ASSERT_TRUE(log_->make_room());
  EXPECT_TRUE(log_->has_room());
  EXPECT_EQ(log_->read({})->payload, kept);
}

class FullOfArchived : public FullDisk {
 protected:
  FullOfArchived() {
    settings_.segment_bytes = 1'000'000;
    settings_.reserve_bytes = 1'000'000;
    open();
    disk_.set_capacity(8'000'000);
    base::Random random{1};
    for (int i = 0; i < 30; ++i) {
      std::string payload(100'000, '\0');  // does not compress
      for (char& c : payload) c = static_cast<char>(random.next());
      EXPECT_TRUE(write(std::move(payload), kArchived));
    }
    wanted_ = written_;
    while (log_->has_room()) EXPECT_TRUE(write(100'000));
    save_two_snapshots();
    EXPECT_TRUE(log_->make_room());
  }
  std::vector<std::string> archived() {
    std::vector<std::string> found;
    EXPECT_TRUE(log_->scan({}, [&](const log::Record& record) {
      if (record.type == kArchived) found.push_back(record.payload);
      return true;
    }));
    return found;
  }

  std::vector<std::string> wanted_;  // what is archived
};

// A stop of the server, or more urgent work, may interrupt it anywhere.
TEST_F(FullOfArchived, LosesNothingWhereACompactionIsEnded) {
  disk_.set_capacity(kNever);
  ASSERT_TRUE(log_->make_room());
  for (int steps = 1; steps < 12; ++steps) {
    int left = steps;
    const auto done = log_->compact(log_->commit_position(), Archive{},
                                    [&](const log::CompactionStep& step) { return step.bytes == 0 || --left > 0; });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(archived(), wanted_) << steps;
  }
}

// A segment that is kept whole would take as much room again. It is skipped until the archive is gone; others are not,
// and part of the reserve stays available for commits throughout.
TEST_F(FullOfArchived, IsCompactedWhereThereIsRoomForIt) {
  Archive archive;
  const auto compact = [&] {
    const auto done = log_->compact(log_->commit_position(), archive, [&](const log::CompactionStep&) {
      EXPECT_GT(disk_.contents("log/reserve")->size(), 200'000U);
      return true;
    });
    EXPECT_TRUE(done);
    EXPECT_FALSE(log_->has_room());
    EXPECT_THAT(*disk_.list("log"), Not(Contains(EndsWith(".tmp"))));
    return done->segments;
  };
  EXPECT_GE(compact(), 2U);
  EXPECT_EQ(compact(), 0U) << "it is not tried again and again";
  EXPECT_EQ(archived(), wanted_);
  archive.is_there = false;
  EXPECT_EQ(compact(), 3U);
  ASSERT_TRUE(log_->make_room());
  EXPECT_TRUE(log_->has_room());
}

// What it has written frees nothing yet, and is no reason to set less aside.
TEST_F(FullOfArchived, KeepsTheRoomOfACompactionThatRuns) {
  settings_.reserve_bytes = 4'000'000;
  disk_.set_capacity(disk_.used_bytes() - disk_.contents("log/reserve")->size() + 4'000'100);
  open();
  int looks = 0;
  const auto done = log_->compact(log_->commit_position(), Archive{}, [&](const log::CompactionStep&) {
    EXPECT_TRUE(log_->make_room());
    if (log_->has_room()) return false;
    ++looks;
    EXPECT_EQ(disk_.contents("log/reserve")->size(), 2'000'000U);
    return true;
  });
  EXPECT_GE(done->segments, 1U);
  EXPECT_GE(looks, 3);
}

TEST_F(FullDisk, AStartOnTheFullDiskKeepsEverythingAndSaysThatThereIsNoRoom) {
  open();
  fill_the_disk();
  while (disk_.contents("log/reserve")->size() > 0) ASSERT_TRUE(write(300));  // the reserve is given up
  open();
  expect_all_there();
  EXPECT_FALSE(log_->has_room());
  ASSERT_TRUE(write(100));
  disk_.set_capacity(kNever);
  open();
  EXPECT_TRUE(log_->has_room());
  expect_all_there();
}

// Filling ahead, looking for room and freeing are not vital; when they fail, the disk is failing.
TEST_F(FullDisk, StopsWhereTheDiskFailsBesideTheRecords) {
  open();
  disk_.fail({.operations = Failing::Write, .after = 1});
  EXPECT_EQ(write(300).error().code, ErrorCode::Unavailable) << "the zeros behind the record";
  EXPECT_EQ(write(300).error().code, ErrorCode::Unavailable);
  disk_.heal();
  open();
  ASSERT_TRUE(write(300));
  fill_the_disk();
  disk_.fail({.after = 0});
  EXPECT_EQ(log_->make_room().error().code, ErrorCode::Unavailable);
  EXPECT_EQ(write(300).error().code, ErrorCode::Unavailable);
  disk_.heal();
  open();
  save_two_snapshots();
  disk_.fail({.after = 0});
  EXPECT_EQ(log_->trim(log_->commit_position()).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(write(300).error().code, ErrorCode::Unavailable);
}

// A snapshot is what lets the log before it be freed.
TEST_F(FullDisk, ASnapshotFindsRoomInTheReserve) {
  open();
  fill_the_disk();
  ASSERT_GT(disk_.contents("log/reserve")->size(), 0U);
  const std::uint64_t free = 60'000 - disk_.used_bytes();
  const auto saved = log_->save_snapshot({log_->commit_position(), std::string(free + 1'000, 's')});
  EXPECT_TRUE(saved) << saved.error().message;
}

// With the reserve used up as well, the log stops; nothing committed is lost.
TEST_F(FullDisk, StopsWhenTheReserveIsUsedUp) {
  open();
  fill_the_disk();
  while (write(300)) {
  }
  EXPECT_EQ(log_->commit().error().code, ErrorCode::Unavailable);
  open();
  std::size_t found = 0;
  ASSERT_TRUE(log_->scan({}, [&](const log::Record&) { return ++found > 0; }));
  EXPECT_GE(found, written_.size());
}

// A crash at any moment of filling up, being full and recovering.
TEST_F(FullDisk, KeepsWhatItAcknowledgedAcrossAnyPowerCut) {
  for (std::uint64_t cut = 1; cut < 400; cut += 3) {
    SCOPED_TRACE(cut);
    disk_.set_capacity(kNever);
    disk_.restore_power();
    log_.reset();
    const auto names = disk_.list("log");
    for (const std::string& name : names ? *names : std::vector<std::string>{})
      ASSERT_TRUE(disk_.remove("log/" + name));
    written_.clear();
    open();
    disk_.set_capacity(40'000);
    disk_.cut_power_after(cut);
    for (int i = 0; i < 120 && write(300); ++i) {
      if (i % 10 == 9 && !log_->make_room()) break;
      if (i == 110) disk_.set_capacity(kNever);
    }
    disk_.restore_power();
    open();
    std::vector<std::string> found;
    ASSERT_TRUE(log_->scan({}, [&](const log::Record& record) {
      found.push_back(record.payload);
      return true;
    }));
    ASSERT_GE(found.size(), written_.size());
    ASSERT_LE(found.size(), written_.size() + 1);
    found.resize(written_.size());
    ASSERT_THAT(found, ElementsAreArray(written_));
  }
}

// A new name may need a block for its directory, or exceed a quota.
class NoRoomForCompactedNames final : public io::PassingFiles {
 public:
  using PassingFiles::PassingFiles;
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (is_full && to.ends_with(".compacted")) return Error{ErrorCode::DiskFull, "Cannot rename " + from, {}};
    return PassingFiles::rename(from, to);
  }

  bool is_full = true;
};

TEST_F(FullDisk, LeavesAsItIsWhatFindsNoRoomForItsName) {
  NoRoomForCompactedNames files{disk_};
  auto opened = storage::open_embedded_log(files, "log", settings_);
  ASSERT_TRUE(opened);
  log_ = *std::move(opened);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(write(300, i == 3 ? kArchived : 1));
  save_two_snapshots();
  const auto compact = [&] { return log_->compact(log_->commit_position(), Archive{}, go_on); };
  const auto none = compact();
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->segments, 0U);
  ASSERT_TRUE(write(300)) << "the log goes on";
  expect_all_there();
  files.is_full = false;
  EXPECT_GT(compact()->segments, 0U);
  EXPECT_THAT(*disk_.list("log"), Not(Contains(EndsWith(".tmp"))));
  log_.reset();  // before its files
}

}  // namespace
}  // namespace athanor::sim
