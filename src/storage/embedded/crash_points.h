// The steps of the log's work on its files; tests can make it crash at each of them.
#pragma once

#include "io/crash_points.h"

namespace athanor::storage {

io::CrashPoints crash_points();

}  // namespace athanor::storage
