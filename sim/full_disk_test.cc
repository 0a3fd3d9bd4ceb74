// The embedded log with a reserve on a disk that fills up: it says so, goes on, and is well again when there is room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/disk.h"
#include "storage/embedded/open.h"

namespace athanor::sim {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

class FullDisk : public ::testing::Test {
 protected:
  void open() {
    log_.reset();
    auto opened = storage::open_embedded_log(disk_, "log",
                                             {.segment_bytes = 2'000,
                                              .fill_ahead_bytes = 500,
                                              .reserve_bytes = 20'000,
                                              .seed = 7,
                                              .report = [this](const std::string& said) { said_.push_back(said); }});
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = *std::move(opened);
  }

  Result<void> write(std::size_t bytes) {
    std::string payload(bytes, static_cast<char>('a' + written_.size() % 26));
    ATHANOR_CHECK(log_->append(1, {}, payload));
    ATHANOR_CHECK(log_->commit());
    written_.push_back(std::move(payload));
    return {};
  }

  // Accepts for as long as there is room, as an engine does.
  void fill_the_disk() {
    disk_.set_capacity(60'000);
    for (int i = 0; log_->has_room(); ++i) {
      ASSERT_TRUE(write(300)) << "the reserve is there for what was accepted";
      ASSERT_LT(i, 1'000);
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
  std::unique_ptr<log::Log> log_;
  std::vector<std::string> written_;
  std::vector<std::string> said_;
};

TEST_F(FullDisk, WhatMakesRoomGoesOnInTheReserve) {
  open();
  fill_the_disk();
  ASSERT_THAT(said_, ::testing::SizeIs(1));
  EXPECT_THAT(said_[0], HasSubstr("The disk is full"));
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(write(100)) << "small records, " << i;
  ASSERT_TRUE(log_->save_snapshot({log_->commit_position(), std::string(3'000, 's')}));
  expect_all_there();
  open();
  expect_all_there();
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
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(write(10));
    ASSERT_TRUE(log_->save_snapshot({log_->commit_position(), "state"}));
  }
  ASSERT_TRUE(log_->trim(log_->commit_position()));
  ASSERT_TRUE(log_->make_room());
  EXPECT_TRUE(log_->has_room());
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

// With the reserve used up, too, the log stops; nothing that was committed is lost.
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

// A crash at any moment of filling up, of being full and of becoming well again.
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

}  // namespace
}  // namespace athanor::sim
