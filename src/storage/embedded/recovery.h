// What a start does with the files that it finds: judge them, mend what a power cut may leave, refuse the rest.
//
// The question is always the same: was the bad place durable once? If so, an acknowledged record is damaged, and going
// on without it would be silent loss. The answers come from what could only be written afterwards: a record that says
// up to where the log was durable when it was written, a segment (created when all before it was durable), a
// snapshot, the commit mark. With no such witness the place belongs to a commit that never came to its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/commit_mark.h"
#include "storage/embedded/format.h"
#include "storage/embedded/open.h"

namespace athanor::storage {

struct Recovered {
  std::unique_ptr<io::File> lock;
  std::vector<SegmentHeader> segments;    // rising, each beginning where the one before ends; at least one
  std::shared_ptr<io::File> tail;         // the last of them
  std::uint64_t tail_bytes = 0;           // size of its file
  std::uint64_t end = 0;                  // every record before it is sound and durable
  std::vector<std::uint64_t> snapshots;   // positions, rising
  std::optional<std::uint64_t> snapshot;  // the newest that is sound: what the state is to be rebuilt from
  CommitMark mark;
};

// Opens `directory`, or creates it with an empty log. `random` draws the first segment's identity.
Result<Recovered> recover(io::FileSystem& files, const std::string& directory, const EmbeddedLogSettings& settings,
                          base::Random& random);

}  // namespace athanor::storage
