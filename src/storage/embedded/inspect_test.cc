#include "storage/embedded/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"
#include "base/tries.h"
#include "storage/embedded/repair.h"
#include "storage/embedded/test_log.h"

namespace athanor::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Looked {
  Inspection found;
  std::vector<std::uint64_t> positions;  // of the records that were visited
};

Looked look_at(TestLog& log, io::FileSystem* files = nullptr) {
  Looked looked;
  const auto visit = [&](const RecordView& record) {
    looked.positions.push_back(record.position);
    return true;
  };
  auto found =
      inspect(files == nullptr ? log.files : *files, log.directory, {.visit = visit, .reads_past_refused = true});
  EXPECT_TRUE(found) << found.error().message;
  if (found) looked.found = *std::move(found);
  return looked;
}

// The records that do not touch the given bytes of the segment.
std::vector<std::uint64_t> positions_without(const TestLog& log, std::uint64_t from, std::uint64_t until) {
  std::vector<std::uint64_t> positions;
  for (const auto& record : log.records) {
    const std::uint64_t begin = record.position.value;
    if (begin + record_bytes(record.payload.size()) <= from || begin >= until) positions.push_back(begin);
  }
  return positions;
}

TEST(Inspect, FindsNothingWhereNothingIs) {
  TestLog log;
  EXPECT_EQ(inspect(log.files, log.directory).error().code, ErrorCode::NotFound);
  std::filesystem::create_directories(log.directory);
  EXPECT_EQ(inspect(log.files, log.directory).error().code, ErrorCode::NotFound);
}

// Its checksum is right, but its bytes cannot be loaded: treated as damaged, and removed as such.
TEST(Inspect, FindsASnapshotThatHoldsNoState) {
  TestLog log;
  log.fill(60, {30, 50});
  const auto sound = *inspect(log.files, log.directory);
  const auto [older, newer] = std::pair{sound.snapshots[0].position, sound.snapshots[1].position};
  const CheckState check_state = [&](std::string_view state) -> Result<void> {
    return state.ends_with(std::to_string(newer)) ? Result<void>{Error{ErrorCode::Corrupt, "no state", {}}}
                                                  : Result<void>{};
  };
  const auto found = *inspect(log.files, log.directory, {.check_state = check_state});
  ASSERT_THAT(found.damages, SizeIs(1));
  EXPECT_EQ(found.damages[0].file, snapshot_name(newer));
  EXPECT_EQ(found.damages[0].what, "is undamaged, but holds no state of a server.");
  EXPECT_EQ(found.sound_snapshot(), older);
  EXPECT_THAT(*plan_repair(found), SizeIs(1));
}

TEST(Inspect, ReadsASoundLogWholeAndChangesNothing) {
  TestLog log;
  log.fill(60, {30, 50});
  std::map<std::string, std::string> before;
  for (const auto& name : log.names()) before[name] = log.contents(name);
  const auto looked = look_at(log);
  EXPECT_THAT(looked.found.damages, IsEmpty());
  EXPECT_EQ(looked.found.records, 60U);
  EXPECT_EQ(looked.positions, positions_without(log, 0, 0));
  EXPECT_EQ(looked.found.begin, 0U);
  EXPECT_EQ(looked.found.end, log.end);
  EXPECT_EQ(looked.found.torn_bytes, 0U);
  EXPECT_THAT(looked.found.snapshots, SizeIs(2));
  EXPECT_GT(looked.found.segments.size(), 3U);
  for (const auto& [name, bytes] : before) EXPECT_EQ(log.contents(name), bytes) << name;
}

