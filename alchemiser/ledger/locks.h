// A file that one process at a time holds. The kernel lets go of it when the process dies, however it dies.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"

namespace athanor::alchemiser {

// Waits so long; tests count instead.
using Pause = std::function<void(base::Duration)>;

// Holds `path` until the returned object dies, waiting up to half a minute for another holder. Throttled after that.
Result<std::unique_ptr<io::File>> hold(io::FileSystem& files, const std::string& path, const Pause& pause);

}  // namespace athanor::alchemiser
