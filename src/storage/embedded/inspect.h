// Examines every record, snapshot and mark in a log's directory without changing anything: what is sound, what is
// damaged and where, and what can be read after the damage.
//
// recovery.h reads no more than a start needs and refuses at the first damage; this reads everything and continues.
// Both draw the same line between damage and a torn commit. repair.h acts on what is found here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/compacted_format.h"
#include "storage/embedded/format.h"
#include "storage/embedded/snapshot_file.h"

namespace athanor::storage {

struct Damage {
  std::string file;          // its name in the directory
  std::uint64_t offset = 0;  // of the first byte that may be bad
  std::uint64_t bytes = 0;   // from there on; 0 when the file is missing
  std::string what;          // continues the sentence that begins with the file's name
  // Readable ones in the whole log. If the damage affects no record, all count as before it.
  std::uint64_t records_before = 0, records_after = 0;
};

// A range of positions without a sound record.
struct Gap {
  std::uint64_t from = 0, until = 0;
};

struct SegmentReport {
  SegmentHeader header;     // as it should be in the file, which is of this kind
  std::uint64_t until = 0;  // its records end here: the next segment's base, or the log's end
  std::uint64_t file_bytes = 0;
  bool is_header_sound = false;
  bool is_readable = false;  // the id is known, so its records can be told from other bytes
  std::vector<Gap> gaps;     // in a compacted one they lie between kept records; how much of them is lost is unknown
  // Of a compacted one: where its sound blocks are, whatever its index says.
  std::vector<BlockPlace> blocks;
  bool is_index_sound = false;
  bool is_refused = false;  // the disk refuses to read some of it, perhaps where no record is
};

struct SnapshotReport {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
  std::string problem;  // empty when it is sound
};

// A file with the name of a segment that is not one of this log, so that nothing is lost without it; or that is one
// under the wrong name.
struct ForeignFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string problem;
  std::string own_name;  // empty when it is not a segment, or a file of that name has its contents
};

struct Inspection {
  std::uint64_t begin = 0, end = 0;     // positions: of the first record that should be there; after the last
  std::uint64_t durable = 0;            // what can be proved durable: all up to the end, or to where proof stops
  std::uint64_t records = 0;            // sound ones
  std::uint64_t lost_bytes = 0;         // of what earlier repairs put in the place of damaged records
  std::uint64_t torn_bytes = 0;         // after the end: a commit that never completed, which a start cuts off
  std::uint64_t bytes = 0;              // of all files
  std::vector<SegmentReport> segments;  // ascending
  std::vector<SnapshotReport> snapshots;
  std::vector<ForeignFile> foreign;
  std::optional<Extent> mark;
  std::vector<Damage> damages;  // the mark's, the foreign files', the segments' in order, the snapshots'

  // Implies that a state can be rebuilt: a log that has all its records but lacks a snapshot that it needs is not
  // sound, and that is then its only damage.
  bool is_sound() const { return damages.empty(); }
  // The newest sound snapshot, if any; a state can be rebuilt from it, or from a log that begins at position 0.
  std::optional<std::uint64_t> sound_snapshot() const;
  // The file that should be the last is missing: a log always ends in a plain segment.
  bool misses_tail() const { return !segments.empty() && segments.back().header.kind == SegmentKind::Compacted; }
  // The position from which on every record should be present: the end of the last compacted segment.
  std::uint64_t whole_from() const;
  bool can_rebuild_state() const { return whole_from() == 0 || sound_snapshot().value_or(0) >= whole_from(); }
};

struct Inspecting {
  std::uint64_t from = 0;  // position: segments that end before it are skipped
  // Called for every sound record in order, also those after damage, until it returns false. May be empty.
  std::function<bool(const RecordView&)> visit;
  CheckState check_state;
  // What the disk refuses to read of a file (EIO) is damage, and what is behind it is read. Otherwise it is the disk's
  // own error: a second try may succeed.
  bool reads_past_refused = false;
  // Called from time to time: bytes read, bytes in all. May be empty.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

// Blocks while the directory is read. Nothing may write to it meanwhile: hold its lock. NotFound when it holds no log;
// UnknownFormat when another version wrote it; otherwise the disk's own error.
Result<Inspection> inspect(io::FileSystem& files, const std::string& directory, const Inspecting& inspecting = {});

}  // namespace athanor::storage
