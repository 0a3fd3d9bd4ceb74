// The program `athanor`: reads the command line, runs one command.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "sdk/environment.h"

namespace athanor::cli {

// `arguments` without the program's name. Blocks until the command is done, for `serve` and `tail` until they are
// stopped.
Exit run(const std::vector<std::string>& arguments, Console& console, const sdk::Environment& environment);

}  // namespace athanor::cli
