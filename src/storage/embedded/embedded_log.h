// log::Log over segment files in one directory. Opened by open.h; docs/formats/log.md describes the files.
//
// A position is the number of bytes of records before it, across all segments, so that the file and the offset of any
// record follow from its position and no index is needed. Each segment begins where the one before ends; the record
// that fills a segment ends it, wherever that is.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "log/log.h"
#include "storage/embedded/commit_mark.h"
#include "storage/embedded/compaction.h"
#include "storage/embedded/holes.h"
#include "storage/embedded/open.h"
#include "storage/embedded/recovery.h"
#include "storage/embedded/reserve.h"
#include "storage/embedded/segment_set.h"

namespace athanor::storage {

class EmbeddedLog final : public log::Log {
 public:
  EmbeddedLog(io::FileSystem& files, std::string directory, const EmbeddedLogSettings& settings, base::Random random,
              Recovered recovered);

  Result<log::LogPosition> append(log::RecordType type, base::Time time, std::string_view payload) override;
  log::LogPosition end() const override { return log::LogPosition{end_}; }

  Result<log::LogPosition> commit() override;
  log::LogPosition commit_position() const override { return log::LogPosition{committed_.load()}; }

  bool has_room() const override { return has_room_; }
  Result<void> make_room() override;

  Result<log::Record> read(log::LogPosition position) const override;
  Result<log::LogPosition> scan(log::LogPosition from,
                                const std::function<bool(const log::Record&)>& visit) const override;

  Result<void> trim(log::LogPosition floor) override;
  Result<log::Compacted> compact(log::LogPosition before, const log::Keepers& keepers,
                                 const std::function<bool(const log::CompactionStep&)>& go_on) override;
  Result<void> save_snapshot(const log::Snapshot& snapshot) override;
  Result<std::optional<log::Snapshot>> load_snapshot() const override;

 private:
  // Records waiting for a commit, encoded as they will be written to the files.
  struct Batch {
    std::uint64_t start = 0;  // position of the first byte
    std::string bytes;
    std::vector<SegmentHeader> new_segments;  // that begin within these bytes

    void restart(std::uint64_t position);
  };

  Batch& take_staged();
  Result<void> write_batch(const Batch& batch);
  Result<void> write_durably(std::uint64_t position, std::string_view bytes);
  Result<void> fill_ahead(std::uint64_t offset);
  Result<void> with_reserve(const std::function<Result<void>()>& write);
  void set_has_room(bool has_room);
  std::uint64_t room_of_compaction() const;
  Result<void> begin_segment(const SegmentHeader& header);
  Result<void> drop_segments_before(std::uint64_t floor);
  Result<void> drop_old_snapshots();
  std::uint64_t oldest_kept_snapshot() const;
  Result<log::Record> read_record(std::uint64_t position) const;
  Result<std::uint64_t> scan_records(std::uint64_t from, const std::function<bool(const log::Record&)>& visit) const;
  static Error why_no_record_begins(const SegmentSet::Found& segment, std::uint64_t to, std::uint64_t position);
  Error tell_operator(Error error) const;
  Result<log::Record> lost_or_damaged(const SegmentSet::Found& segment, std::uint64_t position) const;
  Error stop(const Error& error);
  Error stopped_error() const;

  io::FileSystem& files_;
  const std::string directory_;
  const EmbeddedLogSettings settings_;
  const std::unique_ptr<io::File> lock_;
  SegmentSet segments_;
  mutable Holes holes_;
  mutable std::mutex told_mutex_;       // guards told_
  mutable std::set<std::string> told_;  // places already reported to the operator
  std::mutex names_mutex_;              // held to remove segments' files: by the committing and the compacting thread

  // The appending thread's.
  base::Random random_;
  std::uint64_t end_;
  SegmentHeader staged_segment_;  // the one the next record belongs to

  // Between the appending and the committing thread.
  std::mutex staged_mutex_;
  Batch staged_;

  // The committing thread's.
  Batch writing_;
  SegmentHeader tail_segment_;
  std::shared_ptr<io::File> tail_;
  std::uint64_t tail_filled_;  // size of the tail's file
  int small_commits_until_fill_ = 0;
  std::string zeros_;  // what files are filled with; kept rather than made each time
  CommitMark mark_;
  Reserve reserve_;

  Compactor compactor_;  // the compacting thread's

  std::atomic<std::uint64_t> committed_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> has_room_ = true;
  std::atomic<bool> is_compacting_ = false;
  mutable std::mutex shared_mutex_;  // guards the members below
  std::string stopped_by_;
  std::vector<std::uint64_t> snapshots_;   // ascending; trim must leave the records that these need
  std::optional<std::uint64_t> snapshot_;  // the newest sound one
};

}  // namespace athanor::storage
