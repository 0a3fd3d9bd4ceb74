// The embedded log on a bad disk: power cut at every operation, failure of every operation, full at every byte, bit rot
// at every byte. Every test checks the same of the log that comes up afterwards (expect_kept).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/tries.h"
#include "sim/disk.h"
#include "storage/embedded/open.h"

namespace athanor::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kDirectory = "data/log";

// Segments of a few records each, so that every kind of thing happens within a short run.
storage::EmbeddedLogSettings tiny_settings(std::vector<std::string>* reports = nullptr) {
  return {.segment_bytes = 900,
          .fill_ahead_bytes = 300,
          .staged_bytes_max = 65'536,
          .compacted_neighbours_min = 2,
          .seed = 7,
          .report = [reports](const std::string& sentence) {
            if (reports != nullptr) reports->push_back(sentence);
          }};
}

Result<std::unique_ptr<log::Log>> open_log(Disk& disk, std::vector<std::string>* reports = nullptr) {
  return storage::open_embedded_log(disk, kDirectory, tiny_settings(reports));
}

// Two keepers keep one type in three of old records.
class SomeTypes final : public log::Keepers {
 public:
  static bool keeps(log::RecordType type) { return type % 3 == 0; }
  std::vector<std::uint64_t> keepers_of(log::RecordType type, base::Time, std::string_view) const override {
    return keeps(type) ? std::vector<std::uint64_t>{type % 2 + 1U} : std::vector<std::uint64_t>{};
  }
  bool keeps(std::uint64_t keeper, base::Time) const override { return keeper <= 2; }
};

// What one user of the log has done and been told.
struct Memory {
  std::vector<log::Record> appended;            // in order; any tail after `acknowledged` may be gone
  std::uint64_t acknowledged = 0;               // every record before this position was
  std::uint64_t floor = 0;                      // what was allowed to be freed
  std::uint64_t compacted = 0;                  // before it only SomeTypes must be there
  std::vector<log::Snapshot> snapshots;         // attempted; that of `snapshot_saved` or a later one is there
  std::optional<std::uint64_t> snapshot_saved;  // position
};

bool same(const log::Record& a, const log::Record& b) {
  return a.position == b.position && a.type == b.type && a.time == b.time && a.payload == b.payload;
}

