// The log on the machine's own files, used by one thread and by several. On faulty disks: sim/log_test.cc.
#include "storage/embedded/embedded_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <thread>

#include "base/limits.h"
#include "io/posix_file_system.h"
#include "io/test_directory.h"

namespace athanor::storage {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr base::Time kTime{base::Duration{1'700'000'000'123}};

class EmbeddedLogTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<log::Log>> open(EmbeddedLogSettings settings) {
    return open_embedded_log(files_, directory_, std::move(settings));
  }
  static EmbeddedLogSettings small() { return {.segment_bytes = 1'000, .fill_ahead_bytes = 256, .seed = 7}; }

  std::vector<std::string> segments() {
    auto names = *files_.list(directory_);
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".seg"); });
    return names;
  }

  static std::vector<std::string> payloads(const log::Log& log, log::LogPosition from = {}) {
    std::vector<std::string> found;
    EXPECT_TRUE(log.scan(from, [&](const log::Record& record) {
      found.push_back(record.payload);
      return true;
    }));
    return found;
  }

  const io::TestDirectory home_;
  const std::string& directory_ = home_.path();
  io::PosixFileSystem files_;
};

TEST_F(EmbeddedLogTest, RefusesSettingsThatMakeNoSense) {
  const EmbeddedLogSettings cases[] = {{.segment_bytes = 0}, {.staged_bytes_max = 0}, {.staged_bytes_max = 2U << 30}};
  for (const auto& settings : cases) EXPECT_EQ(open(settings).error().code, ErrorCode::InvalidInput);
}

TEST_F(EmbeddedLogTest, RefusesASecondServerAndSaysWhatToDo) {
  const auto first = open(small());
  const auto second = open(small());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::AlreadyExists);
  EXPECT_THAT(second.error().message, AllOf(HasSubstr(directory_), HasSubstr("in use by another server")));
}

// Another version may have written any of the files: none is considered damaged, and none is changed.
TEST_F(EmbeddedLogTest, RefusesAFormatThatItDoesNotKnow) {
  std::uint64_t end = 0;
  {
    const auto log = open(small());
    ASSERT_TRUE((*log)->append(1, kTime, "x"));
    ASSERT_TRUE((*log)->commit());
    ASSERT_TRUE((*log)->save_snapshot({(*log)->end(), "state"}));
    end = (*log)->end().value;
  }
  for (const std::string& name : {segments()[0], snapshot_name(end), std::string{kCommitMarkName}}) {
    const std::string path = directory_ + "/" + name;
    std::string before(40, '\0');
    const auto file = *files_.open(path, io::OpenMode::ReadWrite);
    ASSERT_TRUE(file->read_at(0, before.data(), before.size()));
    std::string other = before;
    other[8] = 2;
    other[36] ^= 1;  // a checksum of another kind
    other[20] ^= 1;
    ASSERT_TRUE(file->write_at(0, other));
    const auto refused = open(small());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::UnknownFormat);
    EXPECT_THAT(refused.error().message, HasSubstr(name + " has format version 2"));
    std::string after(40, '\0');
    ASSERT_TRUE(file->read_at(0, after.data(), after.size()));
    EXPECT_EQ(after, other);
    ASSERT_TRUE(file->write_at(0, before));
  }
  EXPECT_TRUE(open(small()));
}

TEST_F(EmbeddedLogTest, RefusesWhatIsTooLargeOrTooMuch) {
  const auto log = open({.staged_bytes_max = 100});
  EXPECT_EQ((*log)->append(1, kTime, std::string(limits::kRecordBytes + 1, 'x')).error().code,
            ErrorCode::RequestTooLarge);
  ASSERT_TRUE((*log)->append(1, kTime, std::string(limits::kRecordBytes, 'x'))) << "alone it passes any bound";
  EXPECT_EQ((*log)->append(1, kTime, "").error().code, ErrorCode::Throttled);
  ASSERT_TRUE((*log)->commit());
  EXPECT_TRUE((*log)->append(1, kTime, ""));
}

TEST_F(EmbeddedLogTest, RefusesPositionsWhereNoRecordIs) {
  const auto log = open(small());
  const auto first = (*log)->append(100, kTime, std::string(100, 'x'));
  ASSERT_TRUE((*log)->append(100, kTime, "second"));
  EXPECT_EQ((*log)->read(*first).error().code, ErrorCode::NotFound) << "not committed";
  ASSERT_TRUE((*log)->commit());
  EXPECT_TRUE((*log)->read(*first));
  const std::uint64_t end = (*log)->end().value;
  for (std::uint64_t position = 1; position < end + 20; ++position) {
    const auto read = (*log)->read(log::LogPosition{position});
    if (position == 128) {
      EXPECT_TRUE(read);  // 24 bytes of header, 100 of payload, 4 to the next multiple of 8
      continue;
    }
    ASSERT_FALSE(read) << position;
    EXPECT_EQ(read.error().code, position < end && position % 8 == 0 ? ErrorCode::Corrupt : ErrorCode::NotFound);
  }
}

