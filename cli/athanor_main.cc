#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "io/this_process.h"

// Read by jemalloc, which release builds link: memory freed after a burst returns to the system after one second, not
// ten. `MALLOC_CONF` in the environment takes precedence.
extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:1000";

int main(int argc, char** argv) {
  if (!athanor::io::open_standard_streams()) return static_cast<int>(athanor::cli::Exit::Refused);
  athanor::io::survive_file_size_limit();
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string{name}.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  const bool colours_wanted = environment("NO_COLOR").value_or("").empty() && environment("TERM") != "dumb";
  const bool watched = isatty(STDERR_FILENO) != 0;
  athanor::cli::Console console{std::cout,
                                std::cerr,
                                colours_wanted && isatty(STDOUT_FILENO) != 0,
                                colours_wanted && watched,
                                {.watches = watched && environment("TERM") != "dumb",
                                 .answers = watched && isatty(STDIN_FILENO) != 0 ? &std::cin : nullptr}};
  const auto exit = athanor::cli::run(std::vector<std::string>(argv + 1, argv + argc), console, environment);
  return static_cast<int>(console.ended(exit));
}
