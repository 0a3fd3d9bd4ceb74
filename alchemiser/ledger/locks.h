// A file that one process at a time can lock. The kernel releases it when the process dies, however it dies.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"

namespace athanor::alchemiser {

// Waits for the given time; tests count instead.
using Pause = std::function<void(base::Duration)>;

// Locks `path` until the returned object is destroyed, waiting up to half a minute for another holder. Throttled after
// that.
Result<std::unique_ptr<io::File>> hold(io::FileSystem& files, const std::string& path, const Pause& pause);

}  // namespace athanor::alchemiser