// Any client may read the log from any position: the operator would otherwise be told to stop a sound server.
TEST_F(EmbeddedLogTest, AScanFromWhereNoRecordBeginsIsTheCallersMistakeAndNoDamage) {
  std::vector<std::string> told;
  auto settings = small();
  settings.report = [&](const std::string& sentence) { told.push_back(sentence); };
  const auto log = open(settings);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE((*log)->append(100, kTime, std::string(104, 'x')));
    ASSERT_TRUE((*log)->commit());
  }
  const auto scan = [&](std::uint64_t from) {
    return (*log)->scan(log::LogPosition{from}, [](const log::Record&) { return true; });
  };
  for (std::uint64_t from = 0; from < (*log)->end().value; ++from) {
    const auto scanned = scan(from);
    ASSERT_EQ(scanned.has_value(), from % 128 == 0) << from;
    if (!scanned) ASSERT_EQ(scanned.error().code, ErrorCode::InvalidInput);
  }
  EXPECT_THAT(told, IsEmpty());
  {
    const auto file = *files_.open(directory_ + "/" + segments()[0], io::OpenMode::ReadWrite);
    ASSERT_TRUE(file->write_at(kSegmentHeaderBytes + 256 + kRecordHeaderBytes, "y"));
  }
  EXPECT_EQ(scan(8).error().code, ErrorCode::InvalidInput);
  for (const std::uint64_t from : {256U, 264U, 392U}) EXPECT_EQ(scan(from).error().code, ErrorCode::Corrupt) << from;
  EXPECT_TRUE(scan(384)) << "sound again";
  EXPECT_THAT(told, ElementsAre(HasSubstr("position 256"))) << "one place, however it is come upon";
}

// The file may be put back, whereas what is NotFound is given up.
TEST_F(EmbeddedLogTest, AFileThatIsMissingIsDamage) {
  log::LogPosition last;
  {
    const auto log = open(small());
    for (int i = 0; i < 20; ++i) {
      last = *(*log)->append(100, kTime, std::string(100, 'x'));
      ASSERT_TRUE((*log)->commit());
    }
  }
  const auto log = open(small());
  std::filesystem::remove(directory_ + "/" + segments()[0]);
  EXPECT_EQ((*log)->read(log::LogPosition{0}).error().code, ErrorCode::Corrupt);
  EXPECT_TRUE((*log)->read(last));
}

TEST_F(EmbeddedLogTest, TellsTheOperatorOfEachDamagedPlaceOnce) {
  std::vector<std::string> told;
  auto settings = small();
  settings.report = [&](const std::string& sentence) { told.push_back(sentence); };
  const auto log = open(settings);
  const auto first = *(*log)->append(100, kTime, std::string(100, 'x'));
  const auto second = *(*log)->append(100, kTime, std::string(100, 'x'));
  ASSERT_TRUE((*log)->append(100, kTime, "sound"));
  ASSERT_TRUE((*log)->commit());
  {
    const auto file = *files_.open(directory_ + "/" + segments()[0], io::OpenMode::ReadWrite);
    for (const auto position : {first, second})
      ASSERT_TRUE(file->write_at(kSegmentHeaderBytes + position.value + kRecordHeaderBytes, "y"));
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ((*log)->read(first).error().code, ErrorCode::Corrupt);
    EXPECT_EQ((*log)->scan(first, [](const log::Record&) { return true; }).error().code, ErrorCode::Corrupt);
    EXPECT_EQ((*log)->read(log::LogPosition{1}).error().code, ErrorCode::NotFound) << "no damage";
  }
  EXPECT_THAT(told, ElementsAre(AllOf(HasSubstr(segments()[0] + ", byte 4096:"), HasSubstr("athanor log verify"))));
  EXPECT_EQ((*log)->read(second).error().code, ErrorCode::Corrupt);
  EXPECT_THAT(told, SizeIs(2));
}

