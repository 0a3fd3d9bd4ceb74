// The steps of the log's work on its files, at each of which tests may have it crash.
#pragma once

#include "io/crash_points.h"

namespace athanor::storage {

io::CrashPoints crash_points();

}  // namespace athanor::storage
