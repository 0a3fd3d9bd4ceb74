// For tests: a log, its backup, and the log restored from that.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/passing_files.h"
#include "storage/embedded/backup.h"
#include "storage/embedded/inspect.h"
#include "storage/embedded/test_log.h"

namespace athanor::storage {

// The real files, with something happening between any two steps of a reader.
class Meddling final : public io::PassingFiles {
 public:
  Meddling(io::FileSystem& files, std::function<void()> meddle) : PassingFiles(files), meddle_(std::move(meddle)) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    meddle_();
    return PassingFiles::open(path, mode);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    meddle_();
    return PassingFiles::list(directory);
  }

 private:
  std::function<void()> meddle_;
};

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() : backup_(log_.directory + "-backup"), restored_(log_.directory + "-restored") {}

  void back_up(io::FileSystem* files = nullptr) {
    ASSERT_TRUE(log_.files.create_directories(backup_));
    const auto before = read_whole_manifest(log_.files, backup_);
    ASSERT_TRUE(before) << before.error().message;
    auto manifest = back_up_log(files == nullptr ? log_.files : *files, log_.directory, backup_, *before);
    ASSERT_TRUE(manifest) << manifest.error().message;
    ASSERT_TRUE(write_manifest(log_.files, backup_, *manifest));
  }
  Result<Restored> restore(std::optional<base::Time> at = std::nullopt, bool without_damaged_code = false) {
    std::filesystem::remove_all(restored_);
    EXPECT_TRUE(log_.files.create_directories(restored_));
    auto manifest = read_manifest(log_.files, backup_);
    if (!manifest) return manifest.error();
    return restore_log(log_.files, backup_, restored_, *manifest,
                       {.at = at, .without_damaged_code = without_damaged_code}, random_);
  }
  // The records of the restored log, which must be sound and open without error.
  std::vector<std::uint64_t> restored_positions() {
    const auto found = inspect(log_.files, restored_);
    EXPECT_TRUE(found && found->is_sound());
    std::vector<std::uint64_t> positions;
    const auto opened = open_embedded_log(log_.files, restored_, TestLog::settings());
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return {};
    EXPECT_TRUE((*opened)->scan(log::LogPosition{0}, [&](const log::Record& record) {
      positions.push_back(record.position.value);
      return true;
    }));
    const auto snapshot = (*opened)->load_snapshot();
    EXPECT_TRUE(snapshot);
    if (snapshot && *snapshot) EXPECT_EQ((*snapshot)->state, "state at " + std::to_string((*snapshot)->position.value));
    return positions;
  }
  // Compacts the log and merges small adjacent compacted segments. Returns how many were merged into another.
  std::size_t compact_and_merge() {
    auto settings = TestLog::settings();
    settings.compacted_neighbours_min = 2;
    const auto log = *open_embedded_log(log_.files, log_.directory, settings);
    const auto done = log->compact(log->end(), EvenTypes{}, [](const log::CompactionStep&) { return true; });
    EXPECT_TRUE(done);
    std::erase_if(log_.records, [&](const log::Record& record) { return !log->read(record.position); });
    return done ? done->merged : 0;
  }
  // The error message of the next run; empty when it succeeds.
  std::string refusal() {
    const auto before = read_manifest(log_.files, backup_);
    const auto refused = back_up_log(log_.files, log_.directory, backup_, *before);
    return refused ? "" : refused.error().message;
  }
  std::vector<std::uint64_t> positions(std::size_t from, std::size_t until) const {
    std::vector<std::uint64_t> wanted;
    for (std::size_t i = from; i < until; ++i) wanted.push_back(log_.records[i].position.value);
    return wanted;
  }

  TestLog log_;
  std::string backup_, restored_;
  base::Random random_{9};
};

}  // namespace athanor::storage
