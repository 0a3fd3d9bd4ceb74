// The one totally ordered log in which everything that changes state is a record.
//
// storage/embedded implements it with segment files, the simulation runs that on a faulty disk, and a replicated
// stream can take its place; nothing above this seam knows which.
//
// Threads: one thread (the engine's) appends; one thread (the log's) commits; any thread reads what is committed.
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

// A place in the log. Rises with every record; a record is read back by the position that append gave it. Opaque:
// the embedded log uses the byte offset since the beginning of time, so that finding a record needs no index.
using LogPosition = base::Strong<struct LogPositionTag, std::uint64_t>;

// Which struct a record holds. The numbers stand in files: docs/formats/log.md lists them; a number is never reused.
using RecordType = std::uint16_t;

struct Record {
  LogPosition position;
  RecordType type = 0;
  base::Time time{};    // when it was appended
  std::string payload;  // log/codec.h
};

struct Snapshot {
  LogPosition position;  // the state after every record before this position
  std::string state;
};

// Who still keeps records of an old part of the log, by numbers that only the asker knows. Asked on the thread that
// compacts.
class Keepers {
 public:
  virtual ~Keepers() = default;
  // Those that keep this record; none: nobody needs it any more.
  virtual std::vector<std::uint64_t> keepers_of(RecordType type, base::Time time, std::string_view payload) const = 0;
  // Whether a keeper may still keep something of what it kept, of which the newest was appended at `newest`.
  virtual bool keeps(std::uint64_t keeper, base::Time newest) const = 0;
};

// What one compaction did.
struct Compacted {
  std::uint64_t segments = 0;      // rewritten
  std::uint64_t merged = 0;        // neighbours that became part of another
  std::uint64_t bytes_before = 0;  // of the files that were rewritten
  std::uint64_t bytes_after = 0;
};

// Told by a compaction now and then.
struct CompactionStep {
  std::uint64_t bytes = 0;       // read and written since the last step
  std::uint64_t bytes_left = 0;  // of the log, that it has not come to yet
};

class Log {
 public:
  virtual ~Log() = default;

  // Stages one record and returns its position. Does not block on the disk. Unavailable after a failed write or sync,
  // for good. Refused alone, and the log goes on: RequestTooLarge for more than a record holds (limits::kRecordBytes),
  // Throttled while too much waits to be written.
  virtual Result<LogPosition> append(RecordType type, base::Time time, std::string_view payload) = 0;

  // The position that the next record will have. Appending thread only.
  virtual LogPosition end() const = 0;

  // Writes and syncs everything appended before the call: one write, one sync for all that waited. Blocks. Committing
  // thread only. Any error is final: the log accepts and commits nothing more until it is opened again.
  virtual Result<LogPosition> commit() = 0;

  // Every record before this position is durable. Any thread.
  virtual LogPosition commit_position() const = 0;

  // False while the disk is full and only a reserve is left: what asks for room and can be refused should be, so that
  // what makes room can go on. Any thread.
  virtual bool has_room() const { return true; }
  // Looks whether there is room again; to be called now and then while there is none. Committing thread. An error is
  // final, as one of commit.
  virtual Result<void> make_room() { return {}; }

  // The committed record at `position`. NotFound when it is gone for good: trimmed, not kept, or taken out of a
  // compacted segment by a repair; a log::RecordsLost where one took it out of another. Corrupt when it is damaged, or
  // its file is not there. Blocks on the disk. Any thread.
  virtual Result<Record> read(LogPosition position) const = 0;

  // Calls visit for each committed record at or after `from`, in order, until it returns false or the log ends.
  // Returns the position to go on from. Where a repair took out what stood at `from`, a log::RecordsLost is visited in
  // its place. InvalidInput when `from` is within a record. Blocks on the disk. Any thread.
  virtual Result<LogPosition> scan(LogPosition from, const std::function<bool(const Record&)>& visit) const = 0;

  // Nothing before `floor` will be read again: whole segments before it may be freed. Committing thread.
  virtual Result<void> trim(LogPosition floor) = 0;

  // Of what stands before `before`, and before every kept snapshot, only what `keepers` keep will be read again: whole
  // segments may be rewritten without the rest. The records that stay keep their positions; read answers NotFound for
  // the others, and scan passes over them. Blocks for as long as that takes, beside everything else: on a thread of its
  // own, one compaction at a time. `go_on` is called now and then, may wait, and ends it with false: between two
  // segments (no bytes) nothing is lost by that, within one what was done of it. What is damaged, or finds no room,
  // stays as it is, and is reported. An error is final, as one of commit.
  virtual Result<Compacted> compact(LogPosition /*before*/, const Keepers& /*keepers*/,
                                    const std::function<bool(const CompactionStep&)>& /*go_on*/) {
    return Compacted{};
  }

  // Keeps `snapshot` durably and forgets older ones. Its position must be committed. Committing thread.
  virtual Result<void> save_snapshot(const Snapshot& snapshot) = 0;
  virtual Result<std::optional<Snapshot>> load_snapshot() const = 0;
};

}  // namespace athanor::log
