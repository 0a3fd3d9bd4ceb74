#include "sim/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace athanor::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kFile = "d/file";

std::unique_ptr<io::File> create(Disk& disk, const std::string& path = kFile) {
  EXPECT_TRUE(disk.create_directories("d"));
  auto file = disk.open(path, io::OpenMode::Create);
  return file ? *std::move(file) : nullptr;
}

// A file of `bytes`, durable, with its name.
std::unique_ptr<io::File> create_durable(Disk& disk, std::string_view bytes) {
  auto file = create(disk);
  EXPECT_TRUE(file->write_at(0, bytes));
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(disk.sync_directory("d"));
  return file;
}

TEST(Disk, RefusesWhatAFileSystemRefuses) {
  Disk disk;
  create_durable(disk, "x");
  EXPECT_EQ(disk.open("d/none", io::OpenMode::Read).error().code, ErrorCode::NotFound);
  EXPECT_EQ(disk.open(kFile, io::OpenMode::Create).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(disk.open("none/file", io::OpenMode::Create).error().code, ErrorCode::NotFound);
  EXPECT_EQ(disk.list("none").error().code, ErrorCode::NotFound);
  EXPECT_EQ(disk.rename("d/none", "d/other").error().code, ErrorCode::NotFound);
  EXPECT_EQ(disk.remove("d/none").error().code, ErrorCode::NotFound);
  const auto written = (*disk.open(kFile, io::OpenMode::Read))->write_at(0, "y");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "Cannot write to a file opened for reading: EIO.");
  auto held = disk.lock("d/lock");
  ASSERT_TRUE(held);
  EXPECT_EQ(disk.lock("d/lock").error().code, ErrorCode::AlreadyExists);
  held->reset();
  EXPECT_TRUE(disk.lock("d/lock"));
}

TEST(Disk, ReadsFewerBytesOnlyAtTheEnd) {
  Disk disk;
  const auto file = create_durable(disk, "0123");
  char out[8];
  EXPECT_EQ(*file->read_at(2, out, 8), 2U);
  EXPECT_EQ(*file->read_at(4, out, 8), 0U);
  EXPECT_EQ(*file->read_at(100, out, 8), 0U);
}

TEST(Disk, APowerCutKeepsWhatWasSyncedAndMayTakeTheRest) {
  for (const Survival survival : {Survival::Prefix, Survival::Sectors}) {
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Disk disk{{.seed = seed, .survival = survival}};
      const auto file = create_durable(disk, "durable.");
      ASSERT_TRUE(file->write_at(8, "lost"));
      disk.cut_power();
      EXPECT_EQ(file->write_at(0, "x").error().code, ErrorCode::Unavailable);
      disk.restore_power();
      EXPECT_FALSE(file->sync()) << "a file from before the cut";
      outcomes.insert(*disk.contents(kFile));
    }
    for (const auto& outcome : outcomes) EXPECT_EQ(outcome.substr(0, 8), "durable.");
    EXPECT_TRUE(outcomes.contains("durable."));
    EXPECT_TRUE(outcomes.contains("durable.lost"));
    if (survival == Survival::Prefix) EXPECT_TRUE(outcomes.contains("durable.lo"));
    if (survival == Survival::Sectors) EXPECT_TRUE(outcomes.contains(std::string("durable.\0\0\0\0", 12)));
  }
}

TEST(Disk, SectorsSurviveInAnySubsetWithHoles) {
  bool last_without_first = false;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk{{.seed = seed, .survival = Survival::Sectors}};
    const auto file = create_durable(disk, "");
    ASSERT_TRUE(file->write_at(0, std::string(512, 'a') + std::string(512, 'b')));
    disk.restore_power();
    const std::string left = *disk.contents(kFile);
    for (std::size_t at = 0; at < left.size(); at += 512) {
      const std::string sector = left.substr(at, 512);
      EXPECT_TRUE(sector == std::string(512, '\0') || sector == std::string(512, at == 0 ? 'a' : 'b'));
    }
    last_without_first |= left == std::string(512, '\0') + std::string(512, 'b');
  }
  EXPECT_TRUE(last_without_first);
}

TEST(Disk, NamesAreDurableWithTheirDirectoryOnly) {
  std::set<std::vector<std::string>> outcomes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk{{.seed = seed}};
    create_durable(disk, "x");
    create(disk, "d/new");
    ASSERT_TRUE(disk.rename(kFile, "d/renamed"));
    disk.restore_power();
    outcomes.insert(*disk.list("d"));
  }
  EXPECT_THAT(outcomes, ElementsAre(ElementsAre("file"), ElementsAre("file", "new"), ElementsAre("new", "renamed"),
                                    ElementsAre("renamed")));
}

