// For tests: runs the command line as the program does, and captures what it prints.
#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"

namespace athanor::cli {

struct TestRun {
  Exit exit = Exit::Done;
  std::string out, err;
};

// Without environment variables.
inline TestRun test_run(const std::vector<std::string>& arguments, bool colours = false) {
  std::ostringstream out, err;
  Console console{out, err, colours, colours};
  const Exit exit = run(arguments, console, [](std::string_view) { return std::nullopt; });
  return {exit, out.str(), err.str()};
}

}  // namespace athanor::cli