// Appends and commits `batches`, with a snapshot and a trim now and then, until something fails. True when nothing did.
bool write_until_failure(log::Log& log, Memory& memory, base::Random& random, int batches) {
  for (int batch = 0; batch < batches; ++batch) {
    for (auto records = 1 + random.below(4); records > 0; --records) {
      std::string payload(random.one_in(6) ? 1'500 : random.below(200), '\0');
      for (char& c : payload) c = static_cast<char>(random.next());
      const auto type = static_cast<log::RecordType>(random.next());
      const base::Time time{base::Duration{static_cast<std::int64_t>(random.below(1'000'000))}};
      const log::LogPosition end = log.end();
      const auto position = log.append(type, time, payload);
      if (!position) return false;
      EXPECT_EQ(*position, end);
      memory.appended.push_back({*position, type, time, std::move(payload)});
    }
    const auto committed = log.commit();
    if (!committed) return false;
    EXPECT_EQ(*committed, log.end());
    memory.acknowledged = committed->value;
    if (random.one_in(4)) {
      memory.snapshots.push_back({log.commit_position(), "state at " + std::to_string(memory.acknowledged)});
      if (!log.save_snapshot(memory.snapshots.back())) return false;
      memory.snapshot_saved = memory.acknowledged;
    }
    if (random.one_in(3)) {
      memory.floor = std::max(memory.floor, random.below(memory.acknowledged / 2 + 1));
      if (!log.trim(log::LogPosition{memory.floor})) return false;
    }
    if (random.one_in(3)) {
      memory.compacted = std::max(memory.compacted, random.below(memory.acknowledged + 1));
      const bool is_ended = random.one_in(5);
      if (!log.compact(log::LogPosition{memory.compacted}, SomeTypes{},
                       [&](const log::CompactionStep&) { return !is_ended; }))
        return false;
    }
  }
  return true;
}

// Everything acknowledged is there, nothing is there that was not appended, and snapshots are as they were saved.
// From here on `memory` is what the log has.
void expect_kept(const log::Log& log, Memory& memory) {
  std::vector<log::Record> found;
  const auto end = log.scan(log::LogPosition{0}, [&](const log::Record& record) {
    found.push_back(record);
    return true;
  });
  ASSERT_TRUE(end) << end.error().detail;
  ASSERT_EQ(*end, log.end());
  ASSERT_EQ(log.commit_position(), log.end());
  ASSERT_GE(log.end().value, memory.acknowledged);

  std::vector<log::Record> expected;
  const std::uint64_t first = found.empty() ? log.end().value : found.front().position.value;
  for (const auto& record : memory.appended) {
    if (record.position >= log.end() || (record.position.value < first && record.position.value < memory.floor))
      continue;
    const bool must_be_there = record.position.value >= memory.compacted || SomeTypes::keeps(record.type);
    const bool is_there = expected.size() < found.size() && found[expected.size()].position == record.position;
    if (must_be_there || is_there) expected.push_back(record);
    if (!is_there) ASSERT_EQ(log.read(record.position).error().code, ErrorCode::NotFound) << record.position.value;
  }
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_TRUE(same(found[i], expected[i])) << "record " << i;
  for (const std::size_t i : {std::size_t{0}, found.size() / 2}) {
    if (i >= found.size()) break;
    const auto read = log.read(found[i].position);
    ASSERT_TRUE(read) << read.error().detail;
    ASSERT_TRUE(same(*read, found[i]));
  }

  const auto snapshot = log.load_snapshot();
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  ASSERT_TRUE(*snapshot || !memory.snapshot_saved);
  if (*snapshot) {
    ASSERT_GE((*snapshot)->position.value, memory.snapshot_saved.value_or(0));
    ASSERT_GE((*snapshot)->position.value, first);
    ASSERT_EQ((*snapshot)->state, "state at " + std::to_string((*snapshot)->position.value));
    memory.snapshot_saved = (*snapshot)->position.value;
  } else {
    ASSERT_EQ(first, 0U) << "freed, and no snapshot holds it";
  }
  std::erase_if(memory.appended, [&](const log::Record& record) { return record.position >= log.end(); });
  memory.acknowledged = log.end().value;
}

// Opens the log, which must work, and checks it; then writes more, opens it again, and checks again: what is written
// after the recovered tail must hold, too.
void expect_recovers(Disk& disk, Memory& memory, base::Random& random) {
  for (const int batches : {3, 0}) {
    const auto log = open_log(disk);
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_kept(**log, memory));
    ASSERT_TRUE(write_until_failure(**log, memory, random, batches));
  }
}

// One life of the log on `disk`, until it ends or something fails. The log is gone afterwards, as after a crash.
void live(Disk& disk, Memory& memory, base::Random& random, int batches) {
  const auto log = open_log(disk);
  if (!log) return;
  if (write_until_failure(**log, memory, random, batches)) return;
  if (const auto full = log.value()->commit(); full && !disk.was_cut())
    return;  // a snapshot did not fit; the log goes on
  EXPECT_EQ((*log)->append(1, {}, "more").error().code, ErrorCode::Unavailable);
  EXPECT_EQ((*log)->commit().error().code, ErrorCode::Unavailable);
  EXPECT_EQ((*log)->trim(log::LogPosition{0}).error().code, ErrorCode::Unavailable);
  EXPECT_FALSE((*log)->commit().error().detail.empty()) << "the first error is kept";
}

struct Fate {
  Survival survival;
  std::uint64_t seed;
};

std::vector<Fate> fates(std::uint64_t seeds) {
  std::vector<Fate> all;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    all.push_back({Survival::Prefix, seed});
    all.push_back({Survival::Sectors, seed});
  }
  return all;
}

// What was acknowledged is there after a power cut, wherever the cut falls: it falls after the first file operation,
// then after the second, and so on until a run needs no more operations than that.
TEST(EmbeddedLog, KeepsWhatItAcknowledgedAcrossAnyPowerCut) {
  for (const auto& [survival, seed] : fates(12)) {
    for (std::uint64_t operations = 0;; ++operations) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", survival " << int(survival) << ", cut after "
                                      << operations);
      Disk disk{{.seed = seed * 1'000 + operations, .survival = survival, .power_cut_after_operations = operations}};
      base::Random random{seed};
      Memory memory;
      live(disk, memory, random, 12);
      const bool was_cut = disk.was_cut();
      disk.restore_power();
      ASSERT_NO_FATAL_FAILURE(expect_recovers(disk, memory, random));
      if (!was_cut) break;
    }
  }
}

