// Makes a failing run small: fewer faults and fewer steps, as long as it breaks the same promise.
#pragma once

#include "sim/script.h"

namespace athanor::sim {

// `script` breaks a promise. Returns one that breaks the same and cannot be reduced further by leaving out faults, then
// steps, in halves, quarters and so on down to single ones. Runs some hundred worlds.
Script shrink(Script script);

}  // namespace athanor::sim