TEST_F(EmbeddedLogTest, AScanTellsOfThePlaceThatItHasComeTo) {
  const auto log = open(small());
  log::LogPosition at[3];
  for (log::LogPosition& position : at) position = *(*log)->append(100, kTime, std::string(100, 'x'));
  ASSERT_TRUE((*log)->commit());
  {
    const auto file = *files_.open(directory_ + "/" + segments()[0], io::OpenMode::ReadWrite);
    for (const auto position : {at[0], at[2]})
      ASSERT_TRUE(file->write_at(kSegmentHeaderBytes + position.value + kRecordHeaderBytes, "y"));
  }
  const auto scanned = (*log)->scan(at[1], [](const log::Record&) { return true; });
  EXPECT_THAT(scanned.error().detail, HasSubstr(std::to_string(at[2].value)));
}

// A sender may know the format, put a whole record into a payload, and ask for it by its position.
TEST_F(EmbeddedLogTest, ARecordWithinAPayloadIsNoRecord) {
  std::string forged;
  append_record(forged, /*segment_id=*/0, {.position = 24, .durable_before = 24, .type = 100, .payload = "mine"},
                padded_crc("mine"));
  const auto log = open(small());
  ASSERT_TRUE((*log)->append(100, kTime, forged));
  ASSERT_TRUE((*log)->commit());
  EXPECT_EQ((*log)->read(log::LogPosition{24}).error().code, ErrorCode::Corrupt);
}

