// The program `athanor`: reads the command line, runs one command.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "sdk/environment.h"

namespace athanor::cli {

// `arguments` excludes the program's name. Blocks until the command is done; `serve` and `tail` run until stopped.
Exit run(const std::vector<std::string>& arguments, Console& console, const sdk::Environment& environment);

}  // namespace athanor::cli
