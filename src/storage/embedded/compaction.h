// Rewrites old segments so that they hold only what somebody keeps, compressed, while the log goes on; and makes one
// file of small neighbours, so that their number does not grow with a log of which little is kept.
//
// A compacted segment is written under a temporary name, synced and renamed before the files that it stands for are
// removed, and each of these is durable before the next: a crash leaves the old, or the new, or both.
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
  // All of it outlives the compactor. `names` is held by whoever takes segments out of the set and their files away.
  // `neighbours_min` compacted segments side by side become one when they are small (merge_next); at least 2.
  Compactor(io::FileSystem& files, const std::string& directory, SegmentSet& segments, std::mutex& names,
            std::size_t neighbours_min, const std::function<void(const std::string&)>& report)
      : files_(files),
        directory_(directory),
        segments_(segments),
        names_(names),
        neighbours_min_(neighbours_min),
        report_(report) {}

  using GoOn = std::function<bool(const log::CompactionStep&)>;
  // How many bytes a file may take: any number, or on a full disk so many as are set aside for one; 0: none is written.
  using Room = std::function<std::uint64_t()>;
  // Rewrites the segments that end at or before `limit`, those where it is worth it, until `go_on` (log::Log::compact)
  // says no. On a full disk it leaves out what takes more than there is `room` for. An error says that nobody knows
  // which names the directory has.
  Result<log::Compacted> run(std::uint64_t limit, const log::Keepers& keepers, const GoOn& go_on, const Room& room);

 private:
  using Sealed = SegmentSet::Sealed;
  enum class Outcome : std::uint8_t { Done, LeftAlone, NoMore };
  enum class Cause : std::uint8_t { Disk, Source, Ended, NoRoom };  // of a segment that could not be written

  struct Run {
    const log::Keepers& keepers;
    const GoOn& go_on;
    const Room& room;
    std::uint64_t bytes_left = 0;  // of plain segments that it has not come to yet
    log::Compacted done;
  };
  // A compacted segment that was looked at.
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
  std::set<std::uint64_t> left_alone_;    // bases: they cannot be read

  // What took more than there was room for on a full disk, by base: not tried again before there is more, or somebody
  // keeps less of it.
  struct TooLarge {
    std::uint64_t room = 0;
    std::vector<KeeperTotal> keepers;
  };
  std::map<std::uint64_t, TooLarge> too_large_;
};

}  // namespace athanor::storage