// One flipped bit anywhere in the files is one damage, in that file, around that byte; and all records but the one hit
// are read.
TEST(Inspect, FindsAnyFlippedBitAndReadsTheRest) {
  TestLog log;
  log.fill(40, {20, 30});
  base::Random random{5};
  for (const std::string& name : log.names()) {
    const std::uint64_t used = log.used_bytes(name);
    for (int i = 0; i < base::tries(60); ++i) {
      // Every other flip is in the first bytes, since headers are small.
      const std::uint64_t offset = random.below(i % 2 == 0 ? std::min<std::uint64_t>(used, 48) : used);
      const auto bit = static_cast<unsigned>(random.below(8));
      SCOPED_TRACE(testing::Message() << name << ", byte " << offset << ", bit " << bit);
      log.flip(name, offset, bit);
      const auto looked = look_at(log);
      ASSERT_THAT(looked.found.damages, SizeIs(1));
      const Damage& damage = looked.found.damages[0];
      EXPECT_EQ(damage.file, name);
      EXPECT_LE(damage.offset, offset);
      EXPECT_GT(damage.offset + damage.bytes, offset);
      const auto base = segment_base_of(name);
      const bool hit = base && offset >= kSegmentHeaderBytes;
      const std::uint64_t at = hit ? *base + offset - kSegmentHeaderBytes : 0;
      EXPECT_EQ(looked.positions, hit ? positions_without(log, at, at + 1) : positions_without(log, 0, 0));
      EXPECT_EQ(looked.found.records, looked.positions.size());
      EXPECT_EQ(damage.records_before + damage.records_after, looked.positions.size());
      if (hit) {
        EXPECT_EQ(damage.records_before,
                  std::ranges::count_if(looked.positions, [&](std::uint64_t position) { return position < at; }));
      }
      log.flip(name, offset, bit);
    }
  }
  EXPECT_TRUE(look_at(log).found.is_sound());
}

// A sector that the disk refuses is read as if it held zeros, and named as what it is, also where that loses nothing.
TEST(Inspect, ReadsAroundASectorThatTheDiskRefuses) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  log.overwrite(log.names(".seg").back(), 12'000, std::string(5'000, '\0'));  // filled ahead
  const auto sound = look_at(log);
  std::size_t without_loss = 0;
  for (const std::string& name : log.names()) {
    const std::uint64_t size = log.contents(name).size();
    for (std::uint64_t sector = 0; sector < size; sector += 4'096) {
      SCOPED_TRACE(testing::Message() << name << ", byte " << sector);
      const std::uint64_t bytes = std::min<std::uint64_t>(4'096, size - sector);
      auto files = refusing(log.files, log.path(name), sector + bytes / 2);
      const auto looked = look_at(log, &files);
      log.keep();
      log.overwrite(name, sector, std::string(bytes, '\0'));
      const auto zeroed = look_at(log);
      log.bring_back();
      EXPECT_EQ(looked.positions, zeroed.positions);
      EXPECT_EQ(looked.found.end, sound.found.end);
      EXPECT_EQ(looked.found.snapshots.size(), sound.found.snapshots.size());
      ASSERT_THAT(looked.found.damages, SizeIs(std::max<std::size_t>(1, zeroed.found.damages.size())));
      for (std::size_t i = 0; i < looked.found.damages.size(); ++i) {
        const Damage& damage = looked.found.damages[i];
        EXPECT_EQ(damage.file, name);
        EXPECT_LT(damage.offset, sector + bytes);
        EXPECT_GT(damage.offset + damage.bytes, sector);
        EXPECT_THAT(damage.what, HasSubstr("he disk refuses"));
        EXPECT_THAT(damage.what, HasSubstr(std::to_string(bytes) + " bytes"));
        EXPECT_THAT(damage.what, HasSubstr("byte " + std::to_string(sector)));
      }
      without_loss += zeroed.found.is_sound();
    }
  }
  EXPECT_GT(without_loss, 0U);
}