TEST_F(EmbeddedLogTest, KeepsRecordsAcrossSegmentsAndStarts) {
  std::vector<std::string> written;
  std::vector<log::LogPosition> positions;
  for (int start = 0; start < 3; ++start) {
    const auto log = open(small());
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(payloads(**log), written);
    for (int i = 0; i < 20; ++i) {
      // Empty, short, longer than one read, longer than a segment.
      written.push_back(std::string(static_cast<std::size_t>(i % 7 == 6 ? 5'000 : i * 13), static_cast<char>('a' + i)));
      positions.push_back(*(*log)->append(static_cast<log::RecordType>(i), kTime, written.back()));
      if (i % 3 == 2) ASSERT_TRUE((*log)->commit());
    }
    ASSERT_TRUE((*log)->commit());
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const auto record = (*log)->read(positions[i]);
      ASSERT_TRUE(record) << record.error().detail;
      EXPECT_EQ(record->position, positions[i]);
      EXPECT_EQ(record->type, i % 20);
      EXPECT_EQ(record->time, kTime);
      EXPECT_EQ(record->payload, written[i]);
    }
  }
  EXPECT_GT(segments().size(), 5U);
}

// Connections need file descriptors too.
TEST_F(EmbeddedLogTest, KeepsFewFilesOpenHoweverManyItWritesAndReads) {
  const auto open_descriptors = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
  };
  auto settings = small();
  settings.open_files_max = 2;
  const auto log = *open(settings);
  const auto before = open_descriptors();
  std::vector<log::LogPosition> positions;
  for (int i = 0; i < 20; ++i) {
    positions.push_back(*log->append(1, kTime, std::string(3'000, 'x')));
    ASSERT_TRUE(log->commit());
    EXPECT_LE(open_descriptors() - before, 2);
  }
  for (const auto position : positions) {
    ASSERT_TRUE(log->read(position));
    EXPECT_LE(open_descriptors() - before, 2);
  }
}

TEST_F(EmbeddedLogTest, ScansFromAnyRecordAndGoesOnWhereTheVisitorStopped) {
  const auto log = open(small());
  std::vector<log::LogPosition> positions;
  for (int i = 0; i < 100; ++i) positions.push_back(*(*log)->append(1, kTime, std::to_string(i)));
  ASSERT_TRUE((*log)->commit());
  EXPECT_THAT(payloads(**log, positions[98]), ElementsAre("98", "99"));
  EXPECT_THAT(payloads(**log, (*log)->end()), IsEmpty());
  const auto next = (*log)->scan(positions[40], [](const log::Record& record) { return record.payload != "49"; });
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, positions[50]) << "behind the record at which the visitor said no";
}

TEST_F(EmbeddedLogTest, WhatIsNotCommittedIsGoneAndItsPlaceIsUsedAgain) {
  {
    const auto log = open(small());
    ASSERT_TRUE((*log)->append(1, kTime, "kept"));
    ASSERT_TRUE((*log)->commit());
    ASSERT_TRUE((*log)->append(1, kTime, "lost"));
    EXPECT_THAT(payloads(**log), ElementsAre("kept"));
  }
  const auto log = open(small());
  EXPECT_EQ((*log)->append(1, kTime, "next")->value, 32U);
  ASSERT_TRUE((*log)->commit());
  EXPECT_THAT(payloads(**log), ElementsAre("kept", "next"));
}

TEST_F(EmbeddedLogTest, TrimFreesWholeSegmentsThatTwoSnapshotsCover) {
  const auto log = open(small());
  const auto fill = [&] {
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE((*log)->append(1, kTime, std::string(100, 'x')));
      ASSERT_TRUE((*log)->commit());
    }
  };
  fill();
  const auto before = segments();
  ASSERT_TRUE((*log)->trim((*log)->end()));
  EXPECT_EQ(segments(), before) << "no snapshot holds what would be freed";
  const auto covered = (*log)->end();
  ASSERT_TRUE((*log)->save_snapshot({covered, "first"}));
  fill();
  ASSERT_TRUE((*log)->save_snapshot({(*log)->end(), "second"}));
  ASSERT_TRUE((*log)->trim(log::LogPosition{3'000}));
  const auto some = segments();
  EXPECT_LT(some.size(), before.size() * 2);
  EXPECT_EQ((*log)->read(log::LogPosition{0}).error().code, ErrorCode::NotFound);
  ASSERT_TRUE((*log)->trim((*log)->end()));
  EXPECT_LT(segments().size(), some.size());
  EXPECT_TRUE((*log)->scan(covered, [](const log::Record&) { return true; })) << "the first snapshot may be needed";
}

TEST_F(EmbeddedLogTest, AScanGoesOnBehindWhatIsFreedMeanwhile) {
  const auto log = open(small());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE((*log)->append(1, kTime, std::to_string(i) + std::string(100, 'x')));
    ASSERT_TRUE((*log)->commit());
  }
  for (int i = 0; i < 2; ++i) ASSERT_TRUE((*log)->save_snapshot({(*log)->end(), "state"}));
  std::string last;
  std::size_t visited = 0;
  const auto scanned = (*log)->scan(log::LogPosition{0}, [&](const log::Record& record) {
    if (++visited == 2) EXPECT_TRUE((*log)->trim(log::LogPosition{4'000}));
    last = record.payload.substr(0, 2);
    return true;
  });
  ASSERT_TRUE(scanned) << scanned.error().message;
  EXPECT_EQ(last, "49");
  EXPECT_LT(visited, 50U);
}

TEST_F(EmbeddedLogTest, KeepsTheTwoNewestSnapshots) {
  for (int start = 0; start < 2; ++start) {
    const auto log = open(small());
    if (start == 0) EXPECT_FALSE(*(*log)->load_snapshot());
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE((*log)->append(1, kTime, "x"));
      ASSERT_TRUE((*log)->commit());
      ASSERT_TRUE((*log)->save_snapshot({(*log)->end(), "state " + std::to_string(start * 5 + i)}));
      EXPECT_EQ((**(*log)->load_snapshot()).state, "state " + std::to_string(start * 5 + i));
    }
    auto names = *files_.list(directory_);
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("snapshot-"); });
    EXPECT_THAT(names, SizeIs(2));
  }
}

// A snapshot that was skipped at the start cannot serve as a fallback: the sound one before it does.
TEST_F(EmbeddedLogTest, CountsNoDamagedSnapshotAmongThoseItKeeps) {
  std::vector<std::string> names;
  const auto save = [&](log::Log& log) {
    ASSERT_TRUE(log.append(1, kTime, "x"));
    ASSERT_TRUE(log.commit());
    ASSERT_TRUE(log.save_snapshot({log.end(), "state"}));
    names.push_back(snapshot_name(log.end().value));
  };
  {
    const auto log = open(small());
    for (int i = 0; i < 2; ++i) save(**log);
  }
  std::filesystem::resize_file(directory_ + "/" + names[1], 50);
  const auto log = open(small());
  ASSERT_TRUE(log);
  save(**log);
  auto left = *files_.list(directory_);
  std::erase_if(left, [](const std::string& name) { return !name.starts_with("snapshot-"); });
  EXPECT_THAT(left, ElementsAre(names[0], names[2]));
}

TEST_F(EmbeddedLogTest, FillsTheFileAheadOfTheRecords) {
  const auto size = [&] {
    return *(*files_.open(directory_ + "/" + segments()[0], io::OpenMode::Read))->size_bytes() - kSegmentHeaderBytes;
  };
  const auto log = open({.segment_bytes = 10'000, .fill_ahead_bytes = 1'000});
  EXPECT_EQ(size(), 1'000U);
  while ((*log)->end().value < 10'000) {
    ASSERT_TRUE((*log)->append(1, kTime, std::string(100, 'x')));
    ASSERT_TRUE((*log)->commit());
    EXPECT_GE(size(), std::min<std::uint64_t>((*log)->end().value + 500, 10'000));
    EXPECT_LE(size(), std::max<std::uint64_t>((*log)->end().value, 10'000));
  }
}

TEST_F(EmbeddedLogTest, DoesNotFillBehindALargeCommitAndDoesAgainBehindSomeSmallOnes) {
  const auto size = [&] {
    return *(*files_.open(directory_ + "/" + segments()[0], io::OpenMode::Read))->size_bytes() - kSegmentHeaderBytes;
  };
  const auto log = open({.segment_bytes = 100'000, .fill_ahead_bytes = 1'000, .large_commit_bytes = 2'000});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE((*log)->append(1, kTime, std::string(3'000, 'x')));
    ASSERT_TRUE((*log)->commit());
    EXPECT_EQ(size(), (*log)->end().value);
  }
  for (int small = 1; small <= 16; ++small) {
    EXPECT_EQ(size(), (*log)->end().value);
    ASSERT_TRUE((*log)->append(1, kTime, std::string(100, 'x')));
    ASSERT_TRUE((*log)->commit());
  }
  EXPECT_EQ(size(), (*log)->end().value + 1'000);
}

TEST_F(EmbeddedLogTest, TellsTheOperatorOnceWhatTheDiskDoesNotGive) {
  std::vector<std::string> told;
  auto settings = small();
  settings.report = [&](const std::string& text) { told.push_back(text); };
  {
    const auto log = open(settings);
    for (int i = 0; i < 2; ++i) ASSERT_TRUE((*log)->append(1, kTime, std::string(1'000, 'x')));
    ASSERT_TRUE((*log)->commit());
  }
  const auto log = open(settings);
  const std::string first = directory_ + "/" + segments()[0];
  std::filesystem::remove(first);
  std::filesystem::create_directory(first);  // it can be opened, but not read
  for (int i = 0; i < 2; ++i) EXPECT_EQ((*log)->read(log::LogPosition{0}).error().code, ErrorCode::Unavailable);
  EXPECT_THAT(told, ElementsAre(AllOf(HasSubstr("A read of the log failed: Cannot read byte 4096"), HasSubstr(first))));
}

// One thread appends, one commits, two read throughout: what is committed is there, complete and in order, and reading
// by position gives what the scan found there.
TEST_F(EmbeddedLogTest, AppendsCommitsAndReadsOnThreadsOfTheirOwn) {
  constexpr std::uint64_t kRecords = 3'000;
  const auto opened = open({.segment_bytes = 20'000, .fill_ahead_bytes = 4'096, .staged_bytes_max = 10'000});
  log::Log& log = **opened;
  std::atomic<bool> appended = false;

  std::thread committing([&] {
    bool last = false;
    while (!last) {
      last = appended;
      ASSERT_TRUE(log.commit());
      if (log.commit_position().value % 5 == 0) {
        ASSERT_TRUE(log.save_snapshot({log.commit_position(), "state"}));
        ASSERT_TRUE(log.trim(log::LogPosition{0}));
      }
      std::this_thread::yield();
    }
  });
  const auto read = [&] {
    std::uint64_t seen = 0;
    log::LogPosition at{};
    while (seen < kRecords) {
      std::optional<log::Record> last;
      const auto next = log.scan(at, [&](const log::Record& record) {
        EXPECT_EQ(record.payload.substr(0, record.payload.find(' ')), std::to_string(seen));
        ++seen;
        last = record;
        return true;
      });
      ASSERT_TRUE(next) << next.error().detail;
      at = *next;
      if (last) {
        const auto record = log.read(last->position);
        ASSERT_TRUE(record) << record.error().detail;
        ASSERT_EQ(record->payload, last->payload);
      }
      ASSERT_TRUE(log.load_snapshot());
      std::this_thread::yield();
    }
  };
  std::thread reading(read), also_reading(read);

  for (std::uint64_t i = 0; i < kRecords;) {
    const auto position = log.append(1, kTime, std::to_string(i) + " " + std::string(i % 300, 'x'));
    if (position) {
      ++i;
    } else {
      ASSERT_EQ(position.error().code, ErrorCode::Throttled);
      std::this_thread::yield();
    }
  }
  appended = true;
  committing.join();
  reading.join();
  also_reading.join();
}

}  // namespace
}  // namespace athanor::storage