TEST(Disk, CutsPowerAtTheOperationAsked) {
  for (std::uint64_t operations = 0; operations < 6; ++operations) {
    Disk disk{{.power_cut_after_operations = operations}};
    std::uint64_t done = 0;
    const auto count = [&](const auto& result) { done += result.has_value(); };
    count(disk.create_directories("d"));
    auto file = disk.open(kFile, io::OpenMode::Create);
    count(file);
    if (file) {
      count((*file)->write_at(0, "x"));
      count((*file)->sync());
      count(disk.sync_directory("d"));
    }
    EXPECT_EQ(done, std::min<std::uint64_t>(operations, 5));
    EXPECT_EQ(disk.was_cut(), operations < 5);
  }
}

TEST(Disk, AFailedSyncForgetsWhatItShouldHaveWritten) {
  bool forgotten = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Disk disk{{.seed = seed}};
    const auto file = create_durable(disk, "old");
    ASSERT_TRUE(file->write_at(0, "new"));
    disk.fail({.operations = Failing::Sync, .after = 0});
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync()) << "once only";
    EXPECT_EQ(*disk.contents(kFile), "new") << "a reader still sees it";
    disk.restore_power();
    forgotten |= *disk.contents(kFile) == "old";
  }
  EXPECT_TRUE(forgotten);
}

TEST(Disk, FailsOnceOrForGood) {
  for (const bool sticky : {false, true}) {
    Disk disk;
    const auto file = create_durable(disk, "");
    disk.fail({.operations = Failing::Write, .after = 1, .sticky = sticky});
    EXPECT_TRUE(file->write_at(0, "a"));
    EXPECT_FALSE(file->write_at(0, "b"));
    EXPECT_EQ(file->write_at(0, "c").has_value(), !sticky);
    EXPECT_TRUE(file->sync());
    disk.heal();
    EXPECT_TRUE(file->write_at(0, "d"));
  }
}

TEST(Disk, FailsReadsOnceOrForGoodBesideWritesThatGoOn) {
  for (const bool sticky : {false, true}) {
    Disk disk;
    const auto file = create_durable(disk, "abc");
    disk.fail({.operations = Failing::Read, .after = 1, .sticky = sticky});
    char out[3];
    EXPECT_TRUE(file->read_at(0, out, 3));
    const auto failed = file->read_at(2, out, 1);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(failed.error().message, std::string("Cannot read byte 2 of ") + kFile + ": EIO.");
    EXPECT_EQ(file->read_at(0, out, 3).has_value(), !sticky);
    EXPECT_TRUE(file->write_at(0, "d"));
    EXPECT_TRUE(file->sync());
    disk.heal();
    EXPECT_TRUE(file->read_at(0, out, 3));
    EXPECT_EQ(disk.reads(), 4U);
  }
}

TEST(Disk, IsFullWhereItsCapacityEnds) {
  Disk disk{{.capacity_bytes = 6}};
  const auto file = create(disk);
  ASSERT_TRUE(file->write_at(0, "0123"));
  const auto full = file->write_at(4, "4567");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::DiskFull);
  EXPECT_EQ(*disk.contents(kFile), "012345");
  EXPECT_TRUE(file->write_at(0, "again")) << "what is there may be overwritten";
  disk.set_capacity(kNever);
  EXPECT_TRUE(file->write_at(4, "4567"));
}

TEST(Disk, FlipsABitOfAByteThatIsThere) {
  Disk disk;
  create_durable(disk, "a");
  EXPECT_TRUE(disk.flip_bit(kFile, 0, 1));
  EXPECT_EQ(*disk.contents(kFile), "c");
  EXPECT_FALSE(disk.flip_bit(kFile, 1));
  EXPECT_FALSE(disk.flip_bit("d/none", 0));
}

TEST(Disk, SameSeedSameFate) {
  const auto fate = [] {
    Disk disk{{.seed = 5}};
    const auto file = create_durable(disk, "");
    for (std::uint64_t at = 0; at < 4'096; at += 512) (void)file->write_at(at, std::string(512, 'x'));
    disk.restore_power();
    return *disk.contents(kFile);
  };
  EXPECT_EQ(fate(), fate());
}

}  // namespace
}  // namespace athanor::sim
