#include "alchemiser/machine.h"

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace athanor::alchemiser {

Machine::Machine()
    : environment([](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>{value};
      }),
      read_file([this](const std::string& path) -> std::optional<std::string> {
        auto bytes = alchemiser::read_file(files, path);
        return bytes ? std::move(*bytes) : std::nullopt;
      }),
      pause([](base::Duration wait) { std::this_thread::sleep_for(wait); }) {}

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

}  // namespace athanor::alchemiser