// The same, with a second cut at each operation of the recovery that follows, and a third in the recovery after that.
TEST(EmbeddedLog, KeepsWhatItAcknowledgedAcrossCutsDuringRecovery) {
  for (const auto& [survival, seed] : fates(base::tries(3))) {
    bool was_cut = true;
    for (std::uint64_t operations = 0; was_cut; ++operations) {
      bool recovery_was_cut = true;
      for (std::uint64_t recovering = 0; recovery_was_cut; ++recovering) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", survival " << int(survival) << ", cut after "
                                        << operations << ", and after " << recovering);
        Disk disk{{.seed = seed * 1'000 + operations, .survival = survival, .power_cut_after_operations = operations}};
        base::Random random{seed};
        Memory memory;
        live(disk, memory, random, 8);
        was_cut = disk.was_cut();
        disk.restore_power();
        disk.cut_power_after(recovering);
        recovery_was_cut = !open_log(disk);
        disk.restore_power();
        disk.cut_power_after(recovering / 2);
        (void)open_log(disk);
        disk.restore_power();
        ASSERT_NO_FATAL_FAILURE(expect_recovers(disk, memory, random));
      }
    }
  }
}

// A long life: killed, cut and started again many times over the same files.
TEST(EmbeddedLog, KeepsWhatItAcknowledgedAcrossManyCrashes) {
  for (const auto& [survival, seed] : fates(10)) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", survival " << int(survival));
    Disk disk{{.seed = seed, .survival = survival}};
    base::Random random{seed};
    Memory memory;
    for (int crash = 0; crash < 60; ++crash) {
      disk.cut_power_after(random.below(60));
      live(disk, memory, random, static_cast<int>(random.below(15)));
      // Some crashes end only the server: then all that it wrote is still visible, synced or not.
      if (disk.was_cut() || random.one_in(2)) disk.restore_power();
      disk.cut_power_after(kNever);
      const auto log = open_log(disk);
      ASSERT_TRUE(log) << log.error().message;
      ASSERT_NO_FATAL_FAILURE(expect_kept(**log, memory)) << "crash " << crash;
    }
  }
}

// A failed operation is the last one: nothing is acknowledged after it, and what was acknowledged before it is there
// for the next server, whether the power is cut before or after that.
TEST(EmbeddedLog, StopsAtAnyFailedOperationAndLosesNothing) {
  for (const bool sticky : {false, true}) {
    for (const auto& [survival, seed] : fates(3)) {
      for (const Failing failing : {Failing::Any, Failing::Write, Failing::Sync}) {
        for (const bool cut_at_once : {false, true}) {
          // A failure in compaction does not stop the log, so a run may go on after it.
          Disk whole{{.seed = 1}};
          base::Random same{seed};
          Memory all;
          live(whole, all, same, 8);
          for (std::uint64_t after = 0; after <= whole.operations(); after += base::kStride) {
            SCOPED_TRACE(testing::Message() << "seed " << seed << ", survival " << int(survival) << ", failing "
                                            << int(failing) << " after " << after << (sticky ? " for good" : " once"));
            Disk disk{{.seed = seed * 1'000 + after, .survival = survival}};
            disk.fail({.operations = failing, .after = after, .sticky = sticky});
            base::Random random{seed};
            Memory memory;
            {
              const auto log = open_log(disk);
              const bool failed = !log || !write_until_failure(**log, memory, random, 8);
              if (log && failed) {
                EXPECT_EQ((*log)->append(1, {}, "more").error().code, ErrorCode::Unavailable);
                EXPECT_EQ((*log)->commit().error().code, ErrorCode::Unavailable);
                EXPECT_THAT((*log)->commit().error().detail, HasSubstr("EIO"));
              }
            }
            disk.heal();
            if (cut_at_once) disk.restore_power();
            ASSERT_NO_FATAL_FAILURE(expect_recovers(disk, memory, random));
            disk.restore_power();
            ASSERT_NO_FATAL_FAILURE(expect_recovers(disk, memory, random));
          }
        }
      }
    }
  }
}

// A start that meets an unreadable byte refuses and says where; a read of a running log answers with the disk's error,
// and the log goes on, since nothing written has changed. Once healed, everything is there.
TEST(EmbeddedLog, AnyFailedReadIsToldAndLosesNothing) {
  enum : std::uint8_t { kStart, kRead, kCompaction, kNowhere };
  std::set<int> met;
  for (const bool sticky : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Disk first{{.seed = seed}};
      base::Random before{seed};
      Memory written;
      live(first, written, before, 12);
      for (std::uint64_t after = 0, reads = 1; after <= reads; ++after) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", read " << after << (sticky ? " for good" : " once"));
        const auto disk = first.copy();
        Memory memory = written;
        base::Random random{seed + 100};
        const auto is_told = [&](const Error& error) {
          EXPECT_EQ(error.code, ErrorCode::Unavailable);
          EXPECT_THAT(error.message + error.detail, testing::ContainsRegex("read byte [0-9]+ of data/log/.*: EIO"));
        };
        std::vector<std::string> reports;
        disk->fail({.operations = Failing::Read, .after = after, .sticky = sticky});
        if (const auto log = open_log(*disk, &reports); !log) {
          is_told(log.error());
          met.insert(kStart);
        } else {
          reports.clear();
          // Whatever is returned is what was written; after an error nothing is.
          auto next = memory.appended.begin();
          const auto scanned = (*log)->scan(log::LogPosition{0}, [&](const log::Record& record) {
            while (next != memory.appended.end() && next->position < record.position) ++next;
            EXPECT_TRUE(next != memory.appended.end() && same(*next, record));
            return true;
          });
          if (!scanned) {
            is_told(scanned.error());
            met.insert(kRead);
          }
          for (const log::Record& record : memory.appended) {
            const auto read = (*log)->read(record.position);
            if (read || read.error().code == ErrorCode::NotFound) continue;
            is_told(read.error());
            met.insert(kRead);
          }
          EXPECT_TRUE(write_until_failure(**log, memory, random, 8)) << "it goes on";
          met.insert(reports.empty() ? kNowhere : kCompaction);
          disk->heal();
          ASSERT_NO_FATAL_FAILURE(expect_kept(**log, memory)) << "nothing unreadable is remembered as such";
        }
        reads = disk->reads();
        disk->heal();
        disk->restore_power();
        ASSERT_NO_FATAL_FAILURE(expect_recovers(*disk, memory, random));
      }
    }
  }
  EXPECT_EQ(met, (std::set<int>{kStart, kRead, kCompaction, kNowhere}));
}

