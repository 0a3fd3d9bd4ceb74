// Removes from a log what inspect.h found damaged, so that a server starts again; sound records keep their positions.
//
// Nothing is deleted: each file that changes is first copied into a quarantine, then replaced as a whole, so that an
// interrupted repair leaves either the old file or the new one. A hole is filled with records that say so
// (log/records_lost.h), since positions count bytes, and ids of events, messages and archives refer to what follows it.
// Where the disk refuses to read a file, its copy has zeros.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "storage/embedded/inspect.h"

namespace athanor::storage {

// The steps of the repair in order, one sentence each. Empty for a sound log. IllegalStatus, saying why and what else
// can be done, when no server could start on the result.
Result<std::vector<std::string>> plan_repair(const Inspection& found);

// An unused name in the directory for the quarantine of a repair at that time: "quarantine-20251013T140000Z", with "-2"
// and so on appended if it is taken.
Result<std::string> new_quarantine(io::FileSystem& files, const std::string& directory, base::Time now);

// Carries out the plan. `found` describes this directory, which the caller holds and which must not have changed since.
// `quarantine`, an unused name, is created in it. Blocks; needs room for a copy of each file that changes. After an
// error or a crash the directory is no more damaged than before.
Result<void> repair(io::FileSystem& files, const std::string& directory, const Inspection& found,
                    const std::string& quarantine, base::Random& random);

}  // namespace athanor::storage
