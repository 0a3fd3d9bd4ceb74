#include "storage/embedded/crash_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "io/posix_file_system.h"
#include "io/test_directory.h"
#include "storage/embedded/open.h"

namespace athanor::storage {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

class Everything final : public log::Keepers {
 public:
  std::vector<std::uint64_t> keepers_of(log::RecordType, base::Time, std::string_view) const override { return {1}; }
  bool keeps(std::uint64_t, base::Time) const override { return true; }
};

struct Crash {};  // thrown to simulate the crash: nothing in between catches it

class CrashPoints : public ::testing::Test {
 protected:
  // Opens a log and does everything that a log does; what was acknowledged goes into `acknowledged_`.
  void live(io::FileSystem& files) {
    const auto log =
        open_embedded_log(files, directory_, {.segment_bytes = 500, .fill_ahead_bytes = 256, .seed = ++lives_});
    ASSERT_TRUE(log) << log.error().message;
    for (int batch = 0; batch < 12; ++batch) {
      const std::string payload(100, static_cast<char>('a' + batch));
      const auto position = (*log)->append(1, base::Time{}, payload);
      ASSERT_TRUE(position);
      ASSERT_TRUE((*log)->commit());
      acknowledged_.push_back(payload);
      if (batch % 4 != 3) continue;
      ASSERT_TRUE((*log)->save_snapshot({(*log)->commit_position(), "state"}));
      ASSERT_TRUE(
          (*log)->compact((*log)->commit_position(), Everything{}, [](const log::CompactionStep&) { return true; }));
      ASSERT_TRUE((*log)->trim(log::LogPosition{(*log)->commit_position().value / 2}));
    }
  }

  // What a server leaves when it dies while committing, beginning and compacting segments and writing a snapshot at
  // once.
  void leave_halves() {
    std::filesystem::path tail;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      if (entry.path().extension() == ".seg") tail = std::max(tail, entry.path());
    }
    std::ofstream{tail, std::ios::app} << "half of a record";
    std::ofstream{directory_ + "/00000000000fffff.seg.tmp"} << "half of a segment";
    std::ofstream{directory_ + "/00000000000fffff.compacted.tmp"} << "half of a compacted segment";
    std::ofstream{directory_ + "/snapshot-00000000000fffff.tmp"} << "half of a snapshot";
  }

  // Everything acknowledged is at the end of the log, in order; at most the one record in progress may follow it.
  void expect_kept() {
    const auto log = open_embedded_log(files_, directory_, {.segment_bytes = 500, .fill_ahead_bytes = 256});
    ASSERT_TRUE(log) << log.error().message;
    std::vector<std::string> found;
    ASSERT_TRUE((*log)->scan({}, [&](const log::Record& record) {
      found.push_back(record.payload);
      return true;
    }));
    if (found.size() > acknowledged_.size() || (!found.empty() && found.back() != acknowledged_.back()))
      found.pop_back();
    ASSERT_LE(found.size(), acknowledged_.size());
    ASSERT_GE(found.size(), std::min<std::size_t>(acknowledged_.size(), 4)) << "more is gone than was freed";
    EXPECT_THAT(found,
                ElementsAreArray(acknowledged_.end() - static_cast<std::ptrdiff_t>(found.size()), acknowledged_.end()));
  }

  const io::TestDirectory home_{io::TestDirectory::in_memory()};
  const std::string& directory_ = home_.path();
  io::PosixFileSystem files_;
  std::vector<std::string> acknowledged_;
  std::uint64_t lives_ = 0;
};

TEST_F(CrashPoints, RefusesWhatCannotHappen) {
  for (const std::string_view at : {"", "segment.after_write", "segment.after_write:", "segment.after_write:0",
                                    "segment.after_write:1x", "segment.after_write:-1", "segment.after_writ:1"}) {
    const io::CrashPoints points[] = {crash_points()};
    const auto refused = io::crash_at(at, points, files_, [] {});
    ASSERT_FALSE(refused) << at;
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    EXPECT_THAT(refused.error().message, HasSubstr("new_snapshot.torn_write")) << "all points are named";
  }
}

// Every point is reached, by a log in a new directory or by one that finds the remains of a crash, and what was
// acknowledged survives a crash there, whether at the first or at the third time.
TEST_F(CrashPoints, EveryPointIsReachedAndLosesNothing) {
  const io::CrashPoints points[] = {crash_points()};
  for (const std::string_view point : points[0].names) {
    int crashes = 0;
    for (const bool after_a_crash : {false, true}) {
      for (const char* occurrence : {":1", ":3"}) {
        SCOPED_TRACE(std::string{point} + occurrence + (after_a_crash ? " after a crash" : ""));
        std::filesystem::remove_all(directory_);
        acknowledged_.clear();
        if (after_a_crash) {
          ASSERT_NO_FATAL_FAILURE(live(files_));
          leave_halves();
        }
        const auto files = io::crash_at(std::string{point} + occurrence, points, files_, [] { throw Crash{}; });
        ASSERT_TRUE(files);
        try {
          ASSERT_NO_FATAL_FAILURE(live(**files));
        } catch (const Crash&) {
          ++crashes;
        }
        ASSERT_NO_FATAL_FAILURE(expect_kept());
      }
    }
    EXPECT_GT(crashes, 0) << point << " is never passed";
  }
}

}  // namespace
}  // namespace athanor::storage
