// Removes function code that nothing uses any more, and reports code that a function names but that is missing.
#pragma once

#include <functional>
#include <string_view>

#include "engine/loop.h"
#include "runtime/code_store.h"

namespace athanor::server {

// Both return at once and work on the loop's threads. `loop` and `code` must outlive the loop's stop.

// Removes code that no function names, no process runs and no upload is about to name, now and at the previous call.
void sweep_code(engine::Loop& loop, runtime::CodeStore& code);

// Calls `say`, on the reader's thread, with a sentence for each function whose code is missing.
void report_missing_code(engine::Loop& loop, const runtime::CodeStore& code, std::function<void(std::string_view)> say);

}  // namespace athanor::server
