// Looks at every record, snapshot and mark of a log's directory and changes nothing: what is sound, what is damaged and
// where, and what can be read behind the damage.
//
// recovery.h reads no more than a start needs and refuses at the first damage; this reads everything and goes on. Both
// judge alike what is damage and what a torn commit. repair.h acts on what is found here.
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
  std::string what;          // goes on from the file's name
  // Of the whole log, readable ones. Where no record is concerned, all are before it.
  std::uint64_t records_before = 0, records_after = 0;
};

// Positions of the log at which no sound record stands.
struct Gap {
  std::uint64_t from = 0, until = 0;
};

struct SegmentReport {
  SegmentHeader header;     // as it should stand in the file, which is of this kind
  std::uint64_t until = 0;  // its records end here: the next segment's base, or the log's end
  std::uint64_t file_bytes = 0;
  bool is_header_sound = false;
  bool is_readable = false;  // the id is known: its records can be told from other bytes
  std::vector<Gap> gaps;     // in a compacted one between what was kept: what of that is lost nobody knows
  // Of a compacted one: where its sound blocks stand, whatever its index says.
  std::vector<BlockPlace> blocks;
  bool is_index_sound = false;
};

struct SnapshotReport {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
  std::string problem;  // empty: it is sound
};

// What has the name of a segment and is none of this log, so that nothing is lost without it; or is one of another
// name.
struct ForeignFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string problem;
  std::string own_name;  // empty where it is no segment, or a file of that name has what stands in it
};

struct Inspection {
  std::uint64_t begin = 0, end = 0;     // positions: of the first record that should be there; behind the last
  std::uint64_t durable = 0;            // what can be proved to be: the end, or the beginning of what nothing says of
  std::uint64_t records = 0;            // sound ones
  std::uint64_t lost_bytes = 0;         // of what earlier repairs put in the place of damaged records
  std::uint64_t torn_bytes = 0;         // behind the end: a commit that never came to its end, which a start cuts off
  std::uint64_t bytes = 0;              // of all files
  std::vector<SegmentReport> segments;  // rising
  std::vector<SnapshotReport> snapshots;
  std::vector<ForeignFile> foreign;
  std::optional<Extent> mark;
  std::vector<Damage> damages;  // the mark's, the foreign files', the segments' in order, the snapshots'

  // Also that a state can be rebuilt from it: a log that has all its records and no snapshot is not sound where it
  // needs one, and then that is its one damage.
  bool is_sound() const { return damages.empty(); }
  // The newest sound snapshot, if any; a state can be rebuilt from it, or from a log that begins at 0.
  std::optional<std::uint64_t> sound_snapshot() const;
  // A log ends in a plain segment: the file that should be the last is not there.
  bool misses_tail() const { return !segments.empty() && segments.back().header.kind == SegmentKind::Compacted; }
  // From where on every record should be there: behind the last compacted segment.
  std::uint64_t whole_from() const;
  bool can_rebuild_state() const { return whole_from() == 0 || sound_snapshot().value_or(0) >= whole_from(); }
};

struct Inspecting {
  std::uint64_t from = 0;  // position: segments that end before it are passed over
  // Every sound record of the log in order, those behind damage too; false ends it. May be empty.
  std::function<bool(const RecordView&)> visit;
  CheckState check_state;
  // Now and then: bytes read, and to read. May be empty.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

// Blocks for as long as reading the directory takes. Nobody may write to it meanwhile: hold its lock. NotFound when it
// holds no log; UnknownFormat when another version wrote it; else the disk's own error.
Result<Inspection> inspect(io::FileSystem& files, const std::string& directory, const Inspecting& inspecting = {});

}  // namespace athanor::storage