// A page of the disk is gone, and with it the id that is in every checksum of the segment.
TEST(Inspect, ReadsSegmentsWhoseHeadersAreGone) {
  TestLog log;
  log.fill(60, {});
  std::size_t read = 0;
  for (const std::string& name : log.names(".seg")) {
    log.keep();
    log.overwrite(name, 0, std::string(kSegmentHeaderBytes, '\0'));
    const auto looked = look_at(log);
    ASSERT_THAT(looked.found.damages, SizeIs(1));
    EXPECT_EQ(looked.found.damages[0].offset, 0U);
    const std::uint64_t base = *segment_base_of(name);
    const std::uint64_t until = base + log.used_bytes(name) - kSegmentHeaderBytes;
    // A single record does not tell which id it was written with.
    const bool is_alone = positions_without(log, base, until).size() + 1 == log.records.size();
    EXPECT_EQ(looked.positions, is_alone ? positions_without(log, base, until) : positions_without(log, 0, 0)) << name;
    read += !is_alone;
    log.bring_back();
  }
  EXPECT_GT(read, 2U);
}

TEST(Inspect, FindsEveryPlaceOfMany) {
  TestLog log;
  log.fill(60, {});
  const auto damage_size_of = [&](std::size_t number) {
    const std::uint64_t position = log.records[number].position.value;
    std::string in;
    for (const std::string& name : log.names(".seg")) in = *segment_base_of(name) <= position ? name : in;
    log.flip(in, kSegmentHeaderBytes + position - *segment_base_of(in) + 9);
    return in;
  };
  std::size_t twin = 10;
  while (damage_size_of(twin) != damage_size_of(twin + 1)) twin += 3;
  const auto places = static_cast<std::size_t>((twin - 10) / 3 * 2);  // pairs on two sides of a segment's end
  damage_size_of(3);
  damage_size_of(55);
  const auto looked = look_at(log);
  EXPECT_THAT(looked.found.damages, SizeIs(places + 3)) << "two that touch are one";
  EXPECT_EQ(looked.found.records, 60 - places - 4);
}

TEST(Inspect, TellsATornCommitFromDamage) {
  TestLog log;
  log.fill(40, {20});
  const std::string last = log.names(".seg").back();
  log.overwrite(last, log.used_bytes(last), "half a record");
  auto looked = look_at(log);
  EXPECT_THAT(looked.found.damages, IsEmpty());
  EXPECT_EQ(looked.found.torn_bytes, 13U);
  EXPECT_EQ(looked.found.end, log.end);
  // Only the mark says that the last commit was durable: if both are damaged, the commit looks like a torn one.
  const log::Record& record = log.records.back();
  const std::uint64_t base = *segment_base_of(last);
  log.flip(last, kSegmentHeaderBytes + record.position.value - base);
  looked = look_at(log);
  ASSERT_THAT(looked.found.damages, SizeIs(1));
  EXPECT_EQ(looked.found.end, log.end);
  std::filesystem::remove(log.path("commit"));
  looked = look_at(log);
  ASSERT_THAT(looked.found.damages, SizeIs(1));
  EXPECT_EQ(looked.found.damages[0].file, "commit");
  EXPECT_EQ(looked.found.end, record.position.value);
}

// Nothing says that it was durable, so a start cuts all of it off.
TEST(Inspect, ATornCommitMayHaveSoundRecordsBehindABadOne) {
  TestLog log;
  log.fill(40, {20});
  const std::string last = log.names(".seg").back();
  const std::uint64_t id = decode_segment_header(log.contents(last).substr(0, kSegmentHeaderBytes))->id;
  std::string commit;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t position = log.end + commit.size();
    append_record(commit, id, {.position = position, .durable_before = log.end, .type = 100, .payload = "x"},
                  padded_crc("x"));
  }
  commit[0] = static_cast<char>(commit[0] ^ 1);
  log.overwrite(last, log.used_bytes(last), commit);
  const auto looked = look_at(log);
  EXPECT_THAT(looked.found.damages, IsEmpty());
  EXPECT_EQ(looked.found.end, log.end);
  EXPECT_EQ((*log.open())->end().value, log.end);
}

