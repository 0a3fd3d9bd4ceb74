// What a start does with the files that it finds: judge them, mend what a power cut may leave, refuse the rest.
//
// The question is always the same: was the bad place ever durable? If so, an acknowledged record is damaged, and
// continuing without it would be silent loss. The evidence is what can only have been written afterwards: a record that
// says how far the log was durable when it was written, a segment (created when all before it was durable), a snapshot,
// the commit mark. Without such evidence the place belongs to a commit that never completed.
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
  std::vector<SegmentHeader> segments;    // ascending, each beginning where the one before ends; at least one
  std::shared_ptr<io::File> tail;         // the last of them
  std::uint64_t tail_bytes = 0;           // size of its file
  std::uint64_t end = 0;                  // every record before it is sound and durable
  std::vector<std::uint64_t> snapshots;   // positions, ascending
  std::optional<std::uint64_t> snapshot;  // the newest sound one, from which the state is to be rebuilt
  CommitMark mark;
};

// Opens `directory`, or creates it with an empty log. `random` gives the first segment its id.
Result<Recovered> recover(io::FileSystem& files, const std::string& directory, const EmbeddedLogSettings& settings,
                          base::Random& random);

}  // namespace athanor::storage
