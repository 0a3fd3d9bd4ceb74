// Rewrites old segments so that they hold only what somebody keeps, compressed, while the log goes on.
//
// A compacted segment is written under a temporary name, synced and renamed before the file that it stands for is
// removed, and each of these is durable before the next: a crash leaves the one, or the other, or both.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
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
  Compactor(io::FileSystem& files, const std::string& directory, SegmentSet& segments, std::mutex& names,
            const std::function<void(const std::string&)>& report)
      : files_(files), directory_(directory), segments_(segments), names_(names), report_(report) {}

  // Rewrites the segments that end at or before `limit`, those where it is worth it, until `go_on` (log::Log::compact)
  // says no. An error says that nobody knows which names the directory has.
  Result<log::Compacted> run(std::uint64_t limit, const log::Keepers& keepers,
                             const std::function<bool(std::uint64_t)>& go_on);

 private:
  using Sealed = SegmentSet::Sealed;
  enum class Outcome : std::uint8_t { Done, LeftAlone, NoMore };
  enum class Cause : std::uint8_t { Disk, Source, Ended };  // of a segment that could not be written

  Result<bool> is_worth_it(const Sealed& segment, const log::Keepers& keepers);
  Result<CompactedHeader> write(CompactedWriter& writer, const SegmentSet::Found& source, const Sealed& segment,
                                const log::Keepers& keepers, const std::function<bool(std::uint64_t)>& go_on,
                                Cause& cause);
  Result<Outcome> rewrite(const Sealed& segment, const log::Keepers& keepers,
                          const std::function<bool(std::uint64_t)>& go_on, log::Compacted& done);
  Result<Outcome> replace(CompactedWriter& writer, const SegmentHeader& segment);
  void leave_alone(const Sealed& segment, const Error& error);

  io::FileSystem& files_;
  const std::string& directory_;
  SegmentSet& segments_;
  std::mutex& names_;
  const std::function<void(const std::string&)>& report_;

  std::map<std::uint64_t, std::vector<KeeperTotal>> keepers_of_;  // of compacted segments that were looked at, by base
  std::set<std::uint64_t> left_alone_;                            // bases: they cannot be read
};

}  // namespace athanor::storage