TEST(Inspect, NamesWhatIsMissing) {
  TestLog log;
  log.fill(60, {30, 50});
  log.keep();
  const auto names = log.names();
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    std::filesystem::remove(log.path(name));
    const auto looked = look_at(log);
    if (name.starts_with("snapshot-")) {
      EXPECT_TRUE(looked.found.is_sound()) << "there may be one or none";
    } else {
      ASSERT_THAT(looked.found.damages, SizeIs(1));
      const Damage& damage = looked.found.damages[0];
      // If the file before it is still there, that is the one whose records end too early.
      EXPECT_THAT(damage.file + " " + damage.what, AllOf(HasSubstr(name), HasSubstr("missing")));
    }
    log.bring_back();
  }
  for (const std::string& name : log.names(".seg")) std::filesystem::remove(log.path(name));
  const auto looked = look_at(log);
  ASSERT_THAT(looked.found.damages, SizeIs(1));
  EXPECT_THAT(looked.found.damages[0].what, HasSubstr("is missing: the records from position 0 to"));
}

// One flipped bit anywhere in a compacted segment is one damage there; everything outside its block is read.
TEST(Inspect, FindsAnyFlippedBitOfACompactedSegment) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  const auto sound = look_at(log);
  EXPECT_THAT(sound.found.damages, IsEmpty());
  EXPECT_EQ(sound.positions, positions_without(log, 0, 0));
  base::Random random{6};
  const std::string name = log.names(".compacted")[1];
  const std::uint64_t size = log.contents(name).size();
  for (std::uint64_t offset = 0; offset < size; offset += base::kStride) {
    SCOPED_TRACE(offset);
    const auto bit = static_cast<unsigned>(random.below(8));
    log.flip(name, offset, bit);
    const auto looked = look_at(log);
    ASSERT_THAT(looked.found.damages, SizeIs(1));
    const Damage& damage = looked.found.damages[0];
    EXPECT_EQ(damage.file, name);
    EXPECT_LE(damage.offset, offset);
    EXPECT_GT(damage.offset + damage.bytes, offset);
    EXPECT_EQ(damage.records_before + damage.records_after, looked.found.records);
    const bool is_hit = damage.what.contains("cannot be read");
    EXPECT_EQ(looked.found.records < sound.found.records, is_hit);
    EXPECT_TRUE(looked.found.can_rebuild_state());
    log.flip(name, offset, bit);
  }
}

// Whatever wrote the header, blocks are searched for only within the file.
TEST(Inspect, EndsWhereTheFileDoesThoughAHeaderPutsTheIndexFarBehind) {
  TestLog log;
  log.fill(60, {40, 50});
  log.compact();
  const auto sound = look_at(log);
  const std::string name = log.names(".compacted")[0];
  auto header = *decode_compacted_header(log.contents(name).substr(0, kCompactedHeaderBytes));
  header.index_offset = std::uint64_t{1} << 62;
  const std::string bytes = encode_compacted_header(header);
  log.overwrite(name, 0, bytes);
  log.overwrite(name, log.contents(name).size() - bytes.size(), bytes);
  const auto looked = look_at(log);
  EXPECT_EQ(looked.positions, sound.positions);
  EXPECT_FALSE(looked.found.is_sound());
  EXPECT_EQ(looked.found.damages[0].file, name);
}

