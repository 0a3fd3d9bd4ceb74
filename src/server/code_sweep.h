// Code of functions that nothing uses any more goes; code that a function names and that is gone is told of.
#pragma once

#include <functional>
#include <string_view>

#include "engine/loop.h"
#include "runtime/code_store.h"

namespace athanor::server {

// Both return at once, and work on the loop's threads. `loop` and `code` outlive the loop's stop.

// Removes what no function names, no process runs and no upload is about to name, now and at the call before.
void sweep_code(engine::Loop& loop, runtime::CodeStore& code);

// Calls `say`, on the reader's thread, with a sentence for each function that has no code any more.
void report_missing_code(engine::Loop& loop, const runtime::CodeStore& code, std::function<void(std::string_view)> say);

}  // namespace athanor::server