TEST(EmbeddedLog, SaysThatTheDiskIsFullAndOpensOnAFullDisk) {
  for (std::uint64_t capacity = 4'000; capacity < 60'000; capacity += 731) {
    SCOPED_TRACE(testing::Message() << "capacity " << capacity);
    Disk disk{{.seed = capacity, .capacity_bytes = capacity}};
    base::Random random{3};
    Memory memory;
    {
      const auto log = open_log(disk);
      if (!log) {
        EXPECT_EQ(log.error().code, ErrorCode::DiskFull);
        continue;
      }
      Result<log::LogPosition> committed = log::LogPosition{};
      while (committed) {
        const std::string payload(random.below(300), 'x');
        const auto position = (*log)->append(9, {}, payload);
        ASSERT_TRUE(position);
        memory.appended.push_back({*position, 9, {}, payload});
        committed = (*log)->commit();
        if (committed) memory.acknowledged = committed->value;
      }
      EXPECT_EQ(committed.error().code, ErrorCode::DiskFull);
      EXPECT_EQ((*log)->commit().error().code, ErrorCode::Unavailable);
    }
    {
      const auto log = open_log(disk);
      ASSERT_TRUE(log) << log.error().message;
      ASSERT_NO_FATAL_FAILURE(expect_kept(**log, memory));
    }
    disk.set_capacity(kNever);
    ASSERT_NO_FATAL_FAILURE(expect_recovers(disk, memory, random));
  }
}

