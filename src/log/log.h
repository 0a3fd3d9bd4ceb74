// The one totally ordered log; every change of state is a record in it.
//
// storage/embedded implements it with segment files, the simulation runs that on a faulty disk, and a replicated
// stream can take its place; nothing above this seam knows which.
//
// Threads: one thread (the engine's) appends, one (the log's) commits, and any thread may read what is committed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"

namespace athanor::log {

// A place in the log. Increases with every record; a record is read back by the position that append returned. Opaque:
// the embedded log uses the byte offset from the very first record, so that finding a record needs no index.
using LogPosition = base::Strong<struct LogPositionTag, std::uint64_t>;

// Which struct a record holds. The numbers are stored in files and never reused; docs/formats/log.md lists them.
using RecordType = std::uint16_t;

struct Record {
  LogPosition position;
  RecordType type = 0;
  base::Time time{};    // when it was appended
  std::string payload;  // log/codec.h
};

struct Snapshot {
  LogPosition position;  // the state includes every record before this position
  std::string state;
};

// Who still needs records in an old part of the log. What the numbers of keepers mean, only the implementation knows.
// Called on the compacting thread.
class Keepers {
 public:
  virtual ~Keepers() = default;
  // The keepers that need this record; empty when it is no longer needed.
  virtual std::vector<std::uint64_t> keepers_of(RecordType type, base::Time time, std::string_view payload) const = 0;
  // Whether a keeper may still need any of the records it kept, the newest of which was appended at `newest`.
  virtual bool keeps(std::uint64_t keeper, base::Time newest) const = 0;
};

// What one compaction did.
struct Compacted {
  std::uint64_t segments = 0;      // rewritten
  std::uint64_t merged = 0;        // segments merged into a neighbour
  std::uint64_t bytes_before = 0;  // of the files that were rewritten
  std::uint64_t bytes_after = 0;
};

// Reported by a compaction from time to time.
struct CompactionStep {
  std::uint64_t bytes = 0;       // read and written since the last step
  std::uint64_t bytes_left = 0;  // of the log, not yet processed
};

class Log {
 public:
  virtual ~Log() = default;

  // Stages one record and returns its position. Does not block on the disk. Unavailable, permanently, after a failed
  // write or sync. Two errors refuse only this record, and the log continues: RequestTooLarge when it exceeds
  // limits::kRecordBytes, Throttled while too much is waiting to be written.
  virtual Result<LogPosition> append(RecordType type, base::Time time, std::string_view payload) = 0;

  // The position that the next record will have. Appending thread only.
  virtual LogPosition end() const = 0;

  // Writes and syncs everything appended before the call, with one write and one sync for all of it. Blocks. Committing
  // thread only. Any error is final: the log accepts and commits nothing more until it is reopened.
  virtual Result<LogPosition> commit() = 0;

  // Every record before this position is durable. Any thread.
  virtual LogPosition commit_position() const = 0;

  // False while the disk is full and only a reserve is left: requests that need room should be refused where possible,
  // so that those which free room can proceed. Any thread.
  virtual bool has_room() const { return true; }
  // Checks whether there is room again; to be called from time to time while there is none. Committing thread. An error
  // is final, as in commit.
  virtual Result<void> make_room() { return {}; }

  // The committed record at `position`. NotFound when it is gone for good: trimmed, not kept, or removed from a
  // compacted segment by a repair; a log::RecordsLost where a repair removed it from any other segment. Corrupt when it
  // is damaged or its file is missing. Blocks on the disk. Any thread.
  virtual Result<Record> read(LogPosition position) const = 0;

  // Calls visit for each committed record at or after `from`, in order, until it returns false or the log ends.
  // Returns the position to continue from. Where a repair removed the record at `from`, a log::RecordsLost is visited
  // in its place. InvalidInput when `from` is inside a record. Blocks on the disk. Any thread.
  virtual Result<LogPosition> scan(LogPosition from, const std::function<bool(const Record&)>& visit) const = 0;

  // Nothing before `floor` will be read again: whole segments before it may be freed. Committing thread.
  virtual Result<void> trim(LogPosition floor) = 0;

  // Of the records before `before` and before every kept snapshot, only those that `keepers` keep will be read again:
  // whole segments may be rewritten without the rest. The remaining records keep their positions; read returns NotFound
  // for the others, and scan skips them. Blocks until done but holds up nothing else: run it on a thread of its own,
  // one compaction at a time. `go_on` is called from time to time, may wait, and stops the compaction by returning
  // false: between two segments (no bytes) no work is lost, within one the work on that segment is. What is damaged, or
  // has no room, is left as it is and reported. An error is final, as in commit.
  virtual Result<Compacted> compact(LogPosition /*before*/, const Keepers& /*keepers*/,
                                    const std::function<bool(const CompactionStep&)>& /*go_on*/) {
    return Compacted{};
  }

  // Stores `snapshot` durably and drops older ones. Its position must be committed. Committing thread.
  virtual Result<void> save_snapshot(const Snapshot& snapshot) = 0;
  virtual Result<std::optional<Snapshot>> load_snapshot() const = 0;
};

}  // namespace athanor::log
