// Takes out of a log what inspect.h found damaged, so that a server starts again and every sound record is where it
// was.
//
// Nothing is deleted: each file that changes is copied into a quarantine first, and replaced whole under its name, so
// that a repair that breaks off leaves either file. A hole is filled with records that say so (log/records_lost.h),
// since positions count bytes: ids of events, messages and archives name what stands behind it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/inspect.h"

namespace athanor::storage {

// What repairing does, a sentence each, in the order in which it is done. Empty for a sound log. IllegalStatus, saying
// why and what is left to do, when no server could start on the result.
Result<std::vector<std::string>> plan_repair(const Inspection& found);

// A name for the quarantine of a repair at that time that nothing in the directory has yet:
// "quarantine-20251013T140000Z", or with "-2" and so on behind it.
Result<std::string> new_quarantine(io::FileSystem& files, const std::string& directory, base::Time now);

// Does what was planned. `found` is of this directory, which nobody may have changed since and the caller holds.
// `quarantine`, a name of its own, is made in the directory. Blocks; needs room for a copy of each file that changes.
// After an error or a crash the directory is as damaged as it was, or less.
Result<void> repair(io::FileSystem& files, const std::string& directory, const Inspection& found,
                    const std::string& quarantine, base::Random& random);

}  // namespace athanor::storage