TEST(EmbeddedLog, ASnapshotThatDoesNotFitLeavesTheLogRunning) {
  Disk disk;
  const auto log = open_log(disk);
  ASSERT_TRUE((*log)->append(1, {}, "one"));
  ASSERT_TRUE((*log)->commit());
  ASSERT_TRUE((*log)->save_snapshot({(*log)->end(), "small"}));
  disk.set_capacity(10'000);
  const auto refused = (*log)->save_snapshot({(*log)->end(), std::string(20'000, 's')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::DiskFull);
  EXPECT_EQ((**(*log)->load_snapshot()).state, "small");
  ASSERT_TRUE((*log)->append(1, {}, "two"));
  EXPECT_TRUE((*log)->commit());
}

// --- Damage

// A log that was closed cleanly: several segments, some of them compacted, two snapshots, nothing in flight.
struct Aged {
  Disk disk;
  Memory memory;
  Aged() {
    base::Random random{4};
    const auto log = open_log(disk);
    EXPECT_TRUE(write_until_failure(**log, memory, random, 24));
    EXPECT_TRUE(memory.snapshot_saved);
    const auto all = names();
    EXPECT_GE(std::ranges::count_if(all, [](const auto& name) { return name.ends_with(".compacted"); }), 1);
    EXPECT_GE(std::ranges::count_if(all, [](const auto& name) { return name.ends_with(".seg"); }), 3);
  }
  std::vector<std::string> names() { return *disk.list(kDirectory); }
  std::string path(const std::string& name) const { return std::string(kDirectory) + "/" + name; }
};

enum class Outcome : std::uint8_t { RefusedToOpen, FoundByScan, Repaired, Harmless };

// Opens the log after one bit of `name` was flipped. Whatever happens, nothing acknowledged is missing silently.
Outcome open_damaged(Aged& aged, const std::string& name) {
  std::vector<std::string> reports;
  const auto log = open_log(aged.disk, &reports);
  if (!log) {
    EXPECT_EQ(log.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(log.error().message, HasSubstr(name));
    EXPECT_THAT(log.error().message, HasSubstr("byte"));
    return Outcome::RefusedToOpen;
  }
  const auto scanned = (*log)->scan(log::LogPosition{0}, [](const log::Record&) { return true; });
  if (!scanned) {
    EXPECT_EQ(scanned.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(scanned.error().detail, HasSubstr(name));
    EXPECT_THAT(scanned.error().detail, HasSubstr("byte"));
    return Outcome::FoundByScan;
  }
  Memory memory = aged.memory;
  // The newest snapshot may be the damaged one.
  if (!reports.empty()) memory.snapshot_saved.reset();
  expect_kept(**log, memory);
  return reports.empty() ? Outcome::Harmless : Outcome::Repaired;
}

TEST(EmbeddedLog, NamesOrRepairsEveryFlippedBit) {
  auto aged = std::make_unique<Aged>();
  base::Random random{5};
  std::size_t counts[4] = {};
  const auto names = aged->names();
  for (const std::string& name : names) {
    const std::size_t size = aged->disk.contents(aged->path(name))->size();
    for (std::uint64_t offset = 0; offset < size; ++offset) {
      // Most of a segment's header is zeros under one checksum: a few of them represent all.
      if (name.ends_with(".seg") && offset >= 40 && offset < 4'090 && !random.one_in(200)) continue;
      SCOPED_TRACE(testing::Message() << name << ", byte " << offset);
      const auto bit = static_cast<unsigned>(random.below(8));
      const std::uint64_t operations = aged->disk.operations();
      ASSERT_TRUE(aged->disk.flip_bit(aged->path(name), offset, bit));
      const Outcome outcome = open_damaged(*aged, name);
      ++counts[static_cast<int>(outcome)];
      if (name.ends_with(".seg")) EXPECT_NE(outcome, Outcome::Harmless);
      // The copy of the header is read only when the first is damaged.
      if (name.ends_with(".compacted")) EXPECT_EQ(outcome == Outcome::Harmless, offset >= size - 64);
      if (HasFatalFailure() || HasNonfatalFailure()) return;
      if (aged->disk.operations() - operations <= 1) {
        ASSERT_TRUE(aged->disk.flip_bit(aged->path(name), offset, bit));
      } else {
        aged = std::make_unique<Aged>();  // it repaired something
      }
    }
  }
  for (const std::size_t count : counts) EXPECT_GT(count, 0U);
}

// Opens a log of two commits, the second in two records; returns the offsets of its three records in the first segment.
struct ThreeRecords {
  Disk disk;
  std::vector<std::uint64_t> offsets;
  std::string segment = std::string(kDirectory) + "/0000000000000000.seg";
  std::string mark = std::string(kDirectory) + "/commit";
  ThreeRecords() {
    const auto log = open_log(disk);
    const auto append = [&](std::string_view payload) {
      offsets.push_back(4'096 + (*log)->append(1, {}, payload)->value);
    };
    append("one");
    EXPECT_TRUE((*log)->commit());
    append("two");
    append("three");
    EXPECT_TRUE((*log)->commit());
  }
};

TEST(EmbeddedLog, DamageBeforeTheCommitMarkIsRefused) {
  for (std::size_t record = 0; record < 3; ++record) {
    ThreeRecords three;
    ASSERT_TRUE(three.disk.flip_bit(three.segment, three.offsets[record] + 25));
    const auto log = open_log(three.disk);
    ASSERT_FALSE(log);
    EXPECT_THAT(log.error().message,
                HasSubstr(three.segment + " is damaged at byte " + std::to_string(three.offsets[record])));
  }
}

// Without the mark, a record is known to have been durable by the commits after its own. Damage to the very last commit
// looks the same as an unfinished commit, and is cut off, with a report.
TEST(EmbeddedLog, DamageBeforeALaterCommitIsRefusedAndBehindItIsATornTail) {
  for (std::size_t record = 0; record < 3; ++record) {
    ThreeRecords three;
    ASSERT_TRUE(three.disk.remove(three.mark));
    ASSERT_TRUE(three.disk.flip_bit(three.segment, three.offsets[record] + 25));
    std::vector<std::string> reports;
    const auto log = open_log(three.disk, &reports);
    ASSERT_EQ(log.has_value(), record > 0) << record;
    if (!log) continue;
    EXPECT_EQ((*log)->end().value, three.offsets[record] - 4'096);
    ASSERT_THAT(reports, Not(IsEmpty()));
    EXPECT_THAT(reports[0], HasSubstr("from byte " + std::to_string(three.offsets[record])));
  }
}

TEST(EmbeddedLog, WhatIsCutOffNeverComesBack) {
  ThreeRecords three;
  ASSERT_TRUE(three.disk.remove(three.mark));
  // The second record is torn; the third, of the same commit, is whole after it.
  ASSERT_TRUE(three.disk.flip_bit(three.segment, three.offsets[1] + 25));
  for (int start = 0; start < 2; ++start) {
    const auto log = open_log(three.disk);
    ASSERT_TRUE(log);
    std::vector<std::string> payloads;
    ASSERT_TRUE((*log)->scan(log::LogPosition{0}, [&](const log::Record& record) {
      payloads.push_back(record.payload);
      return true;
    }));
    if (start == 0) {
      EXPECT_THAT(payloads, testing::ElementsAre("one"));
      // The same length as the torn record, so that the third would follow it without a gap.
      ASSERT_TRUE((*log)->append(1, {}, "TWO"));
      ASSERT_TRUE((*log)->commit());
    } else {
      EXPECT_THAT(payloads, testing::ElementsAre("one", "TWO"));
    }
  }
}

TEST(EmbeddedLog, MissingFilesAreRefused) {
  Aged whole;
  std::vector<std::string> segments;
  for (const auto& name : whole.names()) {
    if (name.ends_with(".seg") || name.ends_with(".compacted")) segments.push_back(name);
  }
  ASSERT_GE(segments.size(), 3U);
  for (const auto& missing : segments) {
    Aged aged;
    ASSERT_TRUE(aged.disk.remove(aged.path(missing)));
    const auto log = open_log(aged.disk);
    ASSERT_FALSE(log) << missing;
    EXPECT_EQ(log.error().code, ErrorCode::Corrupt) << missing;
    EXPECT_THAT(log.error().message, HasSubstr(kDirectory)) << missing;
  }
  Aged aged;
  for (const auto& name : segments) ASSERT_TRUE(aged.disk.remove(aged.path(name)));
  EXPECT_EQ(open_log(aged.disk).error().code, ErrorCode::Corrupt) << "all of them";
}

TEST(EmbeddedLog, ADamagedSnapshotFallsBackToTheOneBeforeWhoseLogIsKept) {
  Aged aged;
  std::vector<std::string> snapshots;
  for (const auto& name : aged.names()) {
    if (name.starts_with("snapshot-")) snapshots.push_back(name);
  }
  ASSERT_EQ(snapshots.size(), 2U);
  {
    const auto log = open_log(aged.disk);
    ASSERT_TRUE((*log)->trim((*log)->end())) << "frees no more than the older snapshot can miss";
  }
  ASSERT_TRUE(aged.disk.flip_bit(aged.path(snapshots[1]), 45));
  {
    std::vector<std::string> reports;
    const auto log = open_log(aged.disk, &reports);
    ASSERT_TRUE(log) << log.error().message;
    const auto snapshot = (*log)->load_snapshot();
    ASSERT_TRUE(*snapshot);
    EXPECT_LT((*snapshot)->position.value, *aged.memory.snapshot_saved);
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_THAT(reports[0], HasSubstr(snapshots[1]));
  }
  ASSERT_TRUE(aged.disk.flip_bit(aged.path(snapshots[0]), 45));
  const auto log = open_log(aged.disk);
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, HasSubstr(snapshots[0]));
  EXPECT_THAT(log.error().message, HasSubstr(snapshots[1]));
}

}  // namespace
}  // namespace athanor::sim
