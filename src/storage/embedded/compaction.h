// Rewrites old segments, compressed, so that they hold only records that are still kept, while the log stays in use;
// and merges small neighbours into one file, so that the number of files stays small when little of the log is kept.
//
// A compacted segment is written under a temporary name, synced and renamed before the files that it replaces are
// removed, and each of these steps is durable before the next: a crash leaves the old, the new, or both.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"
#include "storage/embedded/compacted_file.h"
#include "storage/embedded/segment_set.h"

namespace athanor::storage {

class Compactor {
 public:
  // All references must outlive the compactor. `names` is locked while segments leave the set and their files are
  // removed. `neighbours_min` adjacent compacted segments are merged when they are small (merge_next); at least 2.
  Compactor(io::FileSystem& files, const std::string& directory, SegmentSet& segments, std::mutex& names,
            std::size_t neighbours_min, const std::function<void(const std::string&)>& report)
      : files_(files),
        directory_(directory),
        segments_(segments),
        names_(names),
        neighbours_min_(neighbours_min),
        report_(report) {}

  using GoOn = std::function<bool(const log::CompactionStep&)>;
  // How many bytes a file may take: unlimited, or on a full disk as many as are set aside for it; 0: none is written.
  using Room = std::function<std::uint64_t()>;
  // Rewrites the segments that end at or before `limit`, where it is worth it, until `go_on` (log::Log::compact)
  // returns false. On a full disk it skips what needs more than `room`. After an error it is unknown which names the
  // directory has.
  Result<log::Compacted> run(std::uint64_t limit, const log::Keepers& keepers, const GoOn& go_on, const Room& room);

 private:
  using Sealed = SegmentSet::Sealed;
  enum class Outcome : std::uint8_t { Done, LeftAlone, NoMore };
  enum class Cause : std::uint8_t { Disk, Source, Ended, NoRoom };  // why a segment could not be written

  struct Run {
    const log::Keepers& keepers;
    const GoOn& go_on;
    const Room& room;
    std::uint64_t bytes_left = 0;  // of plain segments not yet processed
    log::Compacted done;
  };
  // A compacted segment that was examined before.
  struct Known {
    std::uint64_t file_bytes = 0;
    std::uint64_t records = 0;
    std::vector<KeeperTotal> keepers;
  };

  Result<Outcome> rewrite_all(std::uint64_t limit, Run& run);
  Result<const Known*> look_at(const Sealed& segment);
  Result<bool> is_worth_it(const Sealed& segment, const log::Keepers& keepers);
  bool is_too_large(const Sealed& segment, const Run& run) const;
  Result<Outcome> merge_next(std::uint64_t limit, Run& run);
  std::span<const Sealed> small_neighbours(std::span<const Sealed> sealed);

  Result<Outcome> rewrite(std::span<const Sealed> group, Run& run);
  Result<void> copy(CompactedWriter& writer, const SegmentSet::Found& source, const Sealed& segment, const Run& run,
                    Cause& cause);
  Result<Outcome> replace(CompactedWriter& writer, std::span<const Sealed> group);
  Outcome give_up(const Sealed& segment, const Error& error, Cause cause);
  void leave_alone(const Sealed& segment, const Error& error);

  io::FileSystem& files_;
  const std::string& directory_;
  SegmentSet& segments_;
  std::mutex& names_;
  const std::size_t neighbours_min_;
  const std::function<void(const std::string&)>& report_;

  std::map<std::uint64_t, Known> known_;  // by base
  std::set<std::uint64_t> left_alone_;    // bases of segments that cannot be read

  // Segments that needed more room than a full disk had, by base: not retried until there is more room or fewer of
  // their records are kept.
  struct TooLarge {
    std::uint64_t room = 0;
    std::vector<KeeperTotal> keepers;
  };
  std::map<std::uint64_t, TooLarge> too_large_;
};

}  // namespace athanor::storage