TEST(Inspect, ABadBlockHidesNoOther) {
  TestLog log;
  base::Random random{7};
  auto settings = TestLog::settings();
  settings.segment_bytes = 1'500'000;
  {
    const auto opened = *open_embedded_log(log.files, log.directory, settings);
    for (int i = 0; i < 2'000; ++i) {
      std::string payload(1'000, '\0');
      for (char& c : payload) c = static_cast<char>(random.next());
      ASSERT_TRUE(opened->append(100, {}, payload));
    }
    ASSERT_TRUE(opened->commit());
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(opened->append(100, {}, "more"));
      ASSERT_TRUE(opened->commit());
      ASSERT_TRUE(opened->save_snapshot({opened->end(), "state at " + std::to_string(opened->end().value)}));
    }
    ASSERT_EQ(opened->compact(opened->end(), EvenTypes{}, [](const log::CompactionStep&) { return true; })->segments,
              1U);
  }
  const std::string name = log.names(".compacted")[0];
  const auto sound = look_at(log);
  ASSERT_TRUE(sound.found.is_sound());
  const auto blocks = sound.found.segments[0].blocks;
  ASSERT_GE(blocks.size(), 5U);
  log.flip(name, blocks[2].offset + 30);
  // Also without an index.
  for (const bool has_index : {true, false}) {
    if (!has_index) log.flip(name, log.contents(name).size() - kCompactedHeaderBytes - 10);
    const auto looked = look_at(log);
    ASSERT_THAT(looked.found.damages, SizeIs(has_index ? 1 : 2));
    const Damage& damage = looked.found.damages.back();
    EXPECT_EQ(damage.offset, blocks[2].offset);
    EXPECT_EQ(damage.offset + damage.bytes, blocks[3].offset);
    EXPECT_EQ(looked.found.segments[0].blocks.size(), blocks.size() - 1);
    std::vector<std::uint64_t> expected = sound.positions;
    std::erase_if(expected, [&](std::uint64_t at) { return at >= blocks[2].first && at < blocks[3].first; });
    EXPECT_EQ(looked.positions, expected);
  }
}

TEST(Inspect, SaysWhetherAStateCanBeRebuilt) {
  TestLog log;
  log.fill(60, {30, 50});
  EXPECT_TRUE(look_at(log).found.can_rebuild_state());
  {
    const auto opened = log.open();
    ASSERT_TRUE((*opened)->trim((*opened)->end()));
  }
  auto looked = look_at(log);
  EXPECT_TRUE(looked.found.is_sound());
  EXPECT_GT(looked.found.begin, 0U);
  EXPECT_TRUE(looked.found.can_rebuild_state());
  for (const auto& snapshot : looked.found.snapshots) log.flip(snapshot_name(snapshot.position), 41);
  EXPECT_FALSE(look_at(log).found.can_rebuild_state());

  TestLog compacted;
  compacted.fill(60, {30, 50});
  compacted.compact();
  looked = look_at(compacted);
  EXPECT_EQ(looked.found.begin, 0U);
  EXPECT_TRUE(looked.found.can_rebuild_state());
  for (const auto& snapshot : looked.found.snapshots) compacted.flip(snapshot_name(snapshot.position), 41);
  EXPECT_FALSE(look_at(compacted).found.can_rebuild_state());
  const auto refused = compacted.open();
  ASSERT_FALSE(refused) << "nothing holds what was not kept";
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("a backup can"));
}

// Every record is as it was written, yet no server can start.
TEST(Inspect, ALogWithoutTheSnapshotThatItNeedsIsNotSound) {
  TestLog freed, compacted;
  for (TestLog* log : {&freed, &compacted}) {
    log->fill(60, {30, 50});
    if (log == &compacted) {
      log->compact();
    } else {
      const auto opened = log->open();
      ASSERT_TRUE((*opened)->trim((*opened)->end()));
    }
    for (const auto& snapshot : look_at(*log).found.snapshots)
      std::filesystem::remove(log->path(snapshot_name(snapshot.position)));
    const auto found = look_at(*log).found;
    EXPECT_FALSE(found.is_sound());
    ASSERT_THAT(found.damages, SizeIs(1));
    EXPECT_THAT(found.damages[0].what, HasSubstr("no snapshot holds the state"));
    EXPECT_THAT(plan_repair(found).error().message, HasSubstr("Restore a backup"));
    EXPECT_EQ(log->open().error().code, ErrorCode::Corrupt);
  }

  TestLog whole;  // the state is rebuilt from all of it
  whole.fill(60, {30, 50});
  for (const std::string& name : whole.names()) {
    if (snapshot_position_of(name)) std::filesystem::remove(whole.path(name));
  }
  EXPECT_TRUE(look_at(whole).found.is_sound());
  EXPECT_TRUE(whole.open());
}

}  // namespace
}  // namespace athanor::storage
